"""The history of configuration items."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from cmdb.models.item import ConfigurationItem
from cmdb.vocabulary import SOURCE_LENGTH
from orgs.actor import ActorKind
from orgs.tenancy import OrgScoped, scoped_manager
from timeline.events import AppendOnlyError, AppendOnlyManager


class ChangeAction(models.TextChoices):
    """What happened to a configuration item."""

    CREATED = "created", "Created"
    UPDATED = "updated", "Updated"
    IMPORTED = "imported", "Imported"
    MISSING = "missing", "Missing from its source"


class ConfigurationItemChange(OrgScoped):
    """One change of one configuration item: who, when, and each field before and after. Append-only.

    ``changes`` maps a field to ``[before, after]``; ``depends_on`` maps to the edges ``added`` and ``removed``.
    ``version`` is the item's version after the change. The actor is named by reference alone, so that nothing
    personal has to be erased here.
    """

    ci = models.ForeignKey(ConfigurationItem, on_delete=models.PROTECT, related_name="history")
    version = models.PositiveIntegerField()
    action = models.CharField(max_length=8, choices=ChangeAction.choices)
    changes = models.JSONField()
    source = models.CharField(max_length=SOURCE_LENGTH, blank=True)
    actor_kind = models.CharField(max_length=12, choices=ActorKind.choices)
    actor_ref = models.CharField(max_length=200)
    request_id = models.CharField(max_length=64, blank=True)
    recorded_at = models.DateTimeField()

    objects: ClassVar[Any] = scoped_manager(AppendOnlyManager)
    all_orgs_unsafe: ClassVar[Any] = AppendOnlyManager()

    class Meta:
        verbose_name = "change of a configuration item"
        verbose_name_plural = "changes of configuration items"
        ordering = ("-version",)
        constraints = (
            models.UniqueConstraint(fields=("ci", "version"), name="cmdb_change_version_unique"),
            models.CheckConstraint(condition=Q(action__in=ChangeAction.values), name="cmdb_change_action"),
        )

    def __str__(self) -> str:
        return f"{self.get_action_display()} (version {self.version})"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert; a change that is written already is refused."""
        if not self._state.adding:
            raise AppendOnlyError("History is never rewritten.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refuse."""
        raise AppendOnlyError("History is never deleted.")

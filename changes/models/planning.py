"""What changes are planned around: freezes, and the history of each."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar
from uuid import UUID

from django.db import models
from django.db.models import F, Q

from changes.freezes import Scope, Timing
from changes.recurrences import recurrence_of
from orgs.actor import ActorKind
from orgs.tenancy import OrgScoped, scoped_manager
from timeline.events import AppendOnlyError, AppendOnlyManager


class Hardness(models.TextChoices):
    """What a freeze means to a change in its way."""

    HARD = "hard", "Hard: nothing is changed"
    SOFT = "soft", "Soft: think twice"


class Freeze(OrgScoped):
    """A time in which some or all configuration items should be left alone.

    It holds from ``starts_at`` until ``ends_at`` (empty: without that bound); with a ``recurrence``, there only in its
    spans, on the clock of ``time_zone``. What it covers is ``everything``, or what each list that is not empty names:
    ``cis`` and ``services`` hold ids and names. It is never deleted: it ends. ``version`` counts its changes.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200)
    hardness = models.CharField(max_length=4, choices=Hardness.choices, default=Hardness.HARD)
    reason = models.TextField()
    everything = models.BooleanField(default=False)
    cis = models.JSONField(default=list, blank=True)
    services = models.JSONField(default=list, blank=True)
    kinds = models.JSONField(default=list, blank=True)
    environments = models.JSONField(default=list, blank=True)
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    recurrence = models.JSONField(null=True, blank=True)
    time_zone = models.CharField(max_length=64, default="UTC")
    ended_at = models.DateTimeField(null=True, blank=True, help_text="When somebody ended it before its time.")
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        verbose_name = "freeze"
        ordering = ("name", "id")
        constraints = (
            models.CheckConstraint(condition=Q(hardness__in=Hardness.values), name="changes_freeze_hardness"),
            models.CheckConstraint(
                condition=Q(starts_at__isnull=True) | Q(ends_at__isnull=True) | Q(ends_at__gte=F("starts_at")),
                name="changes_freeze_ends_after_it_starts",
            ),
        )
        indexes = (models.Index(fields=("org", "ends_at", "starts_at"), name="changes_freeze_by_end"),)

    def __str__(self) -> str:
        return self.name

    @property
    def is_hard(self) -> bool:
        """Whether nothing may be changed while it holds."""
        return self.hardness == Hardness.HARD

    def timing(self) -> Timing:
        """When it holds."""
        rule = None if self.recurrence is None else recurrence_of(self.recurrence)
        return Timing(self.starts_at, self.ends_at, rule, self.time_zone)

    def scope(self) -> Scope:
        """What it covers."""
        return Scope(
            everything=self.everything,
            ci_ids=_ids(self.cis),
            kinds=frozenset(self.kinds),
            environments=frozenset(self.environments),
            service_ids=_ids(self.services),
        )


def _ids(refs: list[dict[str, str]]) -> frozenset[UUID]:
    return frozenset(UUID(ref["id"]) for ref in refs)


class FreezeAction(models.TextChoices):
    """What happened to a freeze."""

    CREATED = "created", "Created"
    EDITED = "edited", "Edited"
    ENDED = "ended", "Ended"


class FreezeChange(OrgScoped):
    """One change of one freeze: who, when, why, and each field before and after. Append-only.

    ``changes`` maps a field to ``[before, after]``. ``version`` is the freeze's after the change. The actor is named by
    reference alone, so that nothing personal has to be erased here.
    """

    freeze = models.ForeignKey(Freeze, on_delete=models.PROTECT, related_name="history")
    version = models.PositiveIntegerField()
    action = models.CharField(max_length=7, choices=FreezeAction.choices)
    changes = models.JSONField()
    reason = models.TextField()
    actor_kind = models.CharField(max_length=12, choices=ActorKind.choices)
    actor_ref = models.CharField(max_length=200)
    request_id = models.CharField(max_length=64, blank=True)
    recorded_at = models.DateTimeField()

    objects: ClassVar[Any] = scoped_manager(AppendOnlyManager)
    all_orgs_unsafe: ClassVar[Any] = AppendOnlyManager()

    class Meta:
        verbose_name = "change of a freeze"
        verbose_name_plural = "changes of freezes"
        ordering = ("-version",)
        constraints = (
            models.UniqueConstraint(fields=("freeze", "version"), name="changes_freeze_change_version_unique"),
            models.CheckConstraint(condition=Q(action__in=FreezeAction.values), name="changes_freeze_change_action"),
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

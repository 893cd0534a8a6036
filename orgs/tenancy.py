"""Tenancy: every record belongs to one organisation, and a query that names none raises instead of leaking."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from django.db import models
from django_scopes import ScopedManager, scope
from django_scopes.manager import DisabledQuerySet

if TYPE_CHECKING:
    from orgs.models import Organisation


class NoScopeQuerySet(DisabledQuerySet):  # type: ignore[misc]
    """What a query gets outside of a scope: it raises, also where the library would still answer."""

    exists = DisabledQuerySet.error
    aexists = DisabledQuerySet.error
    aiterator = DisabledQuerySet.error
    explain = DisabledQuerySet.error


def scoped_manager(base: type[models.Manager[Any]] = models.Manager) -> Any:
    """A manager that sees the organisation of ``org_scope`` and raises ``ScopeError`` outside of one."""
    scoped: Any = type(ScopedManager(_manager_class=base, org="org"))

    class Manager(scoped):  # type: ignore[misc]
        def get_queryset(self) -> Any:
            rows = super().get_queryset()
            if isinstance(rows, DisabledQuerySet):
                return NoScopeQuerySet(self.model, using=self._db, missing_scopes=rows.missing_scopes)
            return rows

    return Manager()


class OrgScoped(models.Model):
    """A record of one organisation. ``objects`` works inside ``org_scope`` only."""

    # Whatever is asked of a table begins with its organisation, and so do its own indexes; one of it alone would only be
    # written to, and would tempt a planner without fresh statistics to read a whole organisation.
    org = models.ForeignKey("orgs.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False)

    objects: ClassVar[Any] = scoped_manager()
    all_orgs_unsafe: ClassVar[Any] = models.Manager()

    class Meta:
        abstract = True


def org_scope(org: Organisation | UUID) -> AbstractContextManager[None]:
    """Confine every scoped query in the block to one organisation. None is refused: it would mean all of them."""
    if org is None:
        raise ValueError("Name the organisation of the scope")
    result: AbstractContextManager[None] = scope(org=org)
    return result

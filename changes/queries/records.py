"""Finding changes and what belongs to them: one by its name, its items, its stream, policies and templates."""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

from changes.models import ApprovalPolicy, Change, ChangeCI, ChangeEvent, ChangeTemplate
from cmdb.affected import CiRef
from orgs.errors import NotFound
from orgs.queries import as_uuid
from timeline.commands import find

Ident = Change | UUID | str
N = TypeVar("N", ApprovalPolicy, ChangeTemplate)


def find_change(ident: Ident) -> Change:
    """The change by id or reference, within the current organisation. Raises ``NotFound``."""
    return find(Change, ident)


def find_template(ident: ChangeTemplate | UUID | str) -> ChangeTemplate:
    """A template of the current organisation by row, id or name. Raises ``NotFound``."""
    return _named(ChangeTemplate, ident)


def find_policy(ident: ApprovalPolicy | UUID | str) -> ApprovalPolicy:
    """An approval policy of the current organisation by row, id or name. Raises ``NotFound``."""
    return _named(ApprovalPolicy, ident)


def _named(model: type[N], ident: N | UUID | str) -> N:
    if isinstance(ident, model):
        condition: dict[str, object] = {"pk": ident.pk}
    else:
        pk = ident if isinstance(ident, UUID) else as_uuid(str(ident))
        condition = {"pk": pk} if pk else {"name": ident}
    found: N | None = model.objects.filter(**condition).first()
    if found is None:
        raise NotFound(str(model._meta.verbose_name))
    return found


def policies() -> list[ApprovalPolicy]:
    """The approval policies of the organisation, in the order in which they are tried."""
    return list(ApprovalPolicy.objects.order_by("position", "name"))


def templates(*, usable: bool = False) -> list[ChangeTemplate]:
    """The templates of the organisation, by name; ``usable`` leaves out those that were put away."""
    rows = ChangeTemplate.objects.order_by("name")
    return list(rows.filter(is_active=True) if usable else rows)


def affected_refs(row: Change) -> list[CiRef]:
    """The configuration items of a change as its events name them."""
    if not row.affected_names:
        return []
    found = ChangeCI.objects.filter(change=row).values_list("ci_id", "name")
    return sorted(({"id": str(pk), "name": name} for pk, name in found), key=lambda ref: (ref["name"], ref["id"]))


def affected_ids(row: Change) -> list[UUID]:
    """The ids of a change's configuration items."""
    return list(ChangeCI.objects.filter(change=row).values_list("ci_id", flat=True))


def events_of(row: Change, *, after: int = 0, limit: int | None = None) -> list[ChangeEvent]:
    """The stream of a change from the event after a sequence number on."""
    stream = ChangeEvent.objects.filter(aggregate=row, seq__gt=after).order_by("seq")
    return list(stream[:limit] if limit else stream)

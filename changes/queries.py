"""What can be read of changes: one by its name, lists by filters, whose vote is awaited, and what risk is made of."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db.models import QuerySet

from changes.models import Change, ChangeCI, ChangeEvent, ChangeTemplate
from changes.risk import Assessment, Circumstances, assess
from changes.states import DONE, Status
from cmdb.affected import CiRef
from cmdb.queries import impact_summary
from orgs.actor import Actor, ActorKind
from orgs.errors import NotFound
from orgs.models import ApiKey
from orgs.queries import as_uuid
from timeline.commands import find

Ident = Change | UUID | str
SIMILAR = 10
"""How many of the last changes on the same configuration items say how such changes end."""


def find_change(ident: Ident) -> Change:
    """The change by id or reference, within the current organisation. Raises ``NotFound``."""
    return find(Change, ident)


def find_template(ident: ChangeTemplate | UUID | str) -> ChangeTemplate:
    """A template of the current organisation by row, id or name. Raises ``NotFound``."""
    rows = ChangeTemplate.objects
    if isinstance(ident, ChangeTemplate):
        found = rows.filter(pk=ident.pk).first()
    else:
        pk = ident if isinstance(ident, UUID) else as_uuid(ident)
        found = rows.filter(pk=pk).first() if pk else rows.filter(name=ident).first()
    if found is None:
        raise NotFound("change template")
    row: ChangeTemplate = found
    return row


def principals_of(actor: Actor) -> tuple[list[str], int | None]:
    """Whoever acts when an actor does: the actor itself and, behind a key, the person who owns it; and that person."""
    named = [f"{actor.kind}:{actor.ref}"]
    if actor.kind != ActorKind.API_KEY:
        return named, actor.user_id
    owners = ApiKey.objects.filter(prefix=actor.ref, created_by__isnull=False).order_by("created_at", "pk")
    people = list(dict.fromkeys(owners.values_list("created_by", flat=True)))
    return [*named, *(f"{ActorKind.USER}:{pk}" for pk in people)], people[0] if people else None


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


def last_done_on(ci_ids: Iterable[UUID], *, except_for: UUID | None = None) -> QuerySet[Change]:
    """The changes that were carried out on any of the configuration items, the latest first."""
    touching = ChangeCI.objects.filter(ci__in=list(ci_ids)).values("change")
    rows: QuerySet[Change] = Change.objects.filter(pk__in=touching, status__in=DONE).exclude(pk=except_for)
    return rows.order_by("-finished_at", "-id")


def computed_risk(
    *, kind: str, ci_ids: Iterable[UUID], rollback_plan: str, test_plan: str, change_id: UUID | None = None
) -> Assessment:
    """The risk that a change of this kind on these configuration items has, with its reasons."""
    ids = list(ci_ids)
    reach = impact_summary(ids)
    past = last_done_on(ids, except_for=change_id).values_list("status", flat=True)[:SIMILAR] if ids else ()
    return assess(
        Circumstances(
            kind=kind,
            dependents=reach["dependents"],
            more_dependents=reach["truncated"],
            criticality=reach["highest_criticality"],
            outcomes=[status == Status.FAILED for status in past],
            has_rollback_plan=bool(rollback_plan),
            has_test_plan=bool(test_plan),
        )
    )

"""The detector of recurring incidents: a reactor notes which to look at, and a periodic job compares them, a few a run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import groupby
from uuid import UUID

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.db.models import Exists, F, OuterRef, QuerySet

from cmdb.models import ConfigurationItem
from incidents.models import Incident, IncidentCI, IncidentEvent
from orgs.actor import Actor
from orgs.clock import now
from orgs.errors import Busy
from problems.models import ProblemIncident, RecurrenceCheck, RecurrenceProposal, RecurrenceRule
from problems.signatures import DEFAULT_DAYS, DEFAULT_INCIDENTS, Group, Occurrence, as_refs, recurring, signatures_of
from problems.states import UNRESOLVED
from timeline.commands import command

log = structlog.get_logger(__name__)

ATTEMPTS = 5
PORTION = 200
"""Incidents that one run looks at."""
MOST_COMPARED = 1_000
"""Incidents of one configuration item that are compared, the newest first."""
MOST_NAMED = 200
"""Incidents that a proposal names; it counts all."""

NOTICED = frozenset({"INCIDENT_CREATED", "INCIDENT_CIS_CHANGED"})


def notice(row: Incident, events: Sequence[IncidentEvent]) -> None:
    """Reactor: have an incident looked at when it begins, and when other items or another title may make it alike."""
    if row.affected_names and any(_matters(event) for event in events):
        RecurrenceCheck.objects.bulk_create([RecurrenceCheck(org_id=row.org_id, incident=row)])


def _matters(event: IncidentEvent) -> bool:
    return event.type in NOTICED or (event.type == "INCIDENT_UPDATED" and "title" in event.payload["changes"])


def find_recurring(limit: int = PORTION) -> int:
    """Look at the incidents that wait for it, organisation by organisation. Returns how many were looked at.

    An attempt is counted before it is made; what fails or kills its worker five times is left out and told.
    """
    waiting = RecurrenceCheck.all_orgs_unsafe.order_by("attempts", "id").values_list("org_id", "pk", "attempts")
    done = 0
    for org_id, rows in groupby(sorted(waiting[:limit]), key=lambda row: row[0]):
        found = list(rows)
        done += _attempt(org_id, [pk for _, pk, attempts in found if attempts < ATTEMPTS])
        _give_up(org_id, [pk for _, pk, attempts in found if attempts >= ATTEMPTS])
    return done


def _attempt(org_id: UUID, checks: list[int]) -> int:
    claimed = RecurrenceCheck.all_orgs_unsafe.filter(org_id=org_id, pk__in=checks)
    claimed.update(attempts=F("attempts") + 1)
    try:
        return look_for_recurrence(actor=Actor.system(org_id, "recurrence"), checks=checks)
    except SoftTimeLimitExceeded:
        raise  # the run's time is over; the next one goes on
    except Busy:
        # Not their fault: as if they had not been tried.
        claimed.update(attempts=F("attempts") - 1)
    except Exception as error:  # noqa: BLE001 - one organisation's trouble must not hold up the others
        log.warning("recurrence.failed", org=str(org_id), reason=type(error).__name__)
    return 0


def _give_up(org_id: UUID, checks: list[int]) -> None:
    if checks:
        log.error("recurrence.dead", org=str(org_id), checks=len(checks))
        RecurrenceCheck.all_orgs_unsafe.filter(org_id=org_id, pk__in=checks).delete()


@command
def look_for_recurrence(*, actor: Actor, checks: Sequence[int]) -> int:
    """Compare the incidents of these checks with their predecessors, propose what recurs, and drop the checks."""
    due = list(RecurrenceCheck.objects.filter(pk__in=list(checks)))
    cis = IncidentCI.objects.filter(incident__in={row.incident_id for row in due}).values("ci")
    for ci in ConfigurationItem.objects.filter(pk__in=cis).order_by("pk"):
        propose_on(ci)
    RecurrenceCheck.objects.filter(pk__in=[row.pk for row in due]).delete()
    return len(due)


def rule() -> tuple[int, timedelta]:
    """How many alike within how long recur in the current organisation."""
    row = RecurrenceRule.objects.first()
    return (row.incidents, timedelta(days=row.days)) if row else (DEFAULT_INCIDENTS, timedelta(days=DEFAULT_DAYS))


def propose_on(ci: ConfigurationItem) -> list[RecurrenceProposal]:
    """Propose what recurs on one configuration item, or add to what is proposed already. Returns the proposals.

    Incidents that a problem explains do not count, and nothing is proposed that an unresolved problem covers or that
    a person dismissed for now.
    """
    least, window = rule()
    on_item = Incident.objects.filter(Exists(IncidentCI.objects.filter(incident=OuterRef("pk"), ci=ci)))
    explained = Exists(ProblemIncident.objects.filter(incident=OuterRef("pk")))
    rows = on_item.filter(~explained, created_at__gte=now() - window)
    groups = recurring(_occurrences(rows), least=least, names=(ci.name,))
    if not groups:
        return []
    unresolved = ProblemIncident.objects.filter(incident=OuterRef("pk"), problem__status__in=UNRESOLVED)
    covered = _signatures(_occurrences(on_item.filter(Exists(unresolved))), ci.name)
    held = list(RecurrenceProposal.objects.select_for_update(of=("self",), no_key=True).filter(ci=ci, state="pending"))
    covered |= _muted(ci)
    return [_propose(ci, group, held) for group in groups if group.signature not in covered]


def _occurrences(rows: QuerySet[Incident]) -> list[Occurrence]:
    newest = rows.order_by("-created_at", "-id")[:MOST_COMPARED]
    columns = newest.values_list("pk", "reference", "title", "correlation_keys", "created_at")
    return [Occurrence(*values) for values in columns]


def _signatures(occurrences: Iterable[Occurrence], name: str) -> set[str]:
    return {signature for found in occurrences for signature in signatures_of(found.title, found.keys, (name,))}


def _muted(ci: ConfigurationItem) -> set[str]:
    dismissed = RecurrenceProposal.objects.filter(ci=ci, state="dismissed", mute_until__gt=now())
    return set(dismissed.values_list("signature", flat=True))


def _propose(ci: ConfigurationItem, group: Group, held: list[RecurrenceProposal]) -> RecurrenceProposal:
    """A new proposal, or the pending one of this signature or of these incidents with what came since."""
    values = {
        "incidents": as_refs(group, MOST_NAMED),
        "count": len(group.occurrences),
        "first_seen_at": group.occurrences[-1].at,
        "last_seen_at": group.occurrences[0].at,
    }
    ids = {str(pk) for pk in group.ids}
    alike = [row for row in held if row.signature == group.signature]
    sharing = [row for row in held if any(ref["id"] in ids for ref in row.incidents)]
    for row in (*alike, *sharing):
        if any(getattr(row, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(row, name, value)
            row.save(update_fields=list(values))
        return row
    made = RecurrenceProposal(org_id=ci.org_id, ci=ci, signature=group.signature, created_at=now(), **values)
    # Another run may be proposing the same; then its row stands.
    RecurrenceProposal.objects.bulk_create([made], ignore_conflicts=True)
    held.append(made)
    return made

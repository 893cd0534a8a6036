"""Deadlines: rows that say what is due when, moved along by a reactor and fired by whoever sweeps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.db.models import QuerySet

from cmdb.queries import impact_summary
from incidents import sla
from incidents.events import ImpactAssessed, SlaBreached, SlaWarned
from incidents.models import Deadline, Incident, IncidentEvent
from incidents.queries import affected_ids
from orgs.actor import Actor
from orgs.clock import now
from orgs.errors import Busy
from timeline.commands import command, insert, lock, record
from timeline.doorbell import ring

log = structlog.get_logger(__name__)

TASK = "itsm_site.tasks.fire_deadlines"
QUEUE = "timers"
ATTEMPTS = 5
LATE = timedelta(seconds=60)
"""A threshold announced this long after it was due is marked as late."""

CLOCK_EVENTS = frozenset(
    {
        "INCIDENT_CREATED",
        "INCIDENT_STATUS_CHANGED",
        "INCIDENT_RESOLVED",
        "INCIDENT_SEVERITY_CHANGED",
        "INCIDENT_HELD",
        "INCIDENT_RELEASED",
        "INCIDENT_SLA_WARNED",
        "INCIDENT_SLA_BREACHED",
    }
)


def move(row: Incident, events: Sequence[IncidentEvent]) -> None:
    """Reactor: put the incident's deadlines where its clocks and its configuration items now say."""
    types = {event.type for event in events}
    rows: list[Deadline] = []
    if types & CLOCK_EVENTS:
        pending = sla.pending(row.sla)
        if pending:
            rows.append(_row(row, Deadline.Kind.SLA, pending[0].at))
        elif "INCIDENT_CREATED" not in types:
            Deadline.objects.filter(incident=row, kind=Deadline.Kind.SLA).delete()
    if row.affected_names and types & {"INCIDENT_CREATED", "INCIDENT_CIS_CHANGED"}:
        rows.append(_row(row, Deadline.Kind.IMPACT, now()))
        ring(TASK, QUEUE)
    if not rows:
        return
    if "INCIDENT_CREATED" in types:
        insert(rows)
        return
    Deadline.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["incident", "kind"],
        update_fields=["due_at", "severity", "attempts", "dead", "error"],
    )


def _row(row: Incident, kind: str, due_at: datetime) -> Deadline:
    return Deadline(org_id=row.org_id, incident=row, kind=kind, due_at=due_at, severity=row.severity)


def fire_due(limit: int = 500) -> int:
    """Fire what is due, the worst severity first. Returns how many deadlines were dealt with.

    Each is claimed by counting an attempt and putting it off, so that one that kills its worker is counted too; then it
    runs in a transaction of its own under the incident's row lock and looks again whether it is still due. So any number
    of sweepers fire it once. One that fails stays put off, and after five attempts it is left for a person.
    """
    due = list(Deadline.all_orgs_unsafe.filter(due_at__lte=now(), dead=False).order_by("severity", "due_at")[:limit])
    return sum(_attempt(row) for row in due if _claim(row))


def _claim(row: Deadline) -> bool:
    """Whether the deadline is ours to fire; the row's own values stay as they were before."""
    unchanged = Deadline.all_orgs_unsafe.filter(pk=row.pk, due_at=row.due_at, attempts=row.attempts, dead=False)
    if row.attempts >= ATTEMPTS:
        log.error("deadline.dead", deadline=row.pk, incident=str(row.incident_id))
        unchanged.update(dead=True)
        return False
    attempts = row.attempts + 1
    later = now() + timedelta(seconds=10 * 2**attempts)
    return bool(unchanged.update(attempts=attempts, due_at=later, error="The attempt was interrupted."))


def _attempt(row: Deadline) -> int:
    try:
        if row.kind == Deadline.Kind.SLA:
            announce_thresholds(actor=Actor.system(row.org_id, "sla"), incident=row.incident_id)
        else:
            assess_impact(actor=Actor.system(row.org_id, "impact"), incident=row.incident_id)
    except SoftTimeLimitExceeded:
        raise  # the sweep's time is over; the next one goes on
    except Busy:
        # Not its fault: as if it had not been tried.
        _claimed(row).update(attempts=row.attempts, due_at=row.due_at, error=row.error)
        return 0
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one must not hold up its neighbours
        log.warning("deadline.failed", deadline=row.pk, reason=type(error).__name__)
        _claimed(row).update(error=f"{type(error).__name__}: {error}"[:2000], dead=row.attempts + 1 >= ATTEMPTS)
        return 0
    return 1


def _claimed(row: Deadline) -> QuerySet[Deadline]:
    """The row, unless somebody has moved it since we claimed it."""
    claimed: QuerySet[Deadline] = Deadline.all_orgs_unsafe.filter(pk=row.pk, attempts=row.attempts + 1)
    return claimed


@command
def announce_thresholds(*, actor: Actor, incident: UUID) -> int:
    """Record the SLA thresholds that have passed, each once. Returns how many."""
    row = lock(Incident, incident)
    moment = now()
    payloads: list[SlaWarned | SlaBreached] = []
    for threshold in sla.passed(row.sla, moment):
        behind = moment - threshold.at
        late_by = int(behind.total_seconds()) if behind > LATE else 0
        if threshold.percent == sla.BREACH:
            payloads.append(SlaBreached(threshold.clock, threshold.at, late_by))
        else:
            payloads.append(SlaWarned(threshold.clock, threshold.percent, threshold.at, late_by))
    if payloads:
        record(row, *payloads, actor=actor)
    else:
        # The row was wrong about when it is due.
        _put_right(row)
    return len(payloads)


def _put_right(row: Incident) -> None:
    deadline = Deadline.objects.filter(incident=row, kind=Deadline.Kind.SLA)
    if pending := sla.pending(row.sla):
        deadline.update(due_at=pending[0].at, attempts=0, error="")
    else:
        deadline.delete()


@command
def assess_impact(*, actor: Actor, incident: UUID) -> Incident:
    """Record what depends on the affected configuration items now, and drop the deadline that asked for it."""
    row = lock(Incident, incident)
    due = Deadline.objects.filter(incident=row, kind=Deadline.Kind.IMPACT)
    if due.exists():
        impact = impact_summary(affected_ids(row))
        if impact != row.impact:
            record(row, ImpactAssessed(impact), actor=actor)
        due.delete()
    return row


def lag() -> float:
    """Seconds by which the oldest due deadline is late; 0 when none is."""
    moment = now()
    oldest = Deadline.all_orgs_unsafe.filter(due_at__lte=moment, dead=False).order_by("due_at").first()
    return (moment - oldest.due_at).total_seconds() if oldest else 0.0

"""The quiet after the last alert: when an incident may count as over, unless people or alerts have said otherwise."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import structlog
from django.db import transaction

from incidents.commands import resolve
from incidents.models import Incident, IncidentEvent
from incidents.states import Status
from integrations.intake.claims import ATTEMPTS, is_passing, put_off, told
from integrations.intake.episodes import LATE_WINDOW
from integrations.models import Calm, EarlyResolve
from orgs.actor import Actor, ActorKind
from orgs.clock import now
from orgs.tenancy import org_scope

log = structlog.get_logger(__name__)

RULE = "quiet-period"
LATE = timedelta(seconds=60)
"""A quiet period that ended this long ago is said to have been noticed late."""
DECISIONS = frozenset({"INCIDENT_STATUS_CHANGED", "INCIDENT_RESOLVED", "INCIDENT_HELD", "INCIDENT_RELEASED"})
"""What people decide; after it the incident is theirs."""
_PEOPLE = (ActorKind.USER, ActorKind.API_KEY)


def begin_calm(incident: Incident, *, quiet: timedelta) -> None:
    """Note that nothing of an incident fires since now, and when that may end it. The incident's row must be locked."""
    moment = now()
    Calm.objects.update_or_create(
        incident=incident,
        defaults={
            "org_id": incident.org_id,
            "since": moment,
            "due_at": moment + quiet,
            "version": incident.version,
            "tries": 0,
            "error": "",
        },
    )


def end_calm(incident: Incident) -> None:
    """Something of it fires again."""
    Calm.objects.filter(incident=incident).delete()


def settle_quiet(limit: int = 500) -> int:
    """Resolve incidents whose quiet period is over, the worst first. Returns how many periods were dealt with.

    Each has a transaction of its own under the incident's lock and is looked at again there, so that any number of
    sweepers end it once, late but not twice after a stand-still.
    """
    moment = now()
    due = (
        Calm.all_orgs_unsafe.filter(due_at__lte=moment)
        .order_by("incident__severity", "due_at")
        .values_list("incident_id", "org_id")[:limit]
    )
    dealt = 0
    for incident_id, org_id in list(due):
        dealt += _attempt(incident_id, org_id)
    EarlyResolve.all_orgs_unsafe.filter(received_at__lt=moment - 2 * LATE_WINDOW).delete()
    return dealt


def _attempt(incident_id: UUID, org_id: UUID) -> int:
    try:
        with org_scope(org_id), transaction.atomic():
            return _settle(incident_id, org_id)
    except Exception as error:
        if is_passing(error):
            raise
        log.warning("calm.failed", incident=str(incident_id), reason=type(error).__name__)
        _put_off(incident_id, error)
        return 0


def _settle(incident_id: UUID, org_id: UUID) -> int:
    incident = Incident.objects.select_for_update().get(pk=incident_id)
    calm = Calm.objects.select_for_update().filter(incident=incident, due_at__lte=now()).first()
    if calm is None:
        return 0
    calm.delete()
    is_quiet = incident.status == Status.MITIGATED and not incident.hold_reason and not incident.firing_count
    if is_quiet and not _people_decided(incident, calm.version):
        resolve(actor=Actor.system(org_id, RULE), incident=incident, resolution=_resolution(calm))
    return 1


def _people_decided(incident: Incident, since_version: int) -> bool:
    found: bool = IncidentEvent.objects.filter(
        aggregate=incident, seq__gt=since_version, type__in=DECISIONS, actor_kind__in=_PEOPLE
    ).exists()
    return found


def _resolution(calm: Calm) -> str:
    quiet = calm.due_at - calm.since
    text = (
        f"All alerts ended by {calm.since:%Y-%m-%d %H:%M:%S} UTC and stayed quiet for "
        f"{int(quiet.total_seconds())} seconds."
    )
    behind = now() - calm.due_at
    return f"{text} Noticed {int(behind.total_seconds())} seconds late." if behind > LATE else text


def _put_off(incident_id: UUID, error: Exception) -> None:
    """One that cannot be resolved must not hold up the others; after five attempts it waits for a person."""
    with transaction.atomic():
        calm = Calm.all_orgs_unsafe.select_for_update().filter(incident_id=incident_id).first()
        if calm is None:
            return
        calm.tries += 1
        calm.error = told(error)
        calm.due_at = put_off(now(), calm.tries) if calm.tries < ATTEMPTS else now() + timedelta(days=36_500)
        calm.save(update_fields=["tries", "error", "due_at"])

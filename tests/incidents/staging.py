"""What tests of incidents begin with: an incident in any state, in a few words."""

from typing import Any

from incidents.commands import cancel, change_status, create_incident
from incidents.models import Incident
from incidents.states import Status
from orgs.actor import Actor
from orgs.models import Organisation
from orgs.roles import Role
from orgs.tenancy import org_scope
from timeline.verify import verify_record

STEPS: dict[str, tuple[str, ...]] = {
    Status.OPEN: (),
    Status.ACKNOWLEDGED: (Status.ACKNOWLEDGED,),
    Status.INVESTIGATING: (Status.INVESTIGATING,),
    Status.IDENTIFIED: (Status.IDENTIFIED,),
    Status.MITIGATED: (Status.MITIGATED,),
    Status.RESOLVED: (Status.RESOLVED,),
    Status.CLOSED: (Status.RESOLVED, Status.CLOSED),
    Status.CANCELLED: (Status.CANCELLED,),
}
"""State to the shortest way there."""


def opened(actor: Actor, title: str = "Database is slow", severity: str = "P2", **options: Any) -> Incident:
    """A new incident."""
    return create_incident(actor=actor, title=title, severity=severity, **options)


def brought_to(status: str, org: Organisation, **options: Any) -> Incident:
    """A new incident in the given state, taken there by the system."""
    actor = Actor.system(org.id, "staging")
    row = opened(actor, **options)
    for step in STEPS[status]:
        row = change_status(actor=actor, incident=row, to=step, reason="staging")
    return row


def anew(row: Incident) -> Incident:
    """The row as it stands in the database."""
    with org_scope(row.org_id):
        return Incident.objects.get(pk=row.pk)


def stream(row: Incident) -> list[Any]:
    """The events of an incident, in order."""
    with org_scope(row.org_id):
        return list(row.EVENTS.objects.filter(aggregate_id=row.pk).order_by("seq"))


def types(row: Incident) -> list[str]:
    """The codes of the events of an incident, in order."""
    return [event.type for event in stream(row)]


def faults_anywhere() -> list[str]:
    """Everything that verification has to say of any incident of any organisation."""
    faults = []
    for org in Organisation.objects.all():
        with org_scope(org):
            faults += [str(fault) for row in Incident.objects.all() for fault in verify_record(row)]
    return faults


def powerful(org: Organisation) -> Actor:
    """Somebody who may do everything."""
    return Actor.system(org.id, "tests")


ALL_ROLES = tuple(Role.values)
__all__ = ["ALL_ROLES", "anew", "brought_to", "cancel", "faults_anywhere", "opened", "powerful", "stream", "types"]

"""What tests of problems begin with: a problem in any state, in a few words."""

from typing import Any

from incidents.models import Incident
from orgs.actor import Actor
from orgs.models import Organisation
from orgs.tenancy import org_scope
from problems.commands import change_status, create_problem
from problems.models import Problem
from problems.states import Status
from timeline.verify import verify_record


def powerful(org: Organisation) -> Actor:
    """Somebody who may do everything."""
    return Actor.system(org.id, "tests")


def found(actor: Actor, title: str = "Disks fill", **options: Any) -> Problem:
    """A new problem."""
    return create_problem(actor=actor, title=title, **options)


def known(actor: Actor, title: str = "Disks fill", **options: Any) -> Problem:
    """A known error."""
    return found(actor, title, **{"workaround": "Empty the cache", "status": Status.KNOWN_ERROR, **options})


def brought_to(status: str, actor: Actor) -> Problem:
    """A new problem in the given state, with a workaround in its text."""
    row = found(actor, workaround="Empty the cache")
    if status != Status.INVESTIGATING:
        row = change_status(actor=actor, problem=row, to=status, reason="staging")
    return row


def anew(row: Any) -> Any:
    """The row as it stands in the database."""
    with org_scope(row.org_id):
        return type(row).objects.get(pk=row.pk)


def stream(row: Any) -> list[Any]:
    """The events of a record, in order."""
    with org_scope(row.org_id):
        return list(row.EVENTS.objects.filter(aggregate_id=row.pk).order_by("seq"))


def types(row: Any) -> list[str]:
    """The codes of the events of a record, in order."""
    return [event.type for event in stream(row)]


def faults_anywhere() -> list[str]:
    """Everything that verification has to say of any problem or incident of any organisation."""
    faults = []
    for org in Organisation.objects.all():
        with org_scope(org):
            rows = [*Problem.objects.all(), *Incident.objects.all()]
            faults += [str(fault) for row in rows for fault in verify_record(row)]
    return faults

"""What tests of changes begin with: a change in any state, in a few words."""

from typing import Any

from changes.commands import create_change
from changes.models import Change
from orgs.actor import Actor
from orgs.models import Organisation
from orgs.tenancy import org_scope
from timeline.verify import verify_record


def drafted(actor: Actor, title: str = "Replace the switch", **options: Any) -> Change:
    """A new change."""
    return create_change(actor=actor, title=title, **options)


def anew(row: Change) -> Change:
    """The row as it stands in the database."""
    with org_scope(row.org_id):
        return Change.objects.get(pk=row.pk)


def stream(row: Change) -> list[Any]:
    """The events of a change, in order."""
    with org_scope(row.org_id):
        return list(row.EVENTS.objects.filter(aggregate_id=row.pk).order_by("seq"))


def types(row: Change) -> list[str]:
    """The codes of the events of a change, in order."""
    return [event.type for event in stream(row)]


def faults_anywhere() -> list[str]:
    """Everything that verification has to say of any change of any organisation."""
    faults = []
    for org in Organisation.objects.all():
        with org_scope(org):
            faults += [str(fault) for row in Change.objects.all() for fault in verify_record(row)]
    return faults


def powerful(org: Organisation) -> Actor:
    """Somebody who may do everything."""
    return Actor.system(org.id, "tests")

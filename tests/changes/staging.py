"""What tests of changes begin with: a change in any state, in a few words."""

import itertools
from datetime import timedelta
from typing import Any

from changes.commands import (
    cancel_change,
    complete_change,
    create_change,
    execute_change,
    fail_change,
    submit_change,
    vote,
)
from changes.models import Change
from cmdb.commands import create_ci
from orgs.actor import Actor, ActorKind
from orgs.clock import now
from orgs.models import Organisation, User
from orgs.roles import Role
from orgs.tenancy import org_scope
from timeline.verify import verify_record

_numbers = itertools.count(1_000_000)
HOUR = timedelta(hours=1)


def powerful(org: Organisation) -> Actor:
    """Somebody who may do everything but vote, since it is nobody."""
    return Actor.system(org.id, "tests")


def somebody(org: Organisation, *roles: str) -> Actor:
    """Another person with these roles (all of them if none is named)."""
    user = User.objects.create(username=f"person-{next(_numbers)}")
    held = frozenset(roles or Role.values)
    return Actor(ActorKind.USER, str(user.pk), user.username, org.id, held, user_id=user.pk)


def drafted(actor: Actor, title: str = "Replace the switch", **options: Any) -> Change:
    """A new change."""
    return create_change(actor=actor, title=title, **options)


def ready(actor: Actor, **options: Any) -> Change:
    """A draft that lacks nothing, of low risk, its window open now for an hour yet."""
    item = create_ci(actor=Actor.system(actor.org_id, "tests"), name=f"switch-{next(_numbers)}", kind="switch")
    given: dict[str, Any] = {
        "affected_cis": [item],
        "implementation_plan": "Unplug the old one, plug in the new one",
        "test_plan": "Ping it",
        "rollback_plan": "Plug in the old one",
        "scheduled_at": now() - HOUR,
        "scheduled_end": now() + HOUR,
    }
    return drafted(actor, **(given | options))


def pending(actor: Actor, **options: Any) -> Change:
    """A change that waits for approval."""
    return submit_change(actor=actor, change=ready(actor, **options))


def voted_through(row: Change) -> Change:
    """The change after as many approvers as it takes have approved it."""
    row = anew(row)
    while row.approval["state"] == "open":
        number = next(_numbers)
        roles = frozenset(Role.values)
        voter = Actor(ActorKind.USER, str(number), f"Person {number}", row.org_id, roles, user_id=number)
        row = vote(actor=voter, change=row, decision="approve")
    return row


def approved(actor: Actor, **options: Any) -> Change:
    """A change that may be carried out."""
    return voted_through(pending(actor, **options))


def started(actor: Actor, **options: Any) -> Change:
    """A change that is being carried out."""
    return execute_change(actor=actor, change=approved(actor, **options))


def brought_to(status: str, org: Organisation, **options: Any) -> Change:
    """A new change in the given state, taken there by the system and those who approve."""
    actor = powerful(org)
    match status:
        case "draft":
            return ready(actor, **options)
        case "pending_approval":
            return pending(actor, **options)
        case "approved":
            return approved(actor, **options)
        case "in_progress":
            return started(actor, **options)
        case "completed":
            return complete_change(actor=actor, change=started(actor, **options), review_note="Went well")
        case "failed":
            return fail_change(actor=actor, change=started(actor, **options), rolled_back="All of it")
    return cancel_change(actor=actor, change=ready(actor, **options), reason="Not needed")


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

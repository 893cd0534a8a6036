"""Who votes on what: the approval that a change takes, whom an actor counts as, and the one place that lets them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from changes.approvals import Approval, Stage, Voter, ask_for, has_seat, has_voted, is_undecided, open_stage, seat_names
from changes.models import ApprovalPolicy, Change, ChangeCI
from changes.policies import BUILTIN, Facts, builtin_stages, fits, stages_for
from changes.states import STARTED, Status
from orgs.actor import Actor, ActorKind
from orgs.errors import Conflict, DomainError, OutOfReach
from orgs.models import ApiKey, Membership, Team
from orgs.policy import allows, require

PEOPLE = (ActorKind.USER, ActorKind.API_KEY)


@dataclass(frozen=True)
class Seat:
    """A place that somebody has in the stage that wants votes now."""

    voter: Voter
    number: int
    stage: Stage


def facts_of(change: Change) -> Facts:
    """What the conditions of policies are asked of."""
    items = ChangeCI.objects.filter(change=change).values_list("ci__criticality", "ci__environment").distinct()
    rows = list(items)
    return Facts(
        type=change.type,
        risk=change.risk,
        criticalities=frozenset(criticality for criticality, _ in rows),
        environments=frozenset(environment for _, environment in rows if environment),
    )


def approval_for(change: Change) -> Approval:
    """The approval that a change takes: that of the first policy that fits and has a stage for it, else the built-in."""
    facts = facts_of(change)
    for policy in ApprovalPolicy.objects.filter(is_active=True).order_by("position", "name"):
        if fits(policy.conditions, facts) and (stages := stages_for(policy.stages, facts)):
            return ask_for({"id": str(policy.pk), "name": policy.name}, stages)
    return ask_for({"id": None, "name": BUILTIN}, builtin_stages(facts))


def principals_of(actor: Actor) -> tuple[list[str], int | None]:
    """Whoever acts when an actor does: the actor itself and, behind a key, the person who owns it; and that person."""
    named = [f"{actor.kind.value}:{actor.ref}"]
    if actor.kind != ActorKind.API_KEY:
        return named, actor.user_id
    owners = ApiKey.objects.filter(prefix=actor.ref, created_by__isnull=False).order_by("created_at", "pk")
    people = list(dict.fromkeys(owners.values_list("created_by", flat=True)))
    return [*named, *(f"{ActorKind.USER.value}:{pk}" for pk in people)], people[0] if people else None


def voter_of(actor: Actor) -> Voter:
    """Whom an actor counts as when it votes."""
    principals, user_id = principals_of(actor)
    return Voter(
        ident=principals[0] if user_id is None else person(user_id),
        name=actor.name,
        user_id=user_id,
        principals=frozenset(principals),
        roles=actor.roles,
        teams=_teams_of(user_id),
    )


def member_as_voter(membership: Membership) -> Voter:
    """Whom a member of the organisation would count as."""
    user = membership.user
    ident = person(user.pk)
    return Voter(
        ident=ident,
        name=user.display_name(),
        user_id=user.pk,
        principals=frozenset({ident}),
        roles=frozenset(membership.roles),
        teams=_teams_of(user.pk),
    )


def person(user_id: int) -> str:
    """A person as votes and requesters name them."""
    return f"{ActorKind.USER.value}:{user_id}"


def _teams_of(user_id: int | None) -> frozenset[UUID]:
    if user_id is None:
        return frozenset()
    return frozenset(Team.objects.filter(members=user_id).values_list("pk", flat=True))


def may_vote(actor: Actor, change: Change) -> Seat:
    """The seat that an actor has on a change now; every way to vote passes here and nowhere else.

    Raises ``Forbidden``; ``OutOfReach`` for the requester's own change and for whoever has no seat in the stage;
    ``Conflict`` where no vote is wanted or theirs was given.
    """
    require(actor, "change.vote")
    seat = _seat(actor.kind, voter_of(actor), change)
    if isinstance(seat, DomainError):
        raise seat
    return seat


def _seat(kind: ActorKind, voter: Voter, change: Change) -> Seat | DomainError:
    if kind not in PEOPLE:
        return OutOfReach("Only people vote, and keys for them.", code="not_a_person")
    if not voter.principals.isdisjoint(change.requesters):
        return OutOfReach("Nobody approves their own change. Ask somebody else to vote.", code="self_approval")
    if not wants_votes(change):
        return Conflict(_why_no_vote(change), code="no_vote_wanted")
    if has_voted(change.approval, voter.ident):
        return Conflict("You have voted on it already.", code="voted")
    number = open_stage(change.approval)
    stage = change.approval["stages"][number]
    if not has_seat(stage, voter):
        who = ", ".join(seat_names(stage))
        return OutOfReach(f"The stage {stage['name']} is for {who}.", code="no_seat")
    return Seat(voter, number, stage)


def wants_votes(change: Change) -> bool:
    """Whether votes are wanted: approval is asked for, or still owed for an emergency that was begun without."""
    return change.status in (Status.PENDING_APPROVAL, *STARTED) and is_undecided(change.approval)


def _why_no_vote(change: Change) -> str:
    if change.status == Status.DRAFT:
        return "It is a draft; nobody has asked for approval yet."
    if change.status == Status.CANCELLED:
        return "It was cancelled."
    return "It was decided already."


def awaiting(actor: Actor) -> list[Change]:
    """The changes on which this actor may vote now, those first that are overdue or begin soonest."""
    if not allows(actor, "change.vote"):
        return []
    owed = Q(status=Status.PENDING_APPROVAL) | Q(approve_by__isnull=False)
    voter = voter_of(actor)
    rows = Change.objects.filter(owed).order_by("approve_by", "scheduled_at", "id")
    mine = [row for row in rows if isinstance(_seat(actor.kind, voter, row), Seat)]
    return sorted(mine, key=lambda row: (row.approve_by is None, row.scheduled_at is None))

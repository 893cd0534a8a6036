from dataclasses import replace

import pytest

from changes.commands import StageSpec, add_note, create_change, edit_change, save_policy, submit_change, vote
from changes.queries import awaiting, may_vote
from changes.refusals import StaleEvidence
from orgs.actor import Actor, ActorKind
from orgs.authentication import actor_for_token, actor_for_user
from orgs.commands import create_team, issue_key
from orgs.errors import Conflict, Invalid, OutOfReach
from orgs.roles import Role
from orgs.tenancy import org_scope
from tests.changes.staging import anew, approved, pending, ready, somebody, stream, types

APPROVER = Role.CHANGE_APPROVER


def refused_with(error, call):
    with pytest.raises(error) as refusal:
        call()
    return refusal.value


def approve(actor, row, **more):
    return vote(actor=actor, change=row, decision="approve", **more)


# --- the built-in policy -----------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["ONCALL_ENGINEER", "SRE_LEAD", "CHANGE_APPROVER"])
def test_low_risk_takes_one_peer(role, org, anyone):
    row = approve(somebody(org, role), pending(anyone))
    assert (row.risk, row.status) == ("low", "approved")
    assert types(row)[-2:] == ["CHANGE_VOTE_CAST", "CHANGE_APPROVED"]


def test_medium_risk_takes_a_peer_and_an_approver_who_is_another(org, anyone):
    row = pending(anyone, risk="medium")
    first, second = somebody(org, APPROVER), somebody(org, APPROVER)
    row = approve(first, row)
    assert (row.status, [stage["state"] for stage in row.approval["stages"]]) == (
        "pending_approval",
        ["approved", "open"],
    )
    assert refused_with(Conflict, lambda: approve(first, row)).code == "voted"
    engineer = somebody(org, Role.ONCALL_ENGINEER)
    assert refused_with(OutOfReach, lambda: approve(engineer, row)).code == "no_seat"
    assert approve(second, row).status == "approved"


def test_high_risk_takes_two_of_the_board_beyond(org, anyone):
    row = pending(anyone, risk="high")
    assert [(stage["name"], stage["quorum"]) for stage in row.approval["stages"]] == [
        ("Peer", 1),
        ("Approver", 1),
        ("CAB", 2),
    ]
    for _ in range(3):
        row = approve(somebody(org, APPROVER), row)
        assert row.status == "pending_approval"
    assert approve(somebody(org, APPROVER), row).status == "approved"
    assert types(row).count("CHANGE_APPROVED") == 1


def test_an_emergency_takes_one_approver(org, anyone):
    row = pending(anyone, type="emergency", risk="high")
    engineer = somebody(org, Role.ONCALL_ENGINEER)
    assert refused_with(OutOfReach, lambda: approve(engineer, row)).code == "no_seat"
    assert approve(somebody(org, Role.SRE_LEAD), row).status == "approved"


# --- nobody approves their own ------------------------------------------------------------------------


@pytest.mark.parametrize("decision", ["approve", "reject", "abstain", "delegate", "ask"])
def test_the_requester_has_no_say(decision, org):
    requester = somebody(org)
    row = pending(requester)
    more = {"delegate_to": "anybody"} if decision == "delegate" else {"comment": "So"}
    error = refused_with(OutOfReach, lambda: vote(actor=requester, change=row, decision=decision, **more))
    assert (error.code, error.status) == ("self_approval", 403)
    assert anew(row).version == row.version


def test_neither_has_who_it_is_requested_for(org, anyone, user_with):
    user = user_with(APPROVER)
    row = pending(anyone, requested_by=user.username)
    actor = actor_for_user(user, org)
    assert (row.requested_by, row.requester_id) == (user.display_name(), user.pk)
    assert refused_with(OutOfReach, lambda: approve(actor, row)).code == "self_approval"


def key_of(org, user, *roles):
    """A key that a person had issued, as an actor."""
    owner = Actor(ActorKind.USER, str(user.pk), user.username, org.id, frozenset(Role.values), user_id=user.pk)
    _, token = issue_key(actor=owner, org=org, name="deploys", roles=roles)
    return actor_for_token(token)


def test_neither_has_the_key_that_requested_it_nor_its_owner(org, user_with):
    user = user_with(APPROVER, Role.ORG_ADMIN)
    key, other = key_of(org, user, *Role.values), key_of(org, user, *Role.values)
    row = pending(key)
    person = actor_for_user(user, org)
    for actor in (key, person, other):
        assert refused_with(OutOfReach, lambda actor=actor: approve(actor, row)).code == "self_approval"


def test_neither_has_a_key_of_the_requester(org, user_with):
    user = user_with(APPROVER, Role.ORG_ADMIN)
    row = pending(actor_for_user(user, org))
    assert refused_with(OutOfReach, lambda: approve(key_of(org, user, *Role.values), row)).code == "self_approval"


def test_a_seat_cannot_be_handed_to_the_requester(org, user_with):
    user = user_with(APPROVER)
    row = pending(actor_for_user(user, org))
    error = refused_with(
        Invalid, lambda: vote(actor=somebody(org), change=row, decision="delegate", delegate_to=user.username)
    )
    assert error.fields[0].code == "self_approval"


def test_a_person_and_their_key_are_one_vote(org, anyone, user_with):
    user = user_with(APPROVER, Role.ORG_ADMIN)
    row = approve(key_of(org, user, APPROVER), pending(anyone, risk="medium"))
    assert refused_with(Conflict, lambda: approve(actor_for_user(user, org), row)).code == "voted"


@pytest.mark.parametrize("kind", ["system", "integration"])
def test_nobody_votes_who_is_nobody(kind, org, anyone):
    actor = getattr(Actor, kind)(org.id, "robot")
    assert refused_with(OutOfReach, lambda: approve(actor, pending(anyone))).code == "not_a_person"


# --- when no vote is wanted ---------------------------------------------------------------------------


def test_a_draft_and_a_decided_change_want_none(org, anyone):
    for row in (ready(anyone), approved(anyone)):
        assert refused_with(Conflict, lambda row=row: approve(somebody(org), row)).code == "no_vote_wanted"


def test_a_rejection_takes_a_reason_and_sends_it_back(org, anyone):
    row = pending(anyone)
    voter = somebody(org)
    error = refused_with(Invalid, lambda: vote(actor=voter, change=row, decision="reject", comment=" "))
    assert error.fields[0].field == "comment"
    row = vote(actor=voter, change=row, decision="reject", comment="Not on a Friday")
    assert (row.status, row.rejection, row.approval, row.submitted_at) == ("draft", "Not on a Friday", {}, None)
    assert stream(row)[-1].payload["by"] == voter.name
    row = submit_change(actor=anyone, change=row, comment="Moved to Monday")
    assert (row.status, row.rejection) == ("pending_approval", "")
    assert approve(voter, row).status == "approved", "a new round is a new vote"


def test_an_abstention_counts_for_nothing_and_is_a_vote(org, anyone):
    row = pending(anyone)
    voter = somebody(org)
    row = vote(actor=voter, change=row, decision="abstain")
    assert row.status == "pending_approval"
    assert refused_with(Conflict, lambda: approve(voter, row)).code == "voted"
    assert approve(somebody(org), row).status == "approved"


def test_a_question_is_recorded_and_is_no_vote(org, anyone):
    row = pending(anyone)
    voter = somebody(org)
    assert refused_with(Invalid, lambda: vote(actor=voter, change=row, decision="ask")).fields[0].field == "comment"
    row = vote(actor=voter, change=row, decision="ask", comment="Which rack?")
    assert row.approval["stages"][0]["questions"][0]["question"] == "Which rack?"
    add_note(actor=anyone, change=row, text="The third")
    assert approve(voter, row).status == "approved"


def test_what_is_said_is_checked(org, anyone):
    row = pending(anyone)
    voter = somebody(org)
    for given in (
        {"decision": "maybe"},
        {"decision": "approve", "comment": "\0"},
        {"decision": "approve", "delegate_to": "someone"},
        {"decision": "delegate"},
    ):
        with pytest.raises(Invalid):
            vote(actor=voter, change=row, **given)
    assert anew(row).version == row.version


# --- seats that are handed on -------------------------------------------------------------------------


def test_a_seat_is_handed_on_with_all_that_belongs_to_it(org, anyone, user_with):
    save_policy(
        actor=anyone,
        name="By name",
        stages=[StageSpec("Owner", users=[(owner := user_with(APPROVER)).username])],
    )
    other = user_with(Role.ONCALL_ENGINEER)
    first, second = actor_for_user(owner, org), actor_for_user(other, org)
    row = pending(anyone)
    assert refused_with(OutOfReach, lambda: approve(second, row)).code == "no_seat"
    row = vote(actor=first, change=row, decision="delegate", delegate_to=other.username, comment="On leave")
    assert refused_with(OutOfReach, lambda: approve(first, row)).code == "no_seat"
    row = approve(second, row)
    assert row.status == "approved"
    assert row.approval["stages"][0]["delegations"][0]["delegate_name"] == other.display_name()


def test_a_seat_that_is_handed_back_is_ones_own_again(org, anyone, user_with):
    owner, other = user_with(APPROVER), user_with(Role.ONCALL_ENGINEER)
    save_policy(actor=anyone, name="By name", stages=[StageSpec("Owner", users=[owner.username])])
    first, second = actor_for_user(owner, org), actor_for_user(other, org)
    row = vote(actor=first, change=pending(anyone), decision="delegate", delegate_to=other.username)
    row = vote(actor=second, change=row, decision="delegate", delegate_to=owner.username)
    assert refused_with(OutOfReach, lambda: approve(second, row)).code == "no_seat"
    assert approve(first, row).status == "approved"


@pytest.mark.parametrize("who", ["self", "nobody", "member", "seated", "voted"])
def test_a_seat_is_not_handed_to_just_anybody(who, org, anyone, user_with):
    me = user_with(APPROVER)
    actor = actor_for_user(me, org)
    seated, voted = user_with(Role.SRE_LEAD), user_with(Role.ONCALL_ENGINEER)
    save_policy(
        actor=anyone,
        name="Two stages",
        stages=[
            StageSpec("Engineers", roles=["ONCALL_ENGINEER"]),
            StageSpec("Approvers", roles=["CHANGE_APPROVER", "SRE_LEAD"]),
        ],
    )
    row = approve(actor_for_user(voted, org), pending(anyone))
    names = {
        "self": me.username,
        "nobody": "nobody",
        "member": user_with(Role.MEMBER).username,
        "seated": seated.username,
        "voted": voted.username,
    }
    codes = {"self": "self", "nobody": "not_found", "member": "role", "seated": "has_seat", "voted": "voted"}
    error = refused_with(Invalid, lambda: vote(actor=actor, change=row, decision="delegate", delegate_to=names[who]))
    assert error.fields[0].code == codes[who]


def test_a_team_has_a_seat_for_each_of_its_members(org, anyone, user_with):
    inside, outside = user_with(Role.ONCALL_ENGINEER), user_with(Role.ONCALL_ENGINEER)
    create_team(actor=anyone, org=org, name="Network", members=[inside])
    save_policy(actor=anyone, name="Network", stages=[StageSpec("Network", teams=["network"])])
    row = pending(anyone)
    error = refused_with(OutOfReach, lambda: approve(actor_for_user(outside, org), row))
    assert error.detail == "The stage Network is for Network."
    assert approve(actor_for_user(inside, org), row).status == "approved"


# --- what was seen ------------------------------------------------------------------------------------


def test_a_vote_on_what_is_there_now_names_it(org, anyone):
    row = pending(anyone)
    row = approve(somebody(org), row, evidence_hash=row.evidence_hash)
    cast = stream(row)[-2].payload
    assert (cast["evidence_hash"], cast["evidence"]) == (row.evidence_hash, {})


def test_a_vote_on_what_is_no_longer_so_is_refused_and_told_why(org, anyone):
    row = pending(anyone)
    seen = row.evidence_hash
    edit_change(actor=anyone, change=row, changes={"title": "Replace both switches"})
    error = refused_with(StaleEvidence, lambda: approve(somebody(org), row, evidence_hash=seen))
    assert (error.status, error.code) == (409, "stale_evidence")
    assert error.changed == ["The title went from Replace the switch to Replace both switches."]
    row = approve(somebody(org), row)
    cast = stream(row)[-2].payload
    assert cast["evidence_hash"] == row.evidence_hash != seen
    assert cast["evidence"]["request"]["title"] == "Replace both switches", "what there was to see then is kept"


# --- whose vote is awaited ----------------------------------------------------------------------------


def test_whoever_may_vote_finds_what_awaits_them(org, anyone, django_assert_max_num_queries):
    engineer, approver, requester = somebody(org, Role.ONCALL_ENGINEER), somebody(org, APPROVER), somebody(org)
    low, medium = pending(requester), pending(anyone, risk="medium")
    ready(anyone)
    approved(anyone)
    with org_scope(org):
        with django_assert_max_num_queries(3):
            assert {row.pk for row in awaiting(engineer)} == {low.pk, medium.pk}
        assert [row.pk for row in awaiting(requester)] == [medium.pk]
        approve(approver, medium)
        assert [row.pk for row in awaiting(approver)] == [low.pk]
        assert [row.pk for row in awaiting(engineer)] == [low.pk], "the second stage is for approvers"
        assert awaiting(somebody(org, Role.MEMBER)) == awaiting(anyone) == []
        assert awaiting(replace(engineer, scopes=frozenset({"change.read"}))) == []


def test_a_seat_can_be_asked_for_without_taking_it(org, anyone):
    row = pending(anyone)
    with org_scope(org):
        assert may_vote(somebody(org), row).stage["name"] == "Peer"
    assert anew(row).version == row.version


def test_the_change_that_is_voted_on_may_be_anybodys_draft_first(org):
    row = create_change(actor=somebody(org), title="Something")
    assert refused_with(Conflict, lambda: approve(somebody(org), row)).detail.startswith("It is a draft")

"""RELIABILITY P5 and P6, on real connections: many people at the same change at the same moment."""

import pytest

from changes.commands import (
    StageSpec,
    cancel_change,
    complete_change,
    edit_change,
    execute_change,
    fail_change,
    save_policy,
    submit_change,
    vote,
)
from changes.refusals import Frozen
from orgs.errors import Conflict, IllegalTransition
from tests.changes.staging import anew, approved, pending, powerful, ready, somebody, started, stream, types
from tests.racing import deadlocks, race

pytestmark = [pytest.mark.postgres, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

VOTERS = 32


@pytest.fixture(autouse=True)
def _without_deadlocks(org):
    before = deadlocks()
    yield
    assert deadlocks() == before


def won(outcomes):
    return [outcome for outcome in outcomes if not isinstance(outcome, Exception)]


def kinds(outcomes):
    return {type(outcome) for outcome in outcomes if isinstance(outcome, Exception)}


@pytest.mark.parametrize("quorum", [1, 2, 20])
def test_a_quorum_is_counted_once_and_approved_once(quorum, org):
    actor = powerful(org)
    save_policy(actor=actor, name="Board", stages=[StageSpec("Board", quorum=quorum, roles=["CHANGE_APPROVER"])])
    row = pending(actor)
    voters = [somebody(org, "CHANGE_APPROVER") for _ in range(VOTERS)]
    outcomes = race([lambda voter=voter: vote(actor=voter, change=row.pk, decision="approve") for voter in voters])
    assert (len(won(outcomes)), kinds(outcomes)) == (quorum, {Conflict})
    kept = anew(row)
    assert (kept.status, types(row).count("CHANGE_APPROVED"), types(row).count("CHANGE_VOTE_CAST")) == (
        "approved",
        1,
        quorum,
    )
    assert len({vote["voter"] for vote in kept.approval["stages"][0]["votes"]}) == quorum


def test_one_person_has_one_vote_however_often_they_press(org):
    actor = powerful(org)
    save_policy(actor=actor, name="Board", stages=[StageSpec("Board", quorum=2, roles=["CHANGE_APPROVER"])])
    row, voter = pending(actor), somebody(org, "CHANGE_APPROVER")
    outcomes = race([lambda: vote(actor=voter, change=row.pk, decision="approve")] * VOTERS)
    assert (len(won(outcomes)), kinds(outcomes), anew(row).status) == (1, {Conflict}, "pending_approval")


def test_a_yes_and_a_no_are_not_both_the_end(org):
    actor = powerful(org)
    row = pending(actor)
    voters = [somebody(org) for _ in range(16)]
    yes = [lambda v=v: vote(actor=v, change=row.pk, decision="approve") for v in voters[:8]]
    no = [lambda v=v: vote(actor=v, change=row.pk, decision="reject", comment="No") for v in voters[8:]]
    assert len(won(race([*yes, *no]))) == 1
    assert types(row).count("CHANGE_APPROVED") + types(row).count("CHANGE_REJECTED") == 1
    assert anew(row).status in {"approved", "draft"}


@pytest.mark.parametrize(
    ("made", "command"),
    [
        (ready, lambda actor, row: submit_change(actor=actor, change=row)),
        (approved, lambda actor, row: execute_change(actor=actor, change=row)),
        (started, lambda actor, row: complete_change(actor=actor, change=row)),
        (started, lambda actor, row: fail_change(actor=actor, change=row, rolled_back="All")),
        (approved, lambda actor, row: cancel_change(actor=actor, change=row)),
    ],
    ids=["submit", "execute", "complete", "fail", "cancel"],
)
def test_each_step_is_taken_by_exactly_one(made, command, org):
    actor = powerful(org)
    row = made(actor)
    before = row.version
    outcomes = race([lambda: command(actor, row.pk)] * VOTERS)
    assert (len(won(outcomes)), kinds(outcomes)) == (1, {IllegalTransition})
    assert anew(row).version == before + 1


def test_nothing_is_approved_that_was_edited_meanwhile(org):
    actor = powerful(org)
    row = pending(actor)
    voters = [somebody(org) for _ in range(8)]
    edits = [
        lambda n=n: edit_change(actor=actor, change=row.pk, changes={"rollback_plan": f"Plan {n}"}, reopen=True)
        for n in range(8)
    ]
    votes = [
        lambda v=v: vote(actor=v, change=row.pk, decision="approve", evidence_hash=row.evidence_hash) for v in voters
    ]
    outcomes = race([*edits, *votes])
    assert kinds(outcomes) <= {Conflict, Frozen}
    assert anew(row).status == "draft"
    last_edit = max(event.seq for event in stream(row) if event.type == "CHANGE_UPDATED")
    assert all(event.seq < last_edit for event in stream(row) if event.type == "CHANGE_APPROVED")

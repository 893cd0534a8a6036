"""Accepting what is in the way: what is kept of it, until when it holds, and when there is nothing to accept."""

import pytest

from changes.commands import accept_conflicts, edit_change, submit_change
from changes.evidence import evidence_of
from orgs.errors import Conflict, Invalid
from tests.changes.planning import at, drafted, frozen, planned
from tests.changes.staging import anew, brought_to, stream

REASON = "Both teams have agreed."


@pytest.fixture
def blocked(anyone, ci):
    """A draft with another change and a freeze in its way."""
    ci("db-1")
    planned(anyone, "Upgrade", affected_cis=["db-1"])
    frozen(anyone, "Year end")
    return drafted(anyone, affected_cis=["db-1"], rollback_plan="Restore.")


def test_the_reason_is_kept_with_what_was_accepted(anyone, blocked):
    row = accept_conflicts(actor=anyone, change=blocked, reason=f" {REASON} ")
    assert row.conflict_reason == REASON
    payload = stream(row)[-1].payload
    assert (payload["before"], payload["after"]) == ("", REASON)
    assert [group["reason"] for group in payload["conflicts"]] == ["hard_freeze", "same_ci"]
    assert payload["conflicts"][0]["conflicts"][0]["words"] == "Freeze Year end covers 1 of 1 item."


def test_approvers_see_it(anyone, blocked, inside):
    row = accept_conflicts(actor=anyone, change=blocked, reason=REASON)
    assert evidence_of(row).request["conflict_reason"] == REASON


def test_what_was_accepted_need_not_be_accepted_again_at_submit(anyone, blocked):
    with pytest.raises(Invalid):
        submit_change(actor=anyone, change=blocked)
    accept_conflicts(actor=anyone, change=blocked, reason=REASON)
    assert submit_change(actor=anyone, change=blocked).conflict_reason == REASON


def test_saying_the_same_again_leaves_no_trace(anyone, blocked):
    first = accept_conflicts(actor=anyone, change=blocked, reason=REASON)
    assert accept_conflicts(actor=anyone, change=blocked, reason=REASON).version == first.version
    second = accept_conflicts(actor=anyone, change=blocked, reason="The board insists.")
    assert stream(second)[-1].payload["before"] == REASON


@pytest.mark.parametrize("changes", [{"scheduled_end": at(2)}, {"affected_cis": []}], ids=["window", "items"])
def test_it_ends_with_the_plan_that_it_was_said_of(anyone, blocked, changes):
    accept_conflicts(actor=anyone, change=blocked, reason=REASON)
    edit_change(actor=anyone, change=blocked, changes=changes)
    assert anew(blocked).conflict_reason == ""


def test_an_approved_change_may_meet_a_new_freeze(anyone, org):
    row = brought_to("approved", org)
    from changes.commands import create_freeze

    create_freeze(actor=anyone, name="Outage", reason="Hands off.", everything=True)
    assert accept_conflicts(actor=anyone, change=row, reason=REASON).conflict_reason == REASON


@pytest.mark.parametrize("state", ["in_progress", "completed", "failed", "cancelled"])
def test_what_has_begun_or_ended_has_nothing_to_accept(anyone, org, state):
    row = brought_to(state, org)
    with pytest.raises(Conflict) as refusal:
        accept_conflicts(actor=anyone, change=row, reason=REASON)
    assert refusal.value.code == "begun"


def test_where_nothing_is_in_the_way_there_is_nothing_to_accept(anyone, change):
    with pytest.raises(Conflict) as refusal:
        accept_conflicts(actor=anyone, change=change, reason=REASON)
    assert refusal.value.code == "no_conflicts"


def test_a_reason_is_required(anyone, blocked):
    with pytest.raises(Invalid):
        accept_conflicts(actor=anyone, change=blocked, reason=" ")

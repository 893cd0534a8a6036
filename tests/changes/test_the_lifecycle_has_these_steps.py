from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction

from changes.commands import (
    cancel_change,
    complete_change,
    execute_change,
    fail_change,
    reopen_change,
    submit_change,
    vote,
)
from changes.models import Change
from changes.queries import overdue_approvals, reviews_due
from changes.states import STEPS, Kind, Status, allowed_from
from orgs.errors import Conflict, Forbidden, IllegalTransition, Invalid
from orgs.roles import Role
from tests.changes.staging import (
    HOUR,
    anew,
    approved,
    brought_to,
    ready,
    somebody,
    started,
    stream,
    types,
    voted_through,
)

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

# Written out: from each state, where one step of a normal change may lead.
LEGAL = {
    "draft": "pending_approval cancelled",
    "pending_approval": "approved draft cancelled",
    "approved": "in_progress draft cancelled",
    "in_progress": "completed failed",
    "completed": "",
    "failed": "",
    "cancelled": "",
}
COMMANDS = {
    "pending_approval": lambda actor, row: submit_change(actor=actor, change=row),
    "draft": lambda actor, row: reopen_change(actor=actor, change=row, reason="Not yet"),
    "in_progress": lambda actor, row: execute_change(actor=actor, change=row),
    "completed": lambda actor, row: complete_change(actor=actor, change=row),
    "failed": lambda actor, row: fail_change(actor=actor, change=row, rolled_back="All"),
    "cancelled": lambda actor, row: cancel_change(actor=actor, change=row),
}


def test_the_graph_is_the_documented_one():
    assert {str(state): set(allowed_from(state, Kind.NORMAL)) for state in STEPS} == {
        state: set(targets.split()) for state, targets in LEGAL.items()
    }
    assert set(allowed_from("draft", "standard")) == {"approved", "cancelled"}
    assert set(allowed_from("draft", "emergency")) == {"pending_approval", "in_progress", "cancelled"}
    assert set(allowed_from("pending_approval", "emergency")) == {"approved", "draft", "in_progress", "cancelled"}


@pytest.mark.parametrize("before", Status.values)
@pytest.mark.parametrize("to", COMMANDS)
def test_a_legal_step_is_taken_and_any_other_refused(before, to, org, anyone):
    row = brought_to(before, org)
    version = row.version
    if to in LEGAL[before].split():
        row = COMMANDS[to](anyone, row)
        assert (row.status, anew(row).status) == (to, to)
        return
    with pytest.raises(IllegalTransition) as refusal:
        COMMANDS[to](anyone, row)
    assert (refusal.value.status, refusal.value.code, refusal.value.current) == (409, "illegal_transition", before)
    assert set(refusal.value.allowed) == set(LEGAL[before].split())
    assert (anew(row).status, anew(row).version) == (before, version)


def test_refusals_say_what_to_do(org, anyone):
    def said(before, to):
        with pytest.raises(IllegalTransition) as refusal:
            COMMANDS[to](anyone, brought_to(before, org))
        return refusal.value.detail

    assert said("draft", "in_progress") == "It is not approved yet; only an emergency begins before it is."
    assert said("in_progress", "cancelled").startswith("It has begun: say that it is completed, or that it failed")
    assert said("in_progress", "in_progress") == "It is already in_progress."


def test_each_step_notes_its_time(anyone, org):
    with time_machine.travel(START, tick=False) as clock:
        row = ready(anyone, scheduled_at=START, scheduled_end=START + 10 * HOUR)
        clock.shift(HOUR)
        row = submit_change(actor=anyone, change=row)
        clock.shift(HOUR)
        row = voted_through(row)
        clock.shift(HOUR)
        row = execute_change(actor=anyone, change=row)
        clock.shift(HOUR)
        row = complete_change(actor=anyone, change=row, review_note="All went well")
    names = ("submitted_at", "approved_at", "executed_at", "finished_at")
    assert [getattr(row, name) for name in names] == [START + n * HOUR for n in (1, 2, 3, 4)]
    assert (row.outcome, row.review_due_at, row.approve_by) == ("All went well", None, None)
    assert types(row) == [
        "CHANGE_CREATED",
        "CHANGE_SUBMITTED",
        "CHANGE_VOTE_CAST",
        "CHANGE_APPROVED",
        "CHANGE_STARTED",
        "CHANGE_COMPLETED",
    ]


@pytest.mark.parametrize("shift", [-2 * HOUR, 2 * HOUR], ids=["before", "after"])
def test_outside_its_window_it_takes_a_reason_and_the_role(shift, org, anyone):
    with time_machine.travel(START, tick=False) as clock:
        row = approved(anyone, scheduled_at=START + HOUR, scheduled_end=START + 2 * HOUR)
        clock.shift(HOUR + shift)
        engineer, lead = somebody(org, Role.ONCALL_ENGINEER), somebody(org, Role.SRE_LEAD)
        with pytest.raises(Conflict) as refusal:
            execute_change(actor=lead, change=row)
        assert refusal.value.code == "outside_window"
        assert "2026-03-01 13:00:00 UTC to 2026-03-01 14:00:00 UTC" in refusal.value.detail
        with pytest.raises(Forbidden) as forbidden:
            execute_change(actor=engineer, change=row, override_reason="It cannot wait")
        assert forbidden.value.action == "change.override"
        row = execute_change(actor=lead, change=row, override_reason="It cannot wait")
    assert (row.status, row.override_reason) == ("in_progress", "It cannot wait")


def test_a_window_ends_when_it_ends(anyone):
    with time_machine.travel(START, tick=False) as clock:
        row = approved(anyone, scheduled_at=START, scheduled_end=START + HOUR)
        clock.shift(HOUR)
        with pytest.raises(Conflict):
            execute_change(actor=anyone, change=row)
        clock.shift(-timedelta(microseconds=1))
        assert execute_change(actor=anyone, change=row).status == "in_progress"


@pytest.mark.parametrize("first", ["draft", "pending_approval"])
def test_an_emergency_begins_first_and_is_approved_after(first, org, anyone, inside):
    with time_machine.travel(START, tick=False) as clock:
        row = brought_to(first, org, type="emergency", scheduled_at=None, scheduled_end=None, rollback_plan="")
        row = execute_change(actor=anyone, change=row)
        assert (row.status, row.approve_by, row.approved_at) == ("in_progress", START + 24 * HOUR, None)
        assert row.approval["stages"][0]["name"] == "Emergency approver"
        row = complete_change(actor=anyone, change=row)
        assert (row.status, row.approve_by) == ("completed", START + 24 * HOUR)
        assert overdue_approvals() == []
        clock.shift(24 * HOUR + timedelta(seconds=1))
        assert overdue_approvals() == [row]
        row = vote(actor=somebody(org, Role.CHANGE_APPROVER), change=row, decision="approve", comment="Rightly done")
    assert (row.status, row.approve_by) == ("completed", None)
    assert row.approved_at is not None
    assert overdue_approvals() == []
    assert types(row)[-1] == "CHANGE_APPROVED"


def test_an_emergency_that_is_rejected_afterwards_goes_on_and_is_reviewed(org, anyone, inside):
    row = execute_change(actor=anyone, change=ready(anyone, type="emergency"))
    row = vote(actor=somebody(org), change=row, decision="reject", comment="This was none")
    assert (row.status, row.rejection, row.approve_by, row.approved_at) == ("in_progress", "This was none", None, None)
    assert row.review_due_at is not None
    due = row.review_due_at
    assert complete_change(actor=anyone, change=row).review_due_at == due
    assert reviews_due() == [row]


def test_an_emergency_needs_to_say_what_it_touches(anyone):
    row = ready(anyone, type="emergency", affected_cis=[])
    with pytest.raises(Invalid) as refusal:
        execute_change(actor=anyone, change=row)
    assert [error.field for error in refusal.value.fields] == ["affected_cis"]
    assert anew(row).status == "draft"


def test_a_failure_says_what_was_rolled_back_and_is_reviewed(anyone, inside):
    row = started(anyone)
    with pytest.raises(Invalid) as refusal:
        fail_change(actor=anyone, change=row, rolled_back=" ")
    assert refusal.value.fields[0].field == "rolled_back"
    with time_machine.travel(START + 3000 * 24 * HOUR, tick=False):
        row = fail_change(actor=anyone, change=row, rolled_back="Everything")
    assert (row.status, row.outcome) == ("failed", "Everything")
    assert row.review_due_at == row.finished_at + timedelta(days=7)
    assert reviews_due() == [row]


def test_a_change_that_was_cancelled_says_why(org):
    row = brought_to("cancelled", org)
    assert (row.outcome, row.executed_at) == ("Not needed", None)
    assert row.finished_at is not None


@pytest.mark.parametrize(
    "columns",
    [
        {"status": "done"},
        {"type": "minor"},
        {"risk": "huge"},
        {"status": "in_progress"},
        {"executed_at": START},
        {"finished_at": START},
        {"scheduled_at": None},
        {"scheduled_end": START},
    ],
    ids=lambda columns: "-".join(f"{name}-{value}"[:24] for name, value in columns.items()),
)
def test_the_database_refuses_what_cannot_be(columns, org, anyone, inside):
    row = ready(anyone)
    with pytest.raises(IntegrityError), transaction.atomic():
        Change.objects.filter(pk=row.pk).update(**columns)


def test_the_events_say_what_was_before(org, anyone):
    row = cancel_change(actor=anyone, change=approved(anyone), reason="No time")
    assert stream(row)[-1].payload == {"before": "approved", "reason": "No time"}

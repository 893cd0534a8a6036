from datetime import UTC, datetime

import pytest

from changes.commands import edit_change, submit_change, vote
from changes.refusals import Frozen
from orgs.clock import now
from orgs.commands import create_team
from orgs.errors import Conflict, Invalid
from tests.changes.staging import HOUR, anew, brought_to, pending, ready, somebody, stream, types

THEN = now() + 5 * HOUR
MATERIAL = {
    "affected_cis": [],
    "scheduled_at": THEN - 10 * HOUR,
    "scheduled_end": THEN,
    "implementation_plan": "Another way",
    "test_plan": "Look at it",
    "rollback_plan": "Swap again",
    "type": "emergency",
    "risk": "high",
    "risk_reason": "It feels so",
}


def edit(actor, row, **changes):
    return edit_change(actor=actor, change=row, changes=changes)


def bad_fields(call):
    with pytest.raises(Invalid) as refusal:
        call()
    return {(error.field, error.code) for error in refusal.value.fields}


def test_a_draft_may_become_quite_another(anyone, ci):
    row = ready(anyone)
    row = edit(anyone, row, **(MATERIAL | {"affected_cis": [ci("db-1"), "db-1"], "title": "Replace the database"}))
    assert (row.title, row.type, row.risk, row.affected_names) == (
        "Replace the database",
        "emergency",
        "high",
        ["db-1"],
    )
    assert (row.scheduled_end, row.rollback_plan) == (THEN, "Swap again")
    assert types(row)[1:] == [
        "CHANGE_UPDATED",
        "CHANGE_RESCHEDULED",
        "CHANGE_CIS_CHANGED",
        "CHANGE_RISK_CHANGED",
    ]


@pytest.mark.parametrize("name", MATERIAL)
@pytest.mark.parametrize("status", ["pending_approval", "approved"])
def test_what_was_asked_for_stands(name, status, org, anyone):
    row = brought_to(status, org)
    with pytest.raises(Frozen) as refusal:
        edit(anyone, row, **{name: MATERIAL[name], "title": "Unheard"})
    error = refusal.value
    assert (error.status, error.code, error.fields) == (409, "frozen", [name])
    assert name in error.detail
    assert "Ask to reopen it" in error.detail
    assert (anew(row).version, anew(row).title) == (row.version, row.title)


@pytest.mark.parametrize("status", ["pending_approval", "approved"])
def test_or_it_is_asked_for_anew(status, org, anyone):
    row = brought_to(status, org, risk="medium")
    if status == "pending_approval":
        row = vote(actor=somebody(org), change=row, decision="approve")
    before = row.version
    votes = sum(len(stage["votes"]) for stage in row.approval["stages"])
    row = edit_change(
        actor=anyone, change=row, changes={"rollback_plan": "Swap again"}, reopen=True, reason="The other was lost"
    )
    assert (row.status, row.approval, row.approved_at, row.evidence_hash) == ("draft", {}, None, "")
    reopened = stream(row)[before]
    assert reopened.type == "CHANGE_REOPENED"
    assert (reopened.payload["fields"], reopened.payload["reason"]) == (["rollback_plan"], "The other was lost")
    assert len(reopened.payload["votes"]) == votes > 0
    row = submit_change(actor=anyone, change=row)
    assert [stage["votes"] for stage in row.approval["stages"]] == [[], []], "the votes were for another plan"


@pytest.mark.parametrize("status", ["pending_approval", "approved", "in_progress"])
def test_what_nobody_voted_on_may_change_all_along(status, org, anyone):
    row = brought_to(status, org)
    create_team(actor=anyone, org=org, name="Network")
    row = edit_change(
        actor=anyone,
        change=row,
        changes={"title": "Better said", "description": "More", "assigned_to": "network", "tags": ["b", "a"]},
        reopen=True,
    )
    assert (row.status, row.title, row.assigned_to, row.tags) == (status, "Better said", "Network", ["a", "b"])
    assert row.assigned_team_id is not None


@pytest.mark.parametrize("reopen", [True, False])
def test_what_has_begun_is_not_taken_back(reopen, org, anyone):
    row = brought_to("in_progress", org)
    with pytest.raises(Frozen) as refusal:
        edit_change(actor=anyone, change=row, changes={"rollback_plan": "None"}, reopen=reopen)
    assert "Draft another change" in refusal.value.detail


@pytest.mark.parametrize("status", ["completed", "failed", "cancelled"])
def test_what_is_finished_is_not_edited(status, org, anyone):
    row = brought_to(status, org)
    with pytest.raises(Conflict) as refusal:
        edit(anyone, row, title="Better said")
    assert refusal.value.code == "finished"
    assert edit(anyone, row, title=row.title, rollback_plan=row.rollback_plan).version == row.version


def test_what_stands_there_already_is_no_change(org, anyone):
    row = pending(anyone, assigned_to="Storage crew", tags=["db"])
    same = {
        name: getattr(row, name)
        for name in (*MATERIAL, "title", "description", "assigned_to", "tags")
        if name != "affected_cis"
    }
    same["affected_cis"] = row.affected_names
    same["title"] = f" {row.title} "
    assert edit_change(actor=anyone, change=row, changes=same).version == row.version


def test_every_bad_field_is_named_at_once(anyone):
    row = ready(anyone)
    bad = {
        "title": "",
        "description": "\0",
        "type": "minor",
        "risk": "extreme",
        "rollback_plan": 3,
        "affected_cis": ["nobody knows it"],
        "tags": "one",
        "scheduled_end": row.scheduled_at - HOUR,
    }
    assert bad_fields(lambda: edit(anyone, row, **bad)) == {
        ("title", "required"),
        ("description", "characters"),
        ("type", "choice"),
        ("risk", "choice"),
        ("rollback_plan", "type"),
        ("affected_cis", "not_found"),
        ("tags", "items"),
        ("scheduled_end", "range"),
    }
    assert bad_fields(lambda: edit(anyone, row, status="approved", reference="CRQ-1")) == {
        ("status", "unknown"),
        ("reference", "unknown"),
    }
    assert anew(row).version == 1


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        ({"scheduled_at": None}, ("scheduled_at", "required")),
        ({"scheduled_end": None}, ("scheduled_end", "required")),
        ({"scheduled_at": datetime(2026, 1, 1)}, ("scheduled_at", "zone")),  # noqa: DTZ001 - that is what is refused
        ({"scheduled_at": "tomorrow"}, ("scheduled_at", "zone")),
        ({"scheduled_end": datetime(2100, 1, 1, tzinfo=UTC)}, ("scheduled_end", "range")),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_window_has_two_ends_in_their_order(ends, said, anyone):
    assert bad_fields(lambda: edit(anyone, ready(anyone), **ends)) == {said}


def test_a_window_may_go_away_altogether(anyone):
    row = edit(anyone, ready(anyone), scheduled_at=None, scheduled_end=None)
    assert (row.scheduled_at, row.scheduled_end) == (None, None)


# --- risk ---------------------------------------------------------------------------------------------


def test_risk_that_nobody_set_follows_what_is_computed(anyone):
    row = ready(anyone)
    assert (row.risk, row.risk_computed) == ("low", "low")
    row = edit(anyone, row, rollback_plan="", test_plan="")
    assert (row.risk, row.risk_computed) == ("medium", "medium")
    assert {factor["code"] for factor in row.risk_factors} >= {"no_rollback_plan", "no_test_plan"}
    row = edit(anyone, row, rollback_plan="Swap", test_plan="Ping")
    assert (row.risk, row.risk_computed) == ("low", "low")


def test_risk_is_raised_freely_and_stays(anyone):
    row = edit(anyone, ready(anyone), risk="high")
    assert (row.risk, row.risk_computed, row.risk_reason) == ("high", "low", "")
    assert edit(anyone, row, rollback_plan="").risk == "high"


def test_risk_is_lowered_with_a_reason_only(anyone):
    row = edit(anyone, ready(anyone), rollback_plan="", test_plan="")
    assert bad_fields(lambda: edit(anyone, row, risk="low")) == {("risk_reason", "required")}
    row = edit(anyone, row, risk="low", risk_reason="It is a spare")
    assert (row.risk, row.risk_computed, row.risk_reason) == ("low", "medium", "It is a spare")
    assert edit(anyone, row, implementation_plan="Slowly").risk == "low"
    row = edit(anyone, row, type="emergency", affected_cis=[])
    assert row.risk_computed == "medium"
    assert bad_fields(lambda: edit(anyone, edit(anyone, row, risk="medium"), risk="low")) == {
        ("risk_reason", "required")
    }


def test_a_lowered_risk_does_not_outlive_a_greater_one(anyone, ci):
    row = edit(anyone, ready(anyone), rollback_plan="", test_plan="")
    row = edit(anyone, row, risk="low", risk_reason="It is a spare")
    row = edit(anyone, row, type="emergency", affected_cis=[ci("core", criticality="critical")])
    assert (row.risk, row.risk_computed, row.risk_reason) == ("high", "high", "")

from datetime import UTC, datetime

import pytest

from changes.commands import create_change, save_template
from orgs.actor import Actor
from orgs.errors import Invalid, NotFound
from tests.changes.staging import HOUR, drafted, ready, somebody, stream

NOON = datetime(2031, 5, 1, 12, 0, tzinfo=UTC)


def test_it_begins_as_a_draft_of_a_reference(change):
    assert (change.status, change.reference[:4], change.version, change.type) == ("draft", "CRQ-", 1, "normal")


def test_it_keeps_what_it_is_given(anyone, ci):
    row = create_change(
        actor=anyone,
        title=" Replace the switch ",
        type="emergency",
        description="It smokes",
        affected_cis=[ci("switch-1"), "SWITCH-1", str(ci("switch-2").pk)],
        risk="high",
        implementation_plan="Unplug",
        test_plan="Ping",
        rollback_plan="Plug",
        scheduled_at=NOON,
        scheduled_end=NOON + HOUR,
        assigned_to="Network crew",
        requested_by="The landlord",
        source="drift",
        tags=["b", "a"],
    )
    assert (row.title, row.type, row.risk, row.affected_names) == (
        "Replace the switch",
        "emergency",
        "high",
        ["switch-1", "switch-2"],
    )
    assert (row.scheduled_at, row.scheduled_end, row.assigned_to) == (NOON, NOON + HOUR, "Network crew")
    assert (row.requested_by, row.requester_id, row.source, row.tags) == ("The landlord", None, "drift", ["a", "b"])


def test_who_asks_is_its_requester(org):
    actor = somebody(org)
    row = drafted(actor)
    assert (row.requested_by, row.requester_id, row.requesters) == (actor.name, actor.user_id, [f"user:{actor.ref}"])


def test_a_machine_may_ask_and_is_nobody(org):
    row = drafted(Actor.integration(org.id, "drift"))
    assert (row.requester_id, row.requesters) == (None, ["integration:drift"])


def test_every_bad_field_is_named_at_once(anyone):
    with pytest.raises(Invalid) as refusal:
        create_change(
            actor=anyone,
            title=" ",
            type="minor",
            risk="extreme",
            affected_cis=["nobody knows it"],
            rollback_plan="x" * 70_000,
            scheduled_at=NOON,
            tags=["x" * 100],
        )
    assert {(error.field, error.code) for error in refusal.value.fields} == {
        ("title", "required"),
        ("type", "choice"),
        ("risk", "choice"),
        ("affected_cis", "not_found"),
        ("rollback_plan", "max_length"),
        ("scheduled_end", "required"),
        ("tags", "max_length"),
    }


def test_its_risk_is_computed_and_explained(anyone, ci):
    row = drafted(anyone, affected_cis=[ci("core", criticality="critical")])
    assert (row.risk, row.risk_computed) == ("medium", "medium")
    assert {factor["code"] for factor in row.risk_factors} == {
        "no_rollback_plan",
        "no_test_plan",
        "no_history",
        "criticality",
    }


def test_a_risk_below_the_computed_one_takes_a_reason(anyone, ci):
    core = ci("core", criticality="critical")
    with pytest.raises(Invalid) as refusal:
        drafted(anyone, affected_cis=[core], risk="low")
    assert refusal.value.fields[0].field == "risk_reason"
    row = drafted(anyone, affected_cis=[core], risk="low", risk_reason="A label is glued on")
    assert (row.risk, row.risk_computed, row.risk_reason) == ("low", "medium", "A label is glued on")
    assert drafted(anyone, affected_cis=[core], risk="high").risk == "high"


def test_what_failed_there_before_makes_it_riskier(org, anyone):
    from changes.commands import fail_change
    from tests.changes.staging import started

    failed = fail_change(actor=anyone, change=started(anyone), rolled_back="All")
    row = ready(anyone, affected_cis=failed.affected_names)
    assert {factor["code"]: factor["points"] for factor in row.risk_factors}["failures"] == 3


def test_a_template_fills_what_is_left_empty(anyone):
    save_template(
        actor=anyone,
        name="Restart",
        title="Restart a host",
        description="As in the runbook",
        implementation_plan="Press the button",
        rollback_plan="Press it again",
        risk="low",
    )
    row = create_change(actor=anyone, template="Restart", description="My own words")
    assert (row.title, row.description, row.implementation_plan, row.type) == (
        "Restart a host",
        "My own words",
        "Press the button",
        "standard",
    )
    assert (row.risk, row.risk_reason) == ("low", "That of the template Restart.")
    assert stream(row)[0].payload["template"] == {"id": str(row.template_id), "name": "Restart"}
    with pytest.raises(NotFound):
        create_change(actor=anyone, template="Reboot")

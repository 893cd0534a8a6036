import pytest
import time_machine

from changes.commands import edit_change, execute_change, save_template, submit_change
from changes.evidence import evidence_of
from orgs.clock import now
from orgs.errors import Invalid
from orgs.tenancy import org_scope
from tests.changes.staging import HOUR, anew, drafted, pending, ready, stream, types

PLANS = {"implementation_plan": "Press the button", "test_plan": "Ping it", "rollback_plan": "Press it again"}


def missing(row, **more):
    from orgs.actor import Actor

    with pytest.raises(Invalid) as refusal:
        submit_change(actor=Actor.system(row.org_id, "tests"), change=row, **more)
    return {(error.field, error.code) for error in refusal.value.fields}


def test_a_bare_draft_lacks_its_items_its_window_and_its_way_back(anyone):
    row = drafted(anyone)
    assert missing(row) == {("affected_cis", "required"), ("scheduled_at", "required"), ("rollback_plan", "required")}
    assert (anew(row).status, types(row)) == ("draft", ["CHANGE_CREATED"])


def test_an_emergency_lacks_its_items_alone(anyone):
    assert missing(drafted(anyone, type="emergency")) == {("affected_cis", "required")}


def test_a_window_that_is_over_is_none(anyone):
    row = ready(anyone)
    with time_machine.travel(now() + 2 * HOUR):
        assert missing(row) == {("scheduled_end", "past")}


def test_what_is_in_its_way_is_accepted_with_a_reason(anyone):
    first = pending(anyone)
    row = ready(anyone, affected_cis=first.affected_names)
    assert missing(row) == {("conflict_reason", "required")}
    row = submit_change(actor=anyone, change=row, conflict_reason="Both are done by one crew")
    assert (row.status, row.conflict_reason) == ("pending_approval", "Both are done by one crew")
    assert stream(row)[-1].payload["evidence"]["request"]["conflict_reason"] == "Both are done by one crew"


def test_what_approvers_are_shown_is_kept_with_its_hash(org, anyone):
    row = pending(anyone)
    with org_scope(org):
        evidence = evidence_of(anew(row))
    assert row.evidence_hash == evidence.snapshot_hash
    assert stream(row)[-1].payload["evidence"]["request"]["title"] == row.title


def test_the_risk_is_computed_anew(anyone):
    first, row = ready(anyone), None
    row = ready(anyone, affected_cis=first.affected_names, rollback_plan="Swap", test_plan="")
    assert (row.risk, "overlap" in {factor["code"] for factor in row.risk_factors}) == ("low", False)
    submit_change(actor=anyone, change=first)
    row = submit_change(actor=anyone, change=row, conflict_reason="So be it")
    assert (row.risk, "overlap" in {factor["code"] for factor in row.risk_factors}) == ("medium", True)
    assert types(row) == ["CHANGE_CREATED", "CHANGE_RISK_CHANGED", "CHANGE_SUBMITTED"]
    assert [stage["name"] for stage in row.approval["stages"]] == ["Peer", "Approver"], "the policy is of that risk"


# --- standard changes ---------------------------------------------------------------------------------


@pytest.fixture
def template(anyone):
    return save_template(actor=anyone, name="Restart", title="Restart a host", pre_approved=True, **PLANS)


def standard(actor, pattern, **options):
    return ready(actor, **({"template": pattern, "type": "standard", **PLANS} | options))


def test_a_standard_change_that_keeps_to_its_template_is_approved_at_once(anyone, template):
    row = submit_change(actor=anyone, change=standard(anyone, template))
    assert (row.status, row.approval, row.approved_at is not None) == ("approved", {}, True)
    assert types(row) == ["CHANGE_CREATED", "CHANGE_SUBMITTED", "CHANGE_APPROVED"]
    assert stream(row)[-1].payload["by"] == "template Restart, approved beforehand by tests"
    assert execute_change(actor=anyone, change=row).status == "in_progress"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"rollback_plan": "Hope"}, ("rollback_plan", "template")),
        ({"implementation_plan": "Pull the plug"}, ("implementation_plan", "template")),
        ({"test_plan": "Guess"}, ("test_plan", "template")),
        ({"risk": "high"}, ("risk", "template")),
        ({"template": None}, ("template", "required")),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_one_that_departs_from_it_is_not(options, said, anyone, template):
    assert missing(standard(anyone, template, **options)) == {said}


@pytest.mark.parametrize("options", [{"pre_approved": False}, {"is_active": False}], ids=["not approved", "put away"])
def test_one_whose_template_no_longer_holds_is_not(options, anyone, template):
    row = standard(anyone, template)
    given = {"pre_approved": True, **PLANS} | options
    save_template(actor=anyone, template=template, name="Restart", title="Restart a host", **given)
    assert missing(row) == {("template", "required")}


def test_a_normal_change_may_be_made_from_a_template(anyone, template):
    row = standard(anyone, template, rollback_plan="Hope")
    row = edit_change(actor=anyone, change=row, changes={"type": "normal"})
    assert submit_change(actor=anyone, change=row).status == "pending_approval"


def test_a_template_that_is_approved_has_plans(anyone):
    with pytest.raises(Invalid) as refusal:
        save_template(actor=anyone, name="Restart", title="Restart", pre_approved=True, risk="extreme")
    assert {error.field for error in refusal.value.fields} == {"implementation_plan", "rollback_plan", "risk"}

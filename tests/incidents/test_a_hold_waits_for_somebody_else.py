import pytest

from incidents.commands import change_status, hold, release, resolve
from incidents.states import LIVE, HoldReason, Status
from orgs.errors import Conflict
from tests.incidents.staging import anew, brought_to, stream


@pytest.mark.parametrize("state", LIVE)
@pytest.mark.parametrize("reason", HoldReason.values)
def test_a_live_incident_can_be_held_and_released(state, reason, org, anyone):
    row = hold(actor=anyone, incident=brought_to(state, org), reason=reason, note="Ticket 4711")
    assert (row.status, row.hold_reason, row.hold_note, row.next_due_at) == (state, reason, "Ticket 4711", None)
    row = release(actor=anyone, incident=row, note="They answered")
    assert (row.status, row.hold_reason, row.hold_note) == (state, "", "")
    assert row.next_due_at is not None
    assert stream(row)[-1].payload == {"note": "They answered"}


@pytest.mark.parametrize("state", [state for state in Status.values if state not in LIVE])
def test_what_is_over_waits_for_nobody(state, org, anyone):
    with pytest.raises(Conflict) as refusal:
        hold(actor=anyone, incident=brought_to(state, org), reason="vendor")
    assert refusal.value.code == "not_live"


def test_it_is_held_once(anyone, incident):
    hold(actor=anyone, incident=incident, reason="vendor")
    with pytest.raises(Conflict) as refusal:
        hold(actor=anyone, incident=incident, reason="customer")
    assert (refusal.value.code, anew(incident).hold_reason) == ("on_hold", "vendor")


def test_what_is_not_held_cannot_be_released(anyone, incident):
    with pytest.raises(Conflict) as refusal:
        release(actor=anyone, incident=incident)
    assert refusal.value.code == "not_on_hold"


def test_work_goes_on_while_it_is_held(anyone, incident):
    hold(actor=anyone, incident=incident, reason="vendor")
    row = change_status(actor=anyone, incident=incident, to="identified")
    assert (row.status, row.hold_reason) == ("identified", "vendor")


def test_resolving_or_cancelling_ends_the_wait(org, anyone):
    for finish in ("resolved", "cancelled"):
        row = hold(actor=anyone, incident=brought_to("open", org), reason="vendor", note="x")
        row = change_status(actor=anyone, incident=row, to=finish, reason="Done")
        assert (row.hold_reason, row.hold_note) == ("", "")


def test_a_reopened_incident_is_not_held_any_more(anyone, incident):
    hold(actor=anyone, incident=incident, reason="vendor")
    resolve(actor=anyone, incident=incident, resolution="Done")
    row = change_status(actor=anyone, incident=incident, to="investigating")
    assert row.hold_reason == ""
    assert row.resolve_due_at is not None

from datetime import timedelta

import pytest

from incidents.commands import add_action, add_note, change_severity, change_status
from incidents.models import IncidentAction
from orgs.clock import now
from tests.incidents.staging import brought_to, opened, stream

pytestmark = pytest.mark.usefixtures("inside")


@pytest.mark.parametrize("kind", ["note", "decision", "hypothesis"])
def test_a_note_stands_on_the_timeline_and_changes_no_column(kind, member, incident):
    before = incident.state()
    row = add_note(actor=member, incident=incident, text="**It** was the cache", kind=kind)
    event = stream(row)[-1]
    assert (event.payload, event.text("text")) == ({"kind": kind}, "**It** was the cache")
    assert {name for name, value in row.state().items() if value != before[name]} == {"updated_at"}


def test_a_note_can_be_dated_back_and_when_it_was_written_stays_known(member, incident):
    then = now() - timedelta(hours=3)
    event = stream(add_note(actor=member, incident=incident, text="Phoned the vendor", occurred_at=then))[-1]
    assert event.occurred_at == then
    assert event.recorded_at > then


def test_a_clock_a_little_ahead_is_forgiven(member, incident):
    soon = now() + timedelta(minutes=4)
    assert stream(add_note(actor=member, incident=incident, text="x", occurred_at=soon))[-1].occurred_at == soon


def test_an_action_names_who_did_what_and_when(member, incident):
    then = now() - timedelta(minutes=5)
    add_action(actor=member, incident=incident, kind="ROLLBACK", label="Back to 1.2", details="Slow", occurred_at=then)
    kept = IncidentAction.objects.get(incident=incident)
    assert (kept.actor_type, kept.actor_ref) == ("user", member.ref)
    assert (kept.action_kind, kept.label, kept.details, kept.ts) == ("ROLLBACK", "Back to 1.2", "Slow", then)


def test_steps_and_severities_are_actions_too(anyone):
    row = opened(anyone)
    change_status(actor=anyone, incident=row, to="identified", reason="Found it")
    change_severity(actor=anyone, incident=row, to="P1", reason="Worse")
    change_status(actor=anyone, incident=row, to="resolved", resolution="Restarted")
    kept = list(IncidentAction.objects.filter(incident=row).order_by("ts", "label"))
    assert [(action.action_kind, action.label, action.details) for action in kept] == [
        ("STATUS_CHANGED", "open → identified", "Found it"),
        ("SEVERITY_CHANGED", "P2 → P1", "Worse"),
        ("STATUS_CHANGED", "identified → resolved", "Restarted"),
    ]


@pytest.mark.parametrize("state", ["closed", "cancelled"])
def test_a_finished_incident_still_takes_notes(state, org, member):
    row = brought_to(state, org)
    assert add_note(actor=member, incident=row, text="Lessons learnt").status == state

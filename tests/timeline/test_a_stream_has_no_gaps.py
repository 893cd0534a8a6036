import pytest

from incidents.commands import add_note, change_status, update_incident
from orgs.errors import IllegalTransition
from tests.incidents.staging import anew, opened, stream
from timeline.chain import GENESIS
from timeline.context import current_request_id, use_request_id


def test_events_count_from_one_and_each_names_the_one_before(anyone):
    row = opened(anyone)
    update_incident(actor=anyone, incident=row, changes={"title": "Down", "severity": "P1", "status": "identified"})
    add_note(actor=anyone, incident=row, text="Restarting")
    row = change_status(actor=anyone, incident=row, to="resolved", reason="Restarted")
    events = stream(row)
    assert [event.seq for event in events] == [1, 2, 3, 4, 5, 6]
    assert [event.prev_hash for event in events] == [GENESIS, *(event.hash for event in events[:-1])]
    assert (row.version, row.head_hash) == (6, events[-1].hash)


def test_a_refused_command_leaves_no_gap(anyone):
    row = opened(anyone)
    with pytest.raises(IllegalTransition):
        change_status(actor=anyone, incident=row, to="closed")
    change_status(actor=anyone, incident=row, to="acknowledged")
    assert [event.seq for event in stream(row)] == [1, 2]


def test_a_command_that_fails_after_its_events_leaves_none(anyone, monkeypatch):
    from timeline import commands as door

    row = opened(anyone)
    monkeypatch.setattr(door, "react", lambda row, events: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        add_note(actor=anyone, incident=row, text="Lost")
    assert [event.seq for event in stream(row)] == [1]
    assert anew(row).version == 1


def test_every_event_names_its_actor_its_request_and_its_times(anyone):
    with use_request_id("req-" + "x" * 100):
        row = opened(anyone)
        assert len(current_request_id()) == 64
    event = stream(row)[0]
    assert (event.actor_kind, event.actor_ref, event.actor_name) == ("system", "tests", "tests")
    assert event.request_id == ("req-" + "x" * 100)[:64]
    assert event.recorded_at == event.occurred_at == row.created_at
    assert current_request_id() == ""


def test_recording_outside_a_command_is_refused(anyone, incident, monkeypatch):
    from incidents.events import TagAdded
    from timeline import commands as door

    class Outside:
        in_atomic_block = False

    monkeypatch.setattr(door, "connection", Outside())
    with pytest.raises(RuntimeError, match="command's transaction"):
        door.record(incident, TagAdded("x"), actor=anyone)

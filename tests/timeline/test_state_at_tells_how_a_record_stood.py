from datetime import UTC, datetime, timedelta

import time_machine

from incidents.commands import change_severity, change_status, update_incident
from tests.incidents.staging import anew, opened
from timeline.replay import events_until, state_at

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_the_state_is_the_fold_of_what_was_recorded_by_then(anyone, inside):
    with time_machine.travel(START, tick=False) as clock:
        row = opened(anyone, title="Slow")
        clock.shift(MINUTE)
        change_severity(actor=anyone, incident=row, to="P1")
        clock.shift(MINUTE)
        update_incident(actor=anyone, incident=row, changes={"title": "Down", "status": "identified"})
    seen = [state_at(row, START + MINUTE * n) for n in range(3)]
    assert [(state["title"], state["severity"], state["status"]) for state in seen] == [
        ("Slow", "P2", "open"),
        ("Slow", "P1", "open"),
        ("Down", "P1", "identified"),
    ]


def test_before_it_began_there_is_no_state(anyone, inside):
    row = opened(anyone)
    assert state_at(row, row.created_at - timedelta(microseconds=1)) == {}
    assert state_at(row, row.created_at) != {}


def test_the_latest_state_is_the_row(anyone, inside):
    row = change_status(actor=anyone, incident=opened(anyone), to="resolved", reason="Restarted")
    assert state_at(row, row.updated_at) == anew(row).state()


def test_times_never_run_backwards_within_a_record(anyone, inside):
    with time_machine.travel(START, tick=False) as clock:
        row = opened(anyone)
        clock.shift(-10 * MINUTE)
        row = change_status(actor=anyone, incident=row, to="acknowledged")
        clock.shift(20 * MINUTE)
        row = change_status(actor=anyone, incident=row, to="investigating")
    times = [event.recorded_at for event in events_until(row, row.updated_at)]
    assert times == [START, START, START + 10 * MINUTE]
    assert state_at(row, START)["status"] == "acknowledged"

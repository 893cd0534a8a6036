from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from incidents import sla
from incidents.commands import acknowledge, cancel, change_severity, change_status, hold, release, resolve
from incidents.deadlines import LATE, fire_due, lag
from incidents.models import Deadline, IncidentEvent
from orgs.tenancy import org_scope
from tests.incidents.staging import anew, opened, stream, types

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ANNOUNCEMENTS = {"INCIDENT_SLA_WARNED", "INCIDENT_SLA_BREACHED"}


@pytest.fixture
def clock():
    """Time stands still at START and is moved by hand."""
    with time_machine.travel(START, tick=False) as clock:
        yield clock


def announced(row):
    """What was announced of an incident: (clock, percent), in order; 100 is the breach."""
    found = [event.payload for event in stream(row) if event.type in ANNOUNCEMENTS]
    return [(payload["clock"], payload.get("percent", 100)) for payload in found]


def run_until(clock, moment):
    """Sweep every minute, as beat does, until a moment."""
    while datetime.now(UTC) < moment:
        clock.shift(MINUTE)
        fire_due()


def test_warnings_and_breaches_come_once_each_and_in_time(anyone, clock):
    row = opened(anyone, severity="P1")
    run_until(clock, START + 5 * 60 * MINUTE)
    assert announced(row) == [(name, percent) for name in sla.CLOCKS for percent in (50, 75, 100)]
    # P1: 15 minutes to acknowledge, 4 hours to resolve. Half a minute is rounded up to the next sweep.
    minutes = [(event.recorded_at - START) / MINUTE for event in stream(row) if event.type in ANNOUNCEMENTS]
    assert minutes == [8, 12, 15, 120, 180, 240]
    assert all(event.payload["late_by"] == 0 for event in stream(row) if event.type in ANNOUNCEMENTS)


def test_a_breach_names_its_deadline_and_marks_the_row(anyone, clock):
    row = opened(anyone, severity="P1")
    run_until(clock, START + 15 * MINUTE)
    assert stream(row)[-1].payload == {"clock": "acknowledge", "due_at": "2026-03-01T12:15:00.000000Z", "late_by": 0}
    assert (stream(row)[-1].actor_kind, stream(row)[-1].actor_ref) == ("system", "sla")
    row = anew(row)
    assert (row.ack_breached, row.resolve_breached) == (True, False)


def test_nothing_is_announced_before_it_is_due(anyone, clock):
    row = opened(anyone, severity="P1")
    clock.shift(7.5 * MINUTE - timedelta(microseconds=1))
    assert fire_due() == 0
    clock.shift(timedelta(microseconds=1))
    assert fire_due() == 1
    assert announced(row) == [("acknowledge", 50)]


def test_what_was_done_in_time_is_not_announced(anyone, clock):
    row = opened(anyone, severity="P1")
    acknowledge(actor=anyone, incident=row)
    clock.shift(MINUTE)
    resolve(actor=anyone, incident=row, resolution="Restarted")
    run_until(clock, START + 5 * 60 * MINUTE)
    assert announced(row) == []
    with org_scope(anyone.org_id):
        assert not Deadline.objects.filter(kind=Deadline.Kind.SLA).exists()


@pytest.mark.parametrize(
    "finish",
    [
        lambda actor, row: acknowledge(actor=actor, incident=row),
        lambda actor, row: resolve(actor=actor, incident=row, resolution="Restarted"),
        lambda actor, row: cancel(actor=actor, incident=row, reason="None"),
        lambda actor, row: hold(actor=actor, incident=row, reason="vendor"),
        lambda actor, row: change_severity(actor=actor, incident=row, to="P4"),
    ],
    ids=["acknowledged", "resolved", "cancelled", "held", "lowered"],
)
def test_a_target_that_was_missed_before_the_next_sweep_is_missed_all_the_same(finish, anyone, clock):
    row = opened(anyone, severity="P1")
    clock.shift(15 * MINUTE)
    finish(anyone, row)
    fire_due()
    assert announced(row)[:3] == [("acknowledge", 50), ("acknowledge", 75), ("acknowledge", 100)]
    assert anew(row).ack_breached


def test_a_hold_stops_the_clocks_and_a_release_lets_them_run_on(anyone, clock):
    row = opened(anyone, severity="P1")
    clock.shift(5 * MINUTE)
    held = hold(actor=anyone, incident=row, reason="vendor", note="Ticket 4711")
    assert (held.ack_due_at, held.resolve_due_at, held.next_due_at) == (None, None, None)
    run_until(clock, START + 60 * MINUTE)
    assert announced(row) == []
    released = release(actor=anyone, incident=row)
    assert released.ack_due_at == START + 70 * MINUTE
    run_until(clock, START + 70 * MINUTE)
    assert announced(row) == [("acknowledge", 50), ("acknowledge", 75), ("acknowledge", 100)]


def test_a_reopened_incident_runs_on_where_it_stopped(anyone, clock):
    row = opened(anyone, severity="P1")
    clock.shift(60 * MINUTE)
    fire_due()
    resolve(actor=anyone, incident=row, resolution="Restarted")
    clock.shift(24 * 60 * MINUTE)
    reopened = change_status(actor=anyone, incident=row, to="investigating", reason="Back again")
    assert reopened.resolve_due_at == START + (24 * 60 + 4 * 60) * MINUTE
    assert reopened.ack_due_at is None
    assert reopened.acknowledged_at == START + 60 * MINUTE


def test_a_new_severity_brings_its_targets_and_the_time_used_stays_used(anyone, clock):
    row = opened(anyone, severity="P3")
    clock.shift(60 * MINUTE)
    raised = change_severity(actor=anyone, incident=row, to="P1")
    assert raised.ack_due_at == START + 15 * MINUTE
    fire_due()
    assert announced(row) == [("acknowledge", 50), ("acknowledge", 75), ("acknowledge", 100)]
    # They were not late: the target that was missed is as old as the severity.
    assert {event.payload["late_by"] for event in stream(row) if event.type in ANNOUNCEMENTS} == {0}


def test_a_met_target_stays_met_when_the_severity_is_raised(anyone, clock):
    row = opened(anyone, severity="P3")
    clock.shift(59 * MINUTE)
    acknowledge(actor=anyone, incident=row)
    raised = change_severity(actor=anyone, incident=row, to="P1")
    fire_due()
    assert announced(row) == []
    assert raised.sla["acknowledge"]["target"] == 2 * 60 * 60


class TestAfterADowntime:
    def test_everything_is_announced_once_and_marked_as_late(self, anyone, clock):
        row = opened(anyone, severity="P1")
        clock.shift(24 * 60 * MINUTE)
        assert fire_due() == 1
        assert announced(row) == [(name, percent) for name in sla.CLOCKS for percent in (50, 75, 100)]
        late = [event.payload["late_by"] for event in stream(row) if event.type in ANNOUNCEMENTS]
        assert late == [int((24 * 60 - due) * 60) for due in (7.5, 11.25, 15, 120, 180, 240)]
        assert fire_due() == 0

    def test_a_minute_is_not_late_yet(self, anyone, clock):
        row = opened(anyone, severity="P1")
        clock.shift(7.5 * MINUTE + LATE)
        fire_due()
        assert stream(row)[-1].payload["late_by"] == 0

    def test_the_worst_severity_comes_first_then_the_longest_due(self, anyone, clock):
        rows = {}
        for severity in ("P4", "P2", "P3", "P1", "P2"):
            rows[opened(anyone, severity=severity).pk] = severity
            clock.shift(MINUTE)
        clock.shift(24 * 60 * MINUTE)
        fire_due()
        with org_scope(anyone.org_id):
            events = list(IncidentEvent.objects.filter(type__in=ANNOUNCEMENTS).order_by("id"))
        order = dict.fromkeys(event.aggregate_id for event in events)
        assert [rows[pk] for pk in order] == ["P1", "P2", "P2", "P3", "P4"]
        assert [pk for pk in rows if rows[pk] == "P2"] == [pk for pk in order if rows[pk] == "P2"]

    def test_a_sweep_takes_its_share_and_the_next_one_the_rest(self, anyone, clock):
        rows = [opened(anyone, severity="P1") for _ in range(5)]
        clock.shift(10 * 60 * MINUTE)
        assert [fire_due(limit=2) for _ in range(4)] == [2, 2, 1, 0]
        everything = [(name, percent) for name in sla.CLOCKS for percent in (50, 75, 100)]
        assert [announced(row) for row in rows] == [everything] * 5

    def test_how_late_the_oldest_is_can_be_asked(self, anyone, clock):
        assert lag() == 0
        opened(anyone, severity="P1")
        assert lag() == 0
        clock.shift(17.5 * MINUTE)
        assert lag() == 600
        fire_due()
        assert lag() == 0


def test_a_clock_that_was_set_forward_and_back_announces_nothing_twice(anyone, clock):
    row = opened(anyone, severity="P1")
    clock.shift(10 * MINUTE)
    fire_due()
    clock.shift(-10 * MINUTE)
    assert fire_due() == 0
    clock.shift(10 * MINUTE)
    assert fire_due() == 0
    assert announced(row) == [("acknowledge", 50)]


def test_types_are_counted_where_they_belong(anyone, clock):
    row = opened(anyone, severity="P1")
    run_until(clock, START + 15 * MINUTE)
    assert types(row) == ["INCIDENT_CREATED", *["INCIDENT_SLA_WARNED"] * 2, "INCIDENT_SLA_BREACHED"]

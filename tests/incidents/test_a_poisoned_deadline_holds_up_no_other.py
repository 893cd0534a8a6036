from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from celery.exceptions import SoftTimeLimitExceeded
from django.db import DatabaseError

from incidents import deadlines
from incidents.commands import change_status
from incidents.deadlines import ATTEMPTS, fire_due, lag
from incidents.models import Deadline, Incident
from orgs.errors import Busy, NotFound
from orgs.tenancy import org_scope
from tests.incidents.staging import opened, types

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def clock():
    """Time stands still at START and is moved by hand."""
    with time_machine.travel(START, tick=False) as clock:
        yield clock


@pytest.fixture
def poisoned(anyone, clock, monkeypatch):
    """A P1 whose deadline cannot be fired, and a P2 behind it; both are due. Says how to fail."""
    bad, good = opened(anyone, severity="P1"), opened(anyone, severity="P2")
    announce = deadlines.announce_thresholds

    def poison(error):
        def handler(*, actor, incident):
            if incident == bad.pk:
                raise error
            return announce(actor=actor, incident=incident)

        monkeypatch.setattr(deadlines, "announce_thresholds", handler)
        return bad, good

    clock.shift(timedelta(hours=1))
    return poison


def row_of(incident):
    with org_scope(incident.org_id):
        return Deadline.objects.get(incident=incident, kind=Deadline.Kind.SLA)


@pytest.mark.parametrize(
    "error",
    [
        NotFound("incident"),
        DatabaseError("disk full"),
        ZeroDivisionError(),
        KeyError("sla"),
        AttributeError("sla"),
        RuntimeError("the fold says otherwise"),
        RecursionError(),
        MemoryError(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_the_others_are_fired(error, poisoned):
    bad, good = poisoned(error)
    assert fire_due() == 1
    assert "INCIDENT_SLA_BREACHED" in types(good)
    assert types(bad) == ["INCIDENT_CREATED"]


def test_it_is_put_off_longer_each_time_and_left_for_a_person_in_the_end(poisoned, clock):
    bad, _ = poisoned(KeyError("sla"))
    waits = []
    for _ in range(ATTEMPTS):
        fire_due()
        row = row_of(bad)
        waits.append((row.due_at - datetime.now(UTC)).total_seconds())
        clock.move_to(row.due_at)
    assert waits == [20, 40, 80, 160, 320]
    assert (row.attempts, row.dead, row.error) == (5, True, "KeyError: 'sla'")
    clock.shift(timedelta(days=1))
    fire_due()
    assert row_of(bad).attempts == ATTEMPTS, "a dead one was tried again"
    assert lag() == 0


def test_being_busy_is_no_fault_of_the_deadline(poisoned):
    bad, _ = poisoned(Busy())
    before = row_of(bad).due_at
    fire_due()
    row = row_of(bad)
    assert (row.attempts, row.due_at) == (0, before)


def test_it_lives_again_when_the_clocks_move(poisoned, anyone, clock, monkeypatch):
    bad, _ = poisoned(KeyError("sla"))
    for _ in range(ATTEMPTS):
        fire_due()
        clock.shift(timedelta(minutes=10))
    assert row_of(bad).dead
    change_status(actor=anyone, incident=bad, to="acknowledged")
    row = row_of(bad)
    assert (row.dead, row.attempts, row.error) == (False, 0, "")


def test_one_that_is_due_too_early_is_moved_to_where_its_clock_says(anyone, clock):
    row = opened(anyone, severity="P1")
    with org_scope(anyone.org_id):
        Deadline.objects.update(due_at=START)
    assert fire_due() == 1
    assert types(row) == ["INCIDENT_CREATED"]
    assert row_of(row).due_at == START + timedelta(minutes=7.5)
    assert fire_due() == 0


def test_one_without_anything_left_to_announce_is_dropped(anyone, clock, inside):
    row = opened(anyone, severity="P1")
    clock.shift(timedelta(days=2))
    fire_due()
    Deadline(org_id=row.org_id, incident=row, kind=Deadline.Kind.SLA, due_at=START, severity="P1").save()
    assert fire_due() == 1
    assert not Deadline.objects.filter(incident=row).exists()
    assert Incident.objects.get(pk=row.pk).version == 7


def test_one_that_kills_its_worker_is_counted_too(poisoned, clock):
    class Killed(BaseException):
        """What no code survives."""

    bad, good = poisoned(Killed())
    for attempt in range(1, ATTEMPTS + 1):
        with pytest.raises(Killed):
            fire_due()
        row = row_of(bad)
        assert (row.attempts, row.dead, row.error) == (attempt, False, "The attempt was interrupted.")
        # While it waits the others have their turn.
        fire_due()
        assert "INCIDENT_SLA_BREACHED" in types(good)
        clock.move_to(row.due_at)
    fire_due()
    assert row_of(bad).dead


def test_a_sweep_whose_time_is_over_stops(poisoned):
    bad, good = poisoned(SoftTimeLimitExceeded())
    with pytest.raises(SoftTimeLimitExceeded):
        fire_due()
    assert types(good) == ["INCIDENT_CREATED"]
    assert row_of(bad).attempts == 1


def test_one_that_another_sweeper_has_claimed_is_left_to_it(anyone, clock):
    row = opened(anyone, severity="P1")
    clock.shift(timedelta(minutes=8))
    ours = row_of(row)
    assert deadlines._claim(ours)
    assert not deadlines._claim(ours)
    assert fire_due() == 0

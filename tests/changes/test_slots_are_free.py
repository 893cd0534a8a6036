"""The next free slot: around freezes and other changes, and none where there is none."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from changes import slots
from changes.commands.freezes import create_freeze
from changes.conflicts import conflicts_with
from changes.freezes import Interval
from changes.slots import first_gap, next_free_slot, next_slot_for
from changes.surroundings import Plan
from orgs.errors import Invalid
from tests.changes.planning import HOUR, NOON, at, drafted, frozen, planned

MINUTE = timedelta(minutes=1)


def minute(number):
    return NOON + number * MINUTE


intervals = st.builds(
    lambda start, length: Interval(minute(start), minute(start + length)), st.integers(-20, 60), st.integers(1, 20)
)


@given(busy=st.lists(intervals, max_size=8), duration=st.integers(1, 30))
def test_the_first_gap_is_the_first_that_trying_every_minute_finds(busy, duration):
    within = Interval(minute(0), minute(60))
    tried = (Interval(minute(start), minute(start + duration)) for start in range(60 - duration + 1))
    first = next((each for each in tried if not any(each.overlaps(taken) for taken in busy)), None)
    assert first_gap(busy, within, duration * MINUTE) == first


def test_a_slot_begins_on_a_whole_minute():
    start = datetime(2030, 6, 3, 12, 0, 0, 1, tzinfo=UTC)
    found = first_gap([], Interval(start, start + HOUR), MINUTE)
    assert found == Interval(minute(1), minute(2))
    busy = Interval(NOON, NOON + timedelta(seconds=61))
    assert first_gap([busy], Interval(NOON, NOON + HOUR), MINUTE) == Interval(minute(2), minute(3))


@pytest.mark.usefixtures("inside")
class TestAgainstTheCalendar:
    """What the database holds."""

    def test_an_empty_calendar_is_free_at_once(self, anyone, ci):
        change = drafted(anyone, affected_cis=[ci("db-1")])
        assert next_free_slot(change, at(0), HOUR) == Interval(at(0), at(1))

    def test_it_lies_between_other_changes_on_the_same_and_dependent_items(self, anyone, ci):
        database = ci("db-1")
        ci("app-1", depends_on=[database.pk])
        ci("disk-1")
        planned(anyone, "On itself", (0, 2), affected_cis=["db-1"])
        planned(anyone, "On a dependent", (2.5, 4), affected_cis=["app-1"])
        planned(anyone, "Elsewhere", (4, 9), affected_cis=["disk-1"])
        change = drafted(anyone, affected_cis=[database])
        assert next_free_slot(change, at(0), HOUR) == Interval(at(4), at(5))
        assert next_free_slot(change, at(0), HOUR / 2) == Interval(at(2), at(2.5))

    def test_its_own_window_is_not_in_its_way(self, anyone, ci):
        change = planned(anyone, affected_cis=[ci("db-1")])
        assert next_free_slot(change, at(0), HOUR) == Interval(at(0), at(1))

    def test_hard_freezes_are_gone_around_and_soft_ones_are_not(self, anyone, ci):
        ci("db-1", kind="database")
        frozen(anyone, "Hard", (0, 5), kinds=["database"])
        frozen(anyone, "Soft", (5, 9), hardness="soft")
        frozen(anyone, "Others", (5, 9), kinds=["server"])
        change = drafted(anyone, affected_cis=["db-1"])
        assert next_free_slot(change, at(0), HOUR) == Interval(at(5), at(6))

    def test_a_freeze_that_recurs_leaves_its_gaps(self, anyone, ci):
        rule = {"every": "week", "days": ["mon", "tue", "wed", "thu", "fri"], "from": "06:00", "to": "22:00"}
        create_freeze(actor=anyone, name="Days", reason="x", everything=True, recurrence=rule)
        change = drafted(anyone, affected_cis=[ci("db-1")])
        assert next_free_slot(change, at(0), HOUR) == Interval(at(10), at(11))
        # Noon is a Monday's; ten hours in a row there are from Friday at ten in the evening on.
        assert next_free_slot(change, at(0), 10 * HOUR) == Interval(at(4 * 24 + 10), at(4 * 24 + 20))

    def test_none_is_told_where_there_is_none_within_the_horizon(self, anyone, ci):
        frozen(anyone, "Forever", (0, 91 * 24))
        change = drafted(anyone, affected_cis=[ci("db-1")])
        assert next_free_slot(change, at(0), HOUR) is None

    def test_a_calendar_with_more_than_is_looked_at_promises_nothing_beyond(self, anyone, ci, monkeypatch):
        monkeypatch.setattr(slots, "MOST_CLAIMS", 2)
        for number in range(3):
            planned(anyone, f"Upgrade {number}", (number, number + 1), affected_cis=[ci(f"db-{number}")])
        plan = Plan(
            drafted(anyone, affected_cis=["db-0", "db-1", "db-2"]).affected.values_list("ci_id", flat=True), None
        )
        assert next_slot_for(plan, at(0), HOUR) is None

    def test_what_is_found_has_nothing_in_its_way(self, anyone, ci):
        items = [ci("db-1").pk]
        frozen(anyone, "Hard", (1, 2))
        planned(anyone, "Upgrade", (0, 0.5), affected_cis=items)
        found = next_slot_for(Plan(tuple(items), None), at(0), HOUR / 2)
        assert found == Interval(at(0.5), at(1))
        assert not conflicts_with(Plan(tuple(items), found))

    @pytest.mark.parametrize("duration", [timedelta(0), -HOUR, timedelta(days=91)])
    def test_a_duration_that_makes_no_window_is_refused(self, anyone, duration):
        with pytest.raises(Invalid):
            next_free_slot(drafted(anyone), at(0), duration)

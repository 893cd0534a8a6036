"""What a wall-clock freeze means on the days on which the clock is put forward or back."""

from datetime import UTC, datetime, time

import pytest

from changes.freezes import Interval, Timing, occurrences
from changes.recurrences import Weekly

EVERY_DAY = tuple(range(7))
FORWARD = (datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 3, 29, 12, tzinfo=UTC))
BACK = (datetime(2026, 10, 24, 12, tzinfo=UTC), datetime(2026, 10, 25, 12, tzinfo=UTC))


def nightly(begins, ends, between):
    """The occurrences of a freeze that Berlin has every night."""
    rule = Weekly(EVERY_DAY, time.fromisoformat(begins), time.fromisoformat(ends))
    return list(occurrences(Timing(None, None, rule, "Europe/Berlin"), *between))


def at(text):
    return datetime.fromisoformat(f"2026-{text}:00+00:00")


@pytest.mark.parametrize(
    ("begins", "ends", "start", "end"),
    [
        ("01:30", "04:00", "03-29T00:30", "03-29T02:00"),
        ("02:30", "04:00", "03-29T01:00", "03-29T02:00"),
        ("01:30", "02:30", "03-29T00:30", "03-29T01:00"),
    ],
)
def test_a_time_that_the_clock_leaves_out_is_the_moment_of_the_jump(begins, ends, start, end):
    assert nightly(begins, ends, FORWARD) == [Interval(at(start), at(end))]


def test_a_freeze_that_lies_within_the_hour_left_out_does_not_happen():
    assert nightly("02:10", "02:50", FORWARD) == []


@pytest.mark.parametrize(
    ("begins", "ends", "start", "end"),
    [
        ("02:30", "02:45", "10-25T00:30", "10-25T01:45"),
        ("01:00", "02:30", "10-24T23:00", "10-25T01:30"),
        ("02:30", "04:00", "10-25T00:30", "10-25T03:00"),
        ("01:00", "02:00", "10-24T23:00", "10-25T00:00"),
        ("03:00", "04:00", "10-25T02:00", "10-25T03:00"),
    ],
)
def test_a_time_that_comes_twice_begins_with_the_first_and_ends_with_the_second(begins, ends, start, end):
    assert nightly(begins, ends, BACK) == [Interval(at(start), at(end))]

"""Recurrences as JSON: what is read, what is refused and by which name, and how they read to people."""

from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest

from changes.freezes import Interval, Timing, occurrences
from changes.recurrences import recurrence_of
from orgs.errors import Invalid

GOOD = {
    "every Saturday, Sunday from 22:00 to 06:00 the next day": {
        "every": "week",
        "days": ["sat", "sun"],
        "from": "22:00",
        "to": "06:00",
    },
    "every Monday all day": {"every": "week", "days": ["mon"], "from": "00:00", "to": "00:00"},
    "every Monday from 08:00 for 24 hours": {"every": "week", "days": ["mon"], "from": "08:00", "to": "08:00"},
    "every month on day 1, 15, 2 from the end, the last from 00:00 to 12:00": {
        "every": "month",
        "days": [1, 15, -2, -1],
        "from": "00:00",
        "to": "12:00",
    },
    "every second Tuesday of the month from 18:00 to 23:30": {
        "every": "month",
        "nth": 2,
        "weekday": "tue",
        "from": "18:00",
        "to": "23:30",
    },
    "every year from 20 December to 6 January, both included": {"every": "year", "from": "12-20", "to": "01-06"},
}
BAD = [
    (None, {"recurrence"}),
    ([], {"recurrence"}),
    ({}, {"recurrence.every"}),
    ({"every": []}, {"recurrence.every"}),
    ({"every": "week"}, {"recurrence.days", "recurrence.from", "recurrence.to"}),
    (
        {"every": "week", "days": [], "from": "24:00", "to": "6:00", "nth": 1},
        {"recurrence.days", "recurrence.from", "recurrence.to", "recurrence.nth"},
    ),
    ({"every": "week", "days": [{}], "from": "00:00", "to": "01:00"}, {"recurrence.days"}),
    ({"every": "week", "days": ["sat"], "from": "٢٢:00", "to": "06:00"}, {"recurrence.from"}),
    ({"every": "month", "days": [0, 32, True], "from": "00:00", "to": "01:00"}, {"recurrence.days"}),
    ({"every": "month", "days": [True], "from": "00:00", "to": "01:00"}, {"recurrence.days"}),
    ({"every": "month", "from": "00:00", "to": "01:00"}, {"recurrence.days"}),
    ({"every": "month", "days": [1], "nth": 1, "from": "00:00", "to": "01:00"}, {"recurrence.nth"}),
    (
        {"every": "month", "nth": 6, "weekday": 1, "from": "00:00", "to": "01:00"},
        {"recurrence.nth", "recurrence.weekday"},
    ),
    ({"every": "year", "from": "02-30", "to": "13-01"}, {"recurrence.from", "recurrence.to"}),
]


@pytest.mark.parametrize(("words", "data"), GOOD.items(), ids=list(GOOD))
def test_a_recurrence_is_read_kept_and_told(words, data):
    rule = recurrence_of(data)
    assert rule.as_data() == data
    assert rule.in_words() == words


@pytest.mark.parametrize(("data", "fields"), BAD)
def test_every_bad_member_is_named(data, fields):
    with pytest.raises(Invalid) as refusal:
        recurrence_of(data)
    assert {error.field for error in refusal.value.fields} == fields


def moment(text):
    return datetime.fromisoformat(f"{text}+00:00")


def test_a_month_without_the_day_leaves_it_out():
    timing = Timing(None, None, recurrence_of({"every": "month", "days": [31], "from": "10:00", "to": "11:00"}))
    found = occurrences(timing, moment("2026-01-31T10:30"), moment("2026-05-31T10:00"))
    assert [each.start for each in found] == [moment("2026-01-31T10:00"), moment("2026-03-31T10:00")]


def test_a_range_of_dates_goes_over_the_new_year():
    timing = Timing(None, None, recurrence_of({"every": "year", "from": "12-20", "to": "01-06"}))
    whole = Interval(moment("2026-12-20T00:00"), moment("2027-01-07T00:00"))
    for inside in ("2026-12-20T00:00", "2027-01-06T23:59"):
        assert list(occurrences(timing, moment(inside), moment(inside) + timedelta(minutes=1))) == [whole]
    for outside in ("2026-12-19T23:59", "2027-01-07T00:00"):
        assert not list(occurrences(timing, moment(outside), moment(outside) + timedelta(minutes=1)))


def test_without_a_recurrence_a_freeze_is_one_interval():
    timing = Timing(moment("2026-12-20T00:00"), moment("2027-01-07T00:00"))
    whole = Interval(moment("2026-12-20T00:00"), moment("2027-01-07T00:00"))
    assert list(occurrences(timing, moment("2026-12-31T00:00"), moment("2030-01-01T00:00"))) == [whole]
    assert not list(occurrences(timing, whole.end, whole.end + timedelta(days=1)))
    assert not list(occurrences(timing, whole.start - timedelta(days=1), whole.start))


def test_no_more_is_looked_at_than_is_asked_for():
    timing = Timing(None, None, recurrence_of({"every": "week", "days": ["mon"], "from": "00:00", "to": "01:00"}))
    ever = occurrences(timing, datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
    first, second = islice(ever, 2)
    assert second.start - first.start == timedelta(days=7)


@pytest.mark.parametrize("data", GOOD.values(), ids=list(GOOD))
@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
@pytest.mark.parametrize("edge", ["0001-01-01T00:00", "9999-11-01T23:00"])
def test_the_ends_of_the_calendar_are_no_trap(data, zone, edge):
    edge = moment(edge)
    for found in occurrences(Timing(None, None, recurrence_of(data), zone), edge, edge + timedelta(days=60)):
        assert found.start < found.end

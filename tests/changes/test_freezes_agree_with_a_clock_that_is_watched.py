"""Occurrences of freezes against an oracle that steps through time and looks at the clock on the wall."""

import calendar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from changes.freezes import Timing, occurrences
from changes.recurrences import MonthlyByDay, MonthlyByWeekday, Weekly, Yearly

STEP = timedelta(minutes=10)
MARGIN = timedelta(days=3)

# Days around which these clocks jump: by an hour, by half of one, at midnight, over a whole day.
TURNS = [
    ("Europe/Berlin", datetime(2026, 3, 29, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 10, 25, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 3, 8, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 4, 5, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 10, 4, tzinfo=UTC)),
    ("America/Havana", datetime(2026, 3, 8, tzinfo=UTC)),
    ("America/Havana", datetime(2026, 11, 1, tzinfo=UTC)),
    ("Pacific/Apia", datetime(2011, 12, 30, tzinfo=UTC)),
    ("Asia/Kathmandu", datetime(2026, 2, 28, tzinfo=UTC)),
    ("UTC", datetime(2024, 2, 29, tzinfo=UTC)),
]
times = st.builds(time, st.integers(0, 23), st.sampled_from((0, 10, 20, 30, 40, 50)))
weekdays = st.integers(0, 6)
recurrences = st.one_of(
    st.builds(Weekly, st.lists(weekdays, min_size=1, unique=True).map(tuple), times, times),
    st.builds(
        MonthlyByDay,
        st.lists(st.sampled_from([*range(1, 32), *range(-31, 0)]), min_size=1, unique=True).map(tuple),
        times,
        times,
    ),
    st.builds(MonthlyByWeekday, st.sampled_from([1, 2, 3, 4, 5, -1]), weekdays, times, times),
    st.builds(
        Yearly,
        st.tuples(st.integers(1, 12), st.integers(1, 28)) | st.just((2, 29)),
        st.tuples(st.integers(1, 12), st.integers(1, 28)) | st.just((2, 29)),
    ),
)


def begins_on(rule, day: date) -> bool:
    """Whether a span begins on a day, told from the day alone."""
    length = calendar.monthrange(day.year, day.month)[1]
    match rule:
        case Weekly(days):
            return day.weekday() in days
        case MonthlyByDay(days):
            return day.day in days or day.day - length - 1 in days
        case MonthlyByWeekday(nth, weekday):
            which = -1 if nth == -1 and day.day + 7 > length else (day.day + 6) // 7
            return day.weekday() == weekday and nth == which
        case Yearly(begins):
            return (day.month, day.day) == (begins[0], min(begins[1], length))


def span_from(rule, day: date) -> tuple[datetime, datetime]:
    """The clock's readings between which the span that begins on a day lies."""
    if isinstance(rule, Yearly):
        month, number = rule.ends
        year = day.year + (rule.ends < rule.begins)
        last = date(year, month, min(number, calendar.monthrange(year, month)[1]))
        return datetime.combine(day, time()), datetime.combine(last + timedelta(days=1), time())
    over = 0 if rule.ends > rule.begins else 1
    return datetime.combine(day, rule.begins), datetime.combine(day + timedelta(days=over), rule.ends)


def watched(timing: Timing, start: datetime, end: datetime) -> set[datetime]:
    """The steps at which the freeze holds, by watching the clock."""
    zone = ZoneInfo(timing.zone)
    count = (end - start + 2 * MARGIN) // STEP
    moments = [start - MARGIN + STEP * number for number in range(count)]
    walls = [moment.astimezone(zone).replace(tzinfo=None, fold=0) for moment in moments]
    back = 368 if isinstance(timing.recurrence, Yearly) else 2
    day, found = walls[0].date() - timedelta(days=back), set()
    while day <= walls[-1].date():
        if begins_on(timing.recurrence, day):
            begins, ends = span_from(timing.recurrence, day)
            reached = [number for number, wall in enumerate(walls) if wall >= begins]
            short = [number for number, wall in enumerate(walls) if wall < ends]
            if reached and short:
                found |= set(moments[reached[0] : short[-1] + 1])
        day += timedelta(days=1)
    return {
        moment
        for moment in found
        if start <= moment < end
        and (timing.begins is None or moment >= timing.begins)
        and (timing.ends is None or moment < timing.ends)
    }


@given(
    turn=st.sampled_from(TURNS),
    rule=recurrences,
    offset=st.integers(-12, 30),
    length=st.integers(1, 40),
    begins=st.none() | st.integers(-48, 48),
    ends=st.none() | st.integers(-48, 48),
)
def test_a_freeze_holds_at_the_steps_at_which_the_clock_says_so(turn, rule, offset, length, begins, ends):
    zone, day = turn
    start = day + timedelta(hours=offset)
    end = start + timedelta(hours=length)
    timing = Timing(
        None if begins is None else day + timedelta(hours=begins),
        None if ends is None else day + timedelta(hours=ends),
        rule,
        zone,
    )
    found = list(occurrences(timing, start, end))
    steps = [start + STEP * number for number in range((end - start) // STEP)]
    holds = {moment for moment in steps if any(each.start <= moment < each.end for each in found)}
    assert holds == watched(timing, start, end)
    assert found == sorted(found)
    assert all(each.start < each.end and each.start < end and start < each.end for each in found)


@given(turn=st.sampled_from(TURNS), rule=recurrences, length=st.integers(1, 24 * 60))
def test_a_longer_look_finds_all_that_two_shorter_ones_find(turn, rule, length):
    zone, day = turn
    timing = Timing(None, None, rule, zone)
    middle, end = day + timedelta(hours=length // 2), day + timedelta(hours=length)
    halves = {*occurrences(timing, day, middle), *occurrences(timing, middle, end)}
    assert set(occurrences(timing, day, end)) == halves

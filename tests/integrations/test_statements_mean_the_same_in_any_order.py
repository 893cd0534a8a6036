import itertools
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from integrations.intake.episodes import LATE_WINDOW, Line, Statement
from integrations.intake.normalised import FIRING, RESOLVED, NormalisedAlert

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
DELIVERY = uuid4()


def at(minute: float) -> datetime:
    return NOON + timedelta(minutes=minute)


def named(status, starts, ends=None):
    """As Alertmanager says it: the start names the episode."""
    return NormalisedAlert(
        fingerprint="f",
        status=status,
        title="t",
        member={},
        starts_at=at(starts),
        ends_at=at(ends) if ends is not None else None,
        at=at(ends) if ends is not None else at(starts),
        names_episode=True,
    )


def plain(status, sent=None):
    """As PagerDuty says it: a key until it is resolved, perhaps with a time."""
    return NormalisedAlert(
        fingerprint="f", status=status, title="t", member={}, at=at(sent) if sent is not None else None
    )


def told(*statements, step=0.001):
    """A line after these statements, each received a moment after the one before (or at the minute given with it)."""
    line = Line("f")
    for number, entry in enumerate(statements):
        said, minute = entry if isinstance(entry, tuple) else (entry, 600 + number * step)
        line.tell(Statement(said, at(minute), DELIVERY))
    return line


def episodes(line):
    return [(one.number, one.state, one.ends_at) for one in line.touched]


def test_a_repeat_is_the_same_episode():
    line = told(named(FIRING, 0), named(FIRING, 0), named(FIRING, 0))

    assert len(line.touched) == 1
    assert line.latest.counted == 3


def test_a_new_start_is_a_new_episode_even_when_the_old_end_was_never_delivered():
    line = told(named(FIRING, 0), named(FIRING, 30))

    assert episodes(line) == [(1, RESOLVED, at(30)), (2, FIRING, None)]


def test_a_resolve_before_its_trigger_ends_it():
    line = told(named(RESOLVED, 0, 10), named(FIRING, 0))

    assert episodes(line) == [(1, RESOLVED, at(10))]


def test_a_resolve_waits_five_minutes_for_its_trigger_and_no_longer():
    resolve = plain(RESOLVED, 10)

    in_time = told((resolve, 100), (plain(FIRING, 0), 104.9))
    too_late = told((resolve, 100), (plain(FIRING, 0), 105.1))

    assert in_time.latest.state == RESOLVED
    assert too_late.latest.state == FIRING


def test_a_late_trigger_of_an_ended_episode_does_not_fire_again():
    line = told(named(FIRING, 0), named(RESOLVED, 0, 10), named(FIRING, 0))

    assert episodes(line) == [(1, RESOLVED, at(10))]
    assert line.latest.counted == 2


def test_the_same_body_long_after_its_resolve_fires_again():
    line = told((named(FIRING, 0), 0), (named(RESOLVED, 0, 10), 10), (named(FIRING, 0), 16))

    assert [state for _, state, _ in episodes(line)] == [RESOLVED, FIRING]


def test_without_times_of_the_sender_the_order_of_arrival_decides():
    line = told(plain(FIRING), plain(RESOLVED), plain(FIRING))

    assert [state for _, state, _ in episodes(line)] == [RESOLVED, FIRING]


def test_workers_that_overtake_each_other_do_not_matter():
    trigger, resolve, again = ((plain(FIRING), 1), (plain(RESOLVED), 2), (plain(FIRING), 3))

    for order in itertools.permutations((trigger, resolve, again)):
        assert told(*order).latest.state == FIRING, order
    for order in itertools.permutations((trigger, resolve)):
        assert told(*order).latest.state == RESOLVED, order


def test_a_resolve_without_a_time_ends_an_alert_whose_sender_has_a_fast_clock():
    line = told((plain(FIRING, 30), 0), (plain(RESOLVED), 1))

    assert line.latest.state == RESOLVED


def test_a_resolve_that_is_older_than_the_latest_trigger_is_no_news():
    line = told(plain(FIRING, 0), plain(FIRING, 30), plain(RESOLVED, 20))

    assert line.latest.state == FIRING


def test_an_acknowledgement_keeps_it_open_and_one_of_nothing_is_ignored():
    assert told(plain(FIRING), plain("acknowledged")).latest.state == "acknowledged"
    assert told(plain(FIRING), plain("acknowledged"), plain(RESOLVED)).latest.state == RESOLVED
    assert told(plain("acknowledged")).latest is None


def test_a_replayed_statement_does_not_count():
    line = told(plain(FIRING))
    line.tell(Statement(plain(FIRING), at(700), DELIVERY, counts=False))

    assert line.latest.counted == 1


@st.composite
def deliveries(draw):
    """Episodes one after another, each with its trigger and perhaps its end, all delivered at least once, shuffled."""
    count = draw(st.integers(1, 4))
    last_ended = draw(st.booleans())
    said = []
    for number in range(count):
        start = number * 60
        said.append((FIRING, start, None))
        if number < count - 1 or last_ended:
            said.append((RESOLVED, start, start + 30))
    said += draw(st.lists(st.sampled_from(said), max_size=5))
    return draw(st.permutations(said)), count, last_ended


@given(deliveries())
def test_any_order_of_delivery_ends_in_the_same_state(case):
    said, count, last_ended = case
    spread = LATE_WINDOW.total_seconds() / 60 / (len(said) + 1)

    line = told(*(named(*one) for one in said), step=spread)

    assert line.latest.starts_at == at((count - 1) * 60)
    assert line.latest.state == (RESOLVED if last_ended else FIRING)
    assert sum(one.is_open for one in line.touched) <= 1
    assert sum(one.is_latest for one in line.touched) == 1

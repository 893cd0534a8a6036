"""The clock can be made to stand at a past moment, in one thread and for one block."""

import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest

from orgs.clock import clock_at, now

THEN = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def test_inside_the_block_it_is_then_and_afterwards_it_is_now() -> None:
    before = now()
    with clock_at(THEN):
        assert now() == THEN
    assert now() >= before


def test_blocks_nest() -> None:
    with clock_at(THEN):
        with clock_at(THEN + timedelta(hours=1)):
            assert now() == THEN + timedelta(hours=1)
        assert now() == THEN


def test_the_moment_is_given_in_utc_whatever_its_zone() -> None:
    with clock_at(THEN.astimezone(timezone(timedelta(hours=9)))):
        assert now().tzinfo is UTC
        assert now() == THEN


def test_other_threads_keep_the_real_time() -> None:
    seen: list[datetime] = []
    with clock_at(THEN):
        thread = threading.Thread(target=lambda: seen.append(now()))
        thread.start()
        thread.join()
    assert seen[0] > THEN + timedelta(days=1)


def test_an_error_in_the_block_sets_it_right_again() -> None:
    with pytest.raises(RuntimeError), clock_at(THEN):
        raise RuntimeError
    assert now() > THEN + timedelta(days=1)


@pytest.mark.parametrize("moment", [THEN.replace(tzinfo=None), datetime(9000, 1, 1, tzinfo=UTC)])
def test_a_moment_without_zone_or_in_the_future_is_refused(moment: datetime) -> None:
    with pytest.raises(ValueError, match="clock"), clock_at(moment):
        pass

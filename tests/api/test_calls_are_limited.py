"""P10, H11: one caller's calls are limited, exactly and across processes; others go on."""

import pytest
import time_machine

from api.base import limits
from api.models import RateBucket
from tests.api.conftest import Caller


@pytest.fixture
def limit(settings):
    """A hundred and twenty a minute: two a second, six at once."""
    settings.ITSM_API_RATE_LIMIT = 120
    limits.forget()


def calls(caller, number):
    return [caller.get("/itsm/incidents").status_code for _ in range(number)]


def another_process():
    """What a process that has drawn nothing knows."""
    limits.forget()


def test_the_bucket_holds_three_seconds(limit, caller):
    with time_machine.travel("2026-11-21T12:00:00Z", tick=False):
        found = calls(caller, 20)
    assert found.count(200) == 6
    assert found[6:] == [429] * 14


def test_a_refusal_says_when_to_come_back(limit, caller):
    with time_machine.travel("2026-11-21T12:00:00Z", tick=False) as clock:
        calls(caller, 7)
        refused = caller.get("/itsm/incidents")
        assert refused.status_code == 429
        assert refused.json()["code"] == "throttled"
        wait = int(refused.headers["Retry-After"])
        assert wait >= max(limits.PAUSE_SECONDS, 60 / 120)
        clock.shift(wait)
        another_process()  # the frozen clock is not the one by which a process pauses
        assert caller.get("/itsm/incidents").status_code == 200


@pytest.mark.parametrize("seconds", [60])
def test_over_a_minute_the_limit_holds_within_a_twentieth(seconds, limit, caller):
    with time_machine.travel("2026-11-21T12:00:00Z", tick=False) as clock:
        passed = 0
        for _ in range(seconds * 4):
            passed += calls(caller, 5).count(200)
            another_process()
            clock.shift(0.25)
    assert 114 <= passed <= 126


def test_other_callers_go_on(limit, caller, caller_with):
    with time_machine.travel("2026-11-21T12:00:00Z", tick=False):
        calls(caller, 20)
        assert caller_with("VIEWER").get("/itsm/incidents").status_code == 200


def test_guessing_keys_is_limited_by_address(limit, db):
    with time_machine.travel("2026-11-21T12:00:00Z", tick=False):
        found = [Caller(f"ops_guess{n}").get("/itsm/incidents").status_code for n in range(20)]
    assert found.count(401) == 6
    assert set(found) == {401, 429}


def test_a_batch_spares_the_database(settings, caller, django_assert_max_num_queries):
    settings.ITSM_API_RATE_LIMIT = 60_000
    limits.forget()
    limits.take("somebody")
    with django_assert_max_num_queries(0):
        for _ in range(200):
            limits.take("somebody")
    assert RateBucket.objects.count() == 1


def test_zero_means_no_limit(settings, caller):
    settings.ITSM_API_RATE_LIMIT = 0
    assert calls(caller, 50) == [200] * 50

"""A sign-in ends after eight hours without a request, and after twenty-four hours in any case."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth import SESSION_KEY
from django.db import connection
from django.test.utils import CaptureQueriesContext

START = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)


@pytest.fixture
def visit(signed_in):
    with time_machine.travel(START, tick=False) as traveller:
        client = signed_in("MEMBER")

        def go(after):
            traveller.move_to(START + after)
            client.get("/no-such-page")
            return SESSION_KEY in client.session

        assert go(timedelta(0))
        yield go


def test_it_lasts_while_it_is_used(visit):
    assert all(visit(timedelta(hours=hours)) for hours in (3, 6, 9, 12, 15, 18, 21, 23))


def test_eight_hours_without_a_request_end_it(visit):
    assert visit(timedelta(hours=1))
    assert not visit(timedelta(hours=9, minutes=2))


def test_a_day_ends_it_however_much_it_is_used(visit):
    for hours in (6, 12, 18, 23):
        assert visit(timedelta(hours=hours))
    assert not visit(timedelta(hours=24, minutes=1))


@pytest.mark.django_db
def test_most_requests_do_not_write_the_session(signed_in):
    client = signed_in("MEMBER")
    client.get("/no-such-page")
    with CaptureQueriesContext(connection) as queries:
        client.get("/no-such-page")
    assert not [query for query in queries if "UPDATE" in query["sql"]]

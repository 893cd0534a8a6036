"""A connection is asked whether it lives before a request, once a second at most; one that died is replaced."""

import pytest
from django.db import OperationalError, connection, transaction

from itsm_site.postgresql import base
from tests.racing import elsewhere

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def checks(monkeypatch):
    """How often the server was asked, in a list of answers."""
    asked = []
    ask = type(connection.copy()).is_usable

    def counted(wrapper):
        asked.append(ask(wrapper))
        return asked[-1]

    monkeypatch.setattr(base.DatabaseWrapper, "is_usable", counted)
    connection.close()
    return asked


def request():
    """The begin of a request, one query, and its end, as Django's signals have them."""
    connection.close_if_unusable_or_obsolete()
    connection.health_check_enabled = True
    connection.health_check_done = False
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            return cursor.fetchone()[0]
    finally:
        connection.close_if_unusable_or_obsolete()


def test_requests_of_the_same_second_share_a_check(checks):
    request()
    for _ in range(5):
        request()
    assert checks == [True]


def test_a_second_later_it_is_checked_again(checks, monkeypatch):
    monkeypatch.setattr(base, "CHECKED_FOR", 0)
    request()
    for _ in range(3):
        request()
    assert checks == [True] * 3


def test_none_is_made_in_the_middle_of_a_transaction(checks, monkeypatch):
    request()
    connection.health_check_enabled = True
    connection.health_check_done = False
    with transaction.atomic():
        monkeypatch.setattr(base, "CHECKED_FOR", 0)
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    assert connection.get_autocommit()
    assert checks == [True]


def test_one_that_died_within_the_second_fails_one_request(checks):
    first = request()
    request()

    def end():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [first])

    elsewhere(end)
    with pytest.raises(OperationalError):
        request()
    assert request() != first

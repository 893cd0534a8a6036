"""At most ten guesses at one account's password are evaluated in fifteen minutes, whoever sends them from wherever."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from unittest import mock

import pytest
import time_machine
from django.contrib.auth.hashers import check_password
from django.db import connection
from django.test import Client

from orgs.clock import now
from orgs.commands import sign_in as door
from tests.conftest import PASSWORD


def attempt(client: Client, username: str, password: str, **extra):
    return client.post("/sign-in", {"username": username, "password": password}, **extra)


@pytest.fixture
def evaluated():
    """How often a password was really looked at."""
    with mock.patch.object(door, "authenticate", wraps=door.authenticate) as looked:
        yield looked


def test_the_eleventh_guess_is_not_looked_at(user_with, evaluated):
    user_with("MEMBER", username="ada")
    answers = [attempt(Client(), "ada", f"guess {number}").status_code for number in range(12)]
    assert answers == [400] * 10 + [429, 429]
    assert evaluated.call_count == 10


def test_the_right_password_does_not_help_once_the_guesses_are_used_up(user_with):
    user_with("MEMBER", username="ada")
    for number in range(10):
        attempt(Client(), "ada", f"guess {number}")
    answer = attempt(Client(), "ada", PASSWORD)
    assert answer.status_code == 429
    assert answer["Retry-After"] == "900"


def test_spoofed_addresses_and_spellings_of_the_name_do_not_make_more_guesses(user_with, evaluated):
    user_with("MEMBER", username="ada")
    for number in range(30):
        name = ("ada", "ADA", "\uff41da", " ada")[number % 4]
        attempt(Client(), name, "x", headers={"X-Forwarded-For": f"10.0.0.{number}"})
    assert evaluated.call_count == 10


def test_an_unknown_name_is_limited_alike(db):
    answers = [attempt(Client(), "nobody", "x").status_code for _ in range(11)]
    assert answers == [400] * 10 + [429]


def test_after_a_quarter_of_an_hour_without_a_guess_there_are_ten_again(user_with, evaluated):
    user_with("MEMBER", username="ada")
    with time_machine.travel(now(), tick=False) as clock:
        for _ in range(12):
            attempt(Client(), "ada", "x")
        clock.shift(timedelta(minutes=15))
        for _ in range(12):
            attempt(Client(), "ada", "x")
    assert evaluated.call_count == 20


def test_no_fifteen_minutes_see_more_than_ten(user_with, evaluated):
    user_with("MEMBER", username="ada")
    looked: list[int] = []
    with time_machine.travel(now(), tick=False) as clock:
        for _minute in range(60):
            before = evaluated.call_count
            for _ in range(3):
                attempt(Client(), "ada", "x")
            looked.append(evaluated.call_count - before)
            clock.shift(timedelta(minutes=1))
    assert max(sum(looked[start : start + 15]) for start in range(45)) <= 10
    assert sum(looked) > 10, "the account must become usable again"


def test_a_right_password_is_no_guess(user_with):
    user_with("MEMBER", username="ada")
    for _ in range(25):
        assert attempt(Client(), "ada", PASSWORD).status_code == 302


def test_its_owner_still_gets_in_from_a_browser_that_is_known(user_with):
    user_with("MEMBER", username="ada")
    known = Client()
    assert attempt(known, "ada", PASSWORD).status_code == 302
    known.post("/sign-out")
    for _ in range(12):
        attempt(Client(), "ada", "x")
    assert attempt(Client(), "ada", PASSWORD).status_code == 429
    assert attempt(known, "ada", PASSWORD).status_code == 302


def test_a_known_browser_has_no_more_than_ten_guesses_of_its_own(user_with, evaluated):
    user_with("MEMBER", username="ada")
    known = Client()
    attempt(known, "ada", PASSWORD)
    known.post("/sign-out")
    evaluated.reset_mock()
    for _ in range(15):
        attempt(known, "ada", "x")
    assert evaluated.call_count == 10


def test_a_browser_known_for_one_account_is_a_stranger_to_another(user_with):
    user_with("MEMBER", username="ada")
    user_with("MEMBER", username="eve")
    eves = Client()
    attempt(eves, "eve", PASSWORD)
    eves.post("/sign-out")
    for _ in range(10):
        attempt(Client(), "ada", "x")
    assert attempt(eves, "ada", "x").status_code == 429


def test_a_forged_device_cookie_is_a_stranger(user_with):
    user_with("MEMBER", username="ada")
    for _ in range(10):
        attempt(Client(), "ada", "x")
    forger = Client()
    forger.cookies["opsledger_device"] = "abc/ada:1t:forged"
    assert attempt(forger, "ada", "x").status_code == 429


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_the_limit_holds_for_guesses_at_the_same_time(user_with, evaluated):
    user_with("MEMBER", username="ada")

    def guess(number: int) -> int:
        try:
            return attempt(Client(), "ada", f"guess {number}").status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(guess, range(200)))
    assert answers.count(400) == 10
    assert answers.count(429) == 190
    assert evaluated.call_count == 10


def test_an_unknown_name_costs_a_hash_too(user_with, settings):
    user = user_with("MEMBER", username="ada")
    hashes = []
    with mock.patch("django.contrib.auth.hashers.MD5PasswordHasher.encode", autospec=True) as encode:
        encode.side_effect = lambda self, password, salt: hashes.append(password) or "md5$salt$0"
        attempt(Client(), "nobody", "x")
        unknown = len(hashes)
        attempt(Client(), "ada", "x")
    assert unknown == len(hashes) - unknown == 1
    assert check_password(PASSWORD, user.password)


@pytest.mark.parametrize(
    ("username", "password"),
    [("", "x"), ("ada\0", "x"), ("ada", "x\0"), ("a" * 5000, "x"), ("ada", "x" * 20_000), ("\ud7ff", "x"), (" ", " ")],
)
def test_odd_input_is_refused_like_any_wrong_one(user_with, username, password):
    user_with("MEMBER", username="ada")
    answer = attempt(Client(), username, password)
    assert answer.status_code == 400
    assert "do not go together" in answer.content.decode()

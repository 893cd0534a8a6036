"""Signing in: how many guesses at a password are evaluated, and the password that is."""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth import authenticate
from django.db import connection, transaction
from django.http import HttpRequest

from orgs.clock import now
from orgs.models import SignInAttempt, User

GUESSES = 10
GUESSES_PER_ADDRESS = 300
WINDOW = timedelta(minutes=15)
LONGEST_USERNAME = 150
LONGEST_PASSWORD = 1024


@dataclass(frozen=True)
class SignInResult:
    """Either the person who signed in, or why not; ``throttled`` means that the password was not even looked at."""

    user: User | None
    throttled: bool = False


def normalised(username: str) -> str:
    """A user name as it is compared: NFKC, as Django stores it."""
    return unicodedata.normalize("NFKC", username).strip()


def _key(kind: str, *parts: str) -> str:
    text = "\0".join((kind, *parts))
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _take(key: str, limit: int) -> bool:
    """Count one attempt under the key, unless ``limit`` have been evaluated without a pause of fifteen minutes.

    One statement, so that parallel guesses cannot pass together. The window starts anew with every attempt that is
    evaluated: no fifteen minutes ever see more than ``limit`` of them.
    """
    table = connection.ops.quote_name(SignInAttempt._meta.db_table)
    moment = now()
    at = connection.ops.adapt_datetimefield_value(moment)
    since = connection.ops.adapt_datetimefield_value(moment - WINDOW)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} AS held (key, window_started_at, count) VALUES (%s, %s, 1) "  # noqa: S608 - own name
            "ON CONFLICT (key) DO UPDATE SET window_started_at = %s, "
            "count = CASE WHEN held.window_started_at <= %s THEN 1 ELSE held.count + 1 END "
            "WHERE held.window_started_at <= %s OR held.count < %s RETURNING count",
            [key, at, at, since, since, limit],
        )
        return cursor.fetchone() is not None


def _give_back(key: str) -> None:
    """A password that was right was not a guess."""
    table = connection.ops.quote_name(SignInAttempt._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET count = count - 1 WHERE key = %s AND count > 0", [key])  # noqa: S608 - own name


def sign_in(request: HttpRequest, *, username: str, password: str, device: str = "") -> SignInResult:
    """Check a user name and password.

    ``device`` is the proven name of a browser that this account signed in from before: it has guesses of its own, so
    that a stranger who uses up the account's cannot lock its owner out.

    An unknown name costs the same hash as a known one (Django's backend sees to it) and the same counters.
    """
    name = normalised(username)
    if not name or len(name) > LONGEST_USERNAME or len(password) > LONGEST_PASSWORD or "\0" in name + password:
        return SignInResult(None)
    account = _key("account", name.casefold(), device)
    address = _key("address", request.META.get("REMOTE_ADDR", ""))
    with transaction.atomic():
        allowed = _take(account, GUESSES) and _take(address, GUESSES_PER_ADDRESS)
    if not allowed:
        return SignInResult(None, throttled=True)
    user = authenticate(request, username=name, password=password)
    if not isinstance(user, User):
        return SignInResult(None)
    _give_back(account)
    _give_back(address)
    return SignInResult(user)

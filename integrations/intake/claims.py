"""Claiming rows that are due: a worker that dies gives them back, and a row that kills workers stops doing so.

A claim is committed before the work begins: it counts an attempt and puts the row off by the attempt's back-off. The
work then runs in a transaction of its own that holds the rows' locks. A worker that is killed leaves rows that come
back when the back-off ends; nothing has to notice its death.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import DatabaseError, InterfaceError, OperationalError, connection

from orgs.errors import Busy

BACKOFF = tuple(timedelta(seconds=seconds) for seconds in (10, 20, 60, 120, 240))
"""How long a row rests after its first, second, … attempt."""
ATTEMPTS = len(BACKOFF)
"""After this many a row is left for a person: within ten minutes of its first attempt."""
LONGEST_ERROR = 2000
_STATES = ("08", "40", "53", "55", "57P", "58")
"""SQLSTATE of connections, collisions, exhaustion, locks, shutdown; not 57014, a statement that took too long."""
_SQLITE_WORDS = ("locked", "busy", "unable to open", "disk i/o", "is full", "readonly")


def put_off(moment: datetime, attempts: int) -> datetime:
    """When a row whose attempt of this number begins now is due again."""
    return moment + BACKOFF[min(attempts, ATTEMPTS) - 1]


def is_passing(error: Exception) -> bool:
    """Whether an error is the store's and not the row's: the database away or full, a lock not got, a deadlock."""
    if isinstance(error, Busy | InterfaceError):
        return True
    if not isinstance(error, DatabaseError):
        return False
    state = getattr(error.__cause__, "sqlstate", None)
    if state is not None:
        return str(state).startswith(_STATES)
    if not isinstance(error, OperationalError):
        return False
    # psycopg names no state where it lost the server; SQLite never does.
    return connection.vendor != "sqlite" or any(word in str(error).lower() for word in _SQLITE_WORDS)


def told(error: Exception) -> str:
    """An error as it is kept beside a row."""
    return f"{type(error).__name__}: {error}".replace("\x00", "\ufffd")[:LONGEST_ERROR]

"""How a database is opened: the options that make SQLite and PostgreSQL safe for what is done here."""

from pathlib import Path
from typing import Any

# Seconds. A dead database must be answered with 503 within five, and two addresses may be tried.
CONNECT_TIMEOUT = 2
POOL_WAIT = 3
SQLITE_BUSY_TIMEOUT = 20
# A statement, a wait for a lock, and a transaction that does nothing: none may hold the others up.
_POSTGRESQL_SETTINGS = {
    "statement_timeout": "15s",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "30s",
}
# NORMAL loses nothing to a crash of the process, and at most the last moments to a loss of power.
# An answered alert must survive that too, so each commit is flushed.
_SQLITE_START = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"

SINGLE_NODE = (
    "Single node: the database is SQLite, so web, worker and beat must share this machine; "
    "set DATABASE_URL to PostgreSQL for more than one."
)


def entry(parsed: dict[str, object] | None, *, data_dir: Path, pool: int) -> dict[str, Any]:
    """The `DATABASES` entry for a parsed DATABASE_URL, or for SQLite in `data_dir` where there is none."""
    found: dict[str, Any] = dict(parsed or {})
    if not found:
        found = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(data_dir / "opsledger.sqlite3")}
    return _sqlite(found) if is_sqlite(found) else _postgresql(found, pool)


def is_sqlite(found: dict[str, Any]) -> bool:
    """Whether an entry is SQLite, which runs on one machine only."""
    return str(found["ENGINE"]).endswith("sqlite3")


def _sqlite(found: dict[str, Any]) -> dict[str, Any]:
    options = {
        "timeout": SQLITE_BUSY_TIMEOUT,
        # A transaction that reads first and writes later cannot be upgraded under contention.
        "transaction_mode": "IMMEDIATE",
        "init_command": _SQLITE_START,
    }
    return {**found, "OPTIONS": {**options, **found.get("OPTIONS", {})}, "CONN_MAX_AGE": None}


def _postgresql(found: dict[str, Any], pool: int) -> dict[str, Any]:
    options: dict[str, Any] = {
        "connect_timeout": CONNECT_TIMEOUT,
        "application_name": "opsledger",
        "options": " ".join(f"-c {name}={value}" for name, value in _POSTGRESQL_SETTINGS.items()),
        # Notice a server that vanished from the network without closing its connections.
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 2,
        "tcp_user_timeout": 10_000,
        **found.get("OPTIONS", {}),
    }
    if pool:
        options["pool"] = {"min_size": 1, "max_size": pool, "timeout": POOL_WAIT}
    return {
        **found,
        "ENGINE": "itsm_site.postgresql",
        "OPTIONS": options,
        # The pool keeps connections itself; without one, each thread keeps its own.
        "CONN_MAX_AGE": 0 if pool else 600,
        "CONN_HEALTH_CHECKS": True,
    }

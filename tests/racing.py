"""Many clients at once, each on a connection of its own, for tests on PostgreSQL."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection

MOST_CONNECTIONS = 64
# Left to whoever else uses the server meanwhile.
RESERVE = 25


def free_connections() -> int:
    """How many connections the server has to spare."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('max_connections')::int - count(*) FROM pg_stat_activity")
        return max(8, min(MOST_CONNECTIONS, cursor.fetchone()[0] - RESERVE))


def race(works: Sequence[Callable[[], Any]]) -> list[Any]:
    """Do all of the works at once; returns what each of them returned or raised.

    Every client starts at the same moment. Where the server cannot give each a connection, they share what it has, as
    clients share the pool of a web server.
    """
    outcomes: list[Any] = [None] * len(works)
    connections = threading.BoundedSemaphore(free_connections())
    start = threading.Barrier(len(works))

    def client(number: int) -> None:
        start.wait(timeout=60)
        with connections:
            try:
                outcomes[number] = works[number]()
            except Exception as error:
                outcomes[number] = error
            finally:
                connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        for done in [pool.submit(client, number) for number in range(len(works))]:
            done.result(timeout=120)
    return outcomes


def deadlocks() -> int:
    """How many deadlocks the server has counted in this database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush(), pg_stat_clear_snapshot()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


def elsewhere(work: Callable[[], Any]) -> Any:
    """Do one work on another connection and wait for it."""

    def run() -> Any:
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result(timeout=60)

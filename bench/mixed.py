"""P9: a mixed load at a steady pace on a full store; what each kind of call takes, and whether any of them fails."""

from __future__ import annotations

import http.client
import json
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from bench.client import Result
from bench.growth import fill
from bench.product import WEB_PORT, Bench, running

INCIDENTS = int(os.environ.get("MIXED_INCIDENTS", "100000"))
SECONDS = float(os.environ.get("MIXED_SECONDS", "300"))
PER_SECOND = 50
CLIENTS = 24
PORTION = 20_000


@dataclass(frozen=True)
class Kind:
    """One kind of call: how it is made, its share of the load, and within how many ms a share of them is answered."""

    name: str
    share: int
    call: Callable[[int], tuple[str, str, bytes]]
    percentile: float
    promise: float


def _create(number: int) -> tuple[str, str, bytes]:
    body = {"title": f"Disk full on db-{number}", "severity": "P2", "description": "92 % used"}
    return "POST", "/itsm/incidents", json.dumps(body).encode()


def _alert(number: int) -> tuple[str, str, bytes]:
    body = {"title": f"Fan {number % 500} slow", "severity": "critical", "dedup_key": f"fan-{number % 500}"}
    return "POST", "/api/v1/webhooks/alerts/generic", json.dumps(body).encode()


KINDS = (
    Kind("create an incident", 2, _create, 0.99, 1000),
    Kind("take an alert in", 4, _alert, 0.99, 250),
    Kind("list, live ones", 2, lambda _: ("GET", "/itsm/incidents?status=open&limit=50", b""), 0.95, 300),
    Kind("list, one severity", 1, lambda _: ("GET", "/itsm/incidents?severity=P1&limit=50", b""), 0.95, 300),
    Kind("read one", 1, lambda n: ("GET", f"/itsm/incidents/INC-20200101-{1 + n % INCIDENTS:03d}", b""), 0.95, 300),
)
TURNS = [kind for kind in KINDS for _ in range(kind.share)]


class Client(threading.local):
    """Each thread's own connection; one that was closed is opened again."""

    def __init__(self, token: str) -> None:
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Host": "localhost"}
        self._connection = http.client.HTTPConnection("127.0.0.1", WEB_PORT, timeout=30)

    def ask(self, method: str, path: str, body: bytes) -> int:
        """The status of the answer, which is read to its end."""
        self._connection.request(method, path, body or None, self._headers)
        answer = self._connection.getresponse()
        answer.read()
        return answer.status


def drive(bench: Bench) -> dict[str, Result]:
    """Make the calls when they are due, whether or not earlier ones are answered; time counts from when each was due."""
    client, lock = Client(bench.token), threading.Lock()
    results = {kind.name: Result(seconds=SECONDS) for kind in KINDS}

    def call(kind: Kind, number: int, due: float) -> None:
        status = client.ask(*kind.call(number))
        took = time.perf_counter() - due
        with lock:
            result = results[kind.name]
            result.latencies.append(took)
            result.statuses[status] = result.statuses.get(status, 0) + 1

    with ThreadPoolExecutor(CLIENTS) as pool:
        # What a process does once, at its first calls, is not part of a steady pace.
        list(pool.map(lambda number: client.ask(*TURNS[number % len(TURNS)].call(number)), range(10 * CLIENTS)))
        began = time.perf_counter()
        made = []
        for number in range(int(SECONDS * PER_SECOND)):
            due = began + number / PER_SECOND
            time.sleep(max(0.0, due - time.perf_counter()))
            made.append(pool.submit(call, TURNS[number % len(TURNS)], number, due))
        for each in made:
            each.result()
    return results


def main() -> None:
    """Print one line for each kind of call."""
    with running() as bench:
        for first in range(1, INCIDENTS, PORTION):
            fill(bench, first, min(first + PORTION - 1, INCIDENTS))
        print(f"{INCIDENTS:,} incidents; {PER_SECOND} calls a second for {SECONDS:.0f} s")
        print(f"{'call':22} {'p50 ms':>7} {'p95 ms':>7} {'p99 ms':>7} {'promised':>16}")
        results = drive(bench)
        for kind in KINDS:
            result = results[kind.name]
            promised = f"p{kind.percentile * 100:.0f} < {kind.promise:.0f}"
            times = " ".join(f"{result.percentile(share):7.1f}" for share in (0.5, 0.95, 0.99))
            print(f"{kind.name:22} {times} {promised:>16}  {result.statuses}", flush=True)


if __name__ == "__main__":
    main()

"""W1 to W4: creating, accepting, listing and reading over HTTP with eight connections, beside the floor."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass

from bench import floor
from bench.client import Result, drive, request_bytes
from bench.product import FLOOR_PORT, WEB_PORT, Bench, running

ROUNDS, SECONDS = 3, 3.0


@dataclass(frozen=True)
class Work:
    """One kind of work: how the product and the floor are asked, and the ratio that is aimed at."""

    name: str
    product: Callable[[int], bytes]
    floor: Callable[[int], bytes] | None
    target: float


def _body(number: int) -> bytes:
    return json.dumps({"title": f"Disk full on db-{number}", "severity": "P1", "description": "92 % used"}).encode()


def _alert(number: int, *, distinct: bool) -> bytes:
    labels = {"alertname": "DiskFull", "instance": f"db-{number if distinct else 1}:9100", "severity": "warning"}
    alert = {
        "status": "firing",
        "labels": labels,
        "annotations": {"summary": f"Disk full on db-{number}"},
        "startsAt": "2026-11-20T15:00:00Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "fingerprint": f"{number if distinct else 1:016x}",
    }
    return json.dumps({"version": "4", "status": "firing", "groupKey": "{}", "alerts": [alert]}).encode()


def prepare(bench: Bench) -> tuple[str, str]:
    """1,000 incidents, one of them with 100 events; returns its reference and the floor's id."""
    auth = {"Authorization": f"Bearer {bench.token}", "Content-Type": "application/json"}

    def call(method: str, path: str, body: dict[str, object] | None = None) -> dict[str, object]:
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(
            f"http://127.0.0.1:{WEB_PORT}{path}", data, {**auth, "Host": "localhost"}, method=method
        )
        with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
            answer: dict[str, object] = json.loads(response.read())
            return answer

    first = call("POST", "/itsm/incidents", {"title": "One with a story", "severity": "P2"})
    for number in range(99):
        call(
            "POST",
            f"/api/orgs/bench/incidents/{first['reference']}/actions",
            {"actionKind": "NOTE", "label": f"n{number}"},
        )
    make = _with_key(bench, "POST", "/itsm/incidents", _body)
    drive(WEB_PORT, make, connections=8, seconds=3)
    return str(first["reference"]), floor.prepare(bench.database_url)


def _with_key(
    bench: Bench, method: str, path: str, body: Callable[[int], bytes] | None = None
) -> Callable[[int], bytes]:
    def make(number: int) -> bytes:
        data = body(number) if body else b""
        return request_bytes(method, path, WEB_PORT, data, Authorization=f"Bearer {bench.token}")

    return make


def works(bench: Bench, reference: str, floor_id: str) -> list[Work]:
    """The kinds of work of PERFORMANCE.md that go over HTTP."""
    intake = "/api/v1/webhooks/alerts/alertmanager"

    def at_floor(method: str, path: str, body: Callable[[int], bytes] | None = None) -> Callable[[int], bytes]:
        return lambda number: request_bytes(method, path, FLOOR_PORT, body(number) if body else b"")

    def new(number: int) -> bytes:
        return _alert(number, distinct=True)

    def duplicate(number: int) -> bytes:
        return _alert(number, distinct=False)

    listing = at_floor("GET", "/list")
    detail = at_floor("GET", f"/detail/{floor_id}")
    return [
        Work("W1 create", _with_key(bench, "POST", "/itsm/incidents", _body), at_floor("POST", "/create", _body), 0.30),
        Work("W2 accept new", _with_key(bench, "POST", intake, new), at_floor("POST", "/accept", new), 0.50),
        Work(
            "W2 accept duplicate",
            _with_key(bench, "POST", intake, duplicate),
            at_floor("POST", "/accept", duplicate),
            0.50,
        ),
        Work("W3 list of 50", _with_key(bench, "GET", "/itsm/incidents?status=open&limit=50"), listing, 0.30),
        Work("W4 one with 100 events", _with_key(bench, "GET", f"/api/orgs/bench/incidents/{reference}"), detail, 0.50),
    ]


def measure(work: Work) -> tuple[Result, Result]:
    """The product and the floor in turns, so that a busy machine hurts both."""
    product, bottom = Result(), Result()
    for _ in range(ROUNDS):
        product.add(drive(WEB_PORT, work.product, seconds=SECONDS))
        if work.floor:
            bottom.add(drive(FLOOR_PORT, work.floor, seconds=SECONDS))
    return product, bottom


def main() -> None:
    """Print one line for each kind of work."""
    with running() as bench:
        reference, floor_id = prepare(bench)
        print(f"{'work':26} {'product/s':>10} {'floor/s':>10} {'ratio':>6} {'target':>7} {'p50 ms':>7} {'p99 ms':>7}")
        for work in works(bench, reference, floor_id):
            product, bottom = measure(work)
            ratio = product.rate / bottom.rate if bottom.rate else 0.0
            print(
                f"{work.name:26} {product.rate:10.0f} {bottom.rate:10.0f} {ratio:6.2f} {work.target:7.2f}"
                f" {product.percentile(0.5):7.1f} {product.percentile(0.99):7.1f}  {product.statuses}",
                flush=True,
            )


if __name__ == "__main__":
    main()

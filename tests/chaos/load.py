"""The load: eight clients that send alerts until they are accepted, and write down what was before they go on."""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.chaos.installation import WEB_PORT

INTAKE = "/api/v1/webhooks/alerts/generic"
HOSTILE = (b"", b"null", b"[]", b'{"a":', b'{"title": 7}', b"\xff\xfe{", b'{"title": "\\u0000"}x')
RESENT, RESOLVED, HOSTILE_SHARE = 0.05, 0.10, 0.02


@dataclass
class Ledger:
    """What the clients know: accepted events by id, how long an answer took, and what was answered."""

    accepted: dict[str, dict[str, Any]] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    answers: dict[int, int] = field(default_factory=dict)
    broken: int = 0
    race_winners: list[int] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answered(self, status: int, seconds: float) -> None:
        """Count one answer."""
        with self.lock:
            self.answers[status] = self.answers.get(status, 0) + 1
            self.seconds.append(seconds)


class Client:
    """One connection that is made anew whenever it breaks."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.connection: http.client.HTTPConnection | None = None

    def send(self, method: str, path: str, body: bytes | None, **headers: str) -> tuple[int, bytes]:
        """One request; raises OSError or HTTPException where no answer came."""
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", WEB_PORT, timeout=15)
        try:
            all_headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json", **headers}
            self.connection.request(method, path, body, all_headers)
            response = self.connection.getresponse()
            return response.status, response.read()
        except (OSError, http.client.HTTPException):
            self.connection.close()
            self.connection = None
            raise


class Sender(threading.Thread):
    """Sends its share of the events. Every key belongs to one sender, so that its events have an order."""

    def __init__(self, number: int, count: int, keys: int, token: str, ledger: Ledger, seed: str) -> None:
        super().__init__(name=f"sender-{number}")
        self.number, self.count, self.keys, self.ledger = number, count, keys, ledger
        self.client = Client(token)
        self.seed = seed
        self.random = random.Random(f"{seed} {number}")
        self.last: tuple[str, bytes] | None = None

    def run(self) -> None:
        """Send until the share is accepted."""
        for index in range(self.count):
            if self.random.random() < HOSTILE_SHARE:
                self._hostile()
            event_id = f"event-{self.seed}-{self.number}-{index}"
            event = self._event()
            body = json.dumps(event).encode()
            self._until_accepted(event_id, body)
            with self.ledger.lock:
                self.ledger.accepted[event_id] = event
            if self.random.random() < RESENT:
                self._until_accepted(event_id, body)

    def _event(self) -> dict[str, Any]:
        # A few keys get most of the events, as in life.
        rank = min(int(self.random.paretovariate(0.6)), self.keys)
        status = "resolved" if self.random.random() < RESOLVED else "firing"
        return {
            "title": f"Alert {rank} of sender {self.number}",
            "severity": "critical",
            "status": status,
            "dedup_key": f"key-{self.number}-{rank}",
            "timestamp": datetime.now(UTC).isoformat(),
        }

    def _until_accepted(self, event_id: str, body: bytes) -> None:
        while True:
            began = time.monotonic()
            try:
                status, _ = self.client.send("POST", INTAKE, body, **{"Idempotency-Key": event_id})
            except (OSError, http.client.HTTPException):
                with self.ledger.lock:
                    self.ledger.broken += 1
                time.sleep(0.05)
                continue
            self.ledger.answered(status, time.monotonic() - began)
            if status == 202:
                return
            time.sleep(0.05)

    def _hostile(self) -> None:
        body = self.random.choice(HOSTILE)
        try:
            status, _ = self.client.send("POST", INTAKE, body)
        except (OSError, http.client.HTTPException):
            return
        self.ledger.answered(status, 0.0)


def race(token: str, ledger: Ledger, *, width: int = 16) -> None:
    """Let many clients acknowledge one open incident at once, and note how many were told that they did."""
    client = Client(token)
    try:
        status, body = client.send("GET", "/itsm/incidents?status=open&limit=1", None)
        found = json.loads(body) if status == 200 else {}
    except (OSError, http.client.HTTPException, ValueError):
        return
    rows = found.get("items", []) if isinstance(found, dict) else found
    if not rows:
        return
    path = f"/api/v1/incidents/{rows[0]['reference']}/status"
    wins: list[int] = []

    def one() -> None:
        try:
            code, _ = Client(token).send("PUT", path, b'{"status": "ACKNOWLEDGED"}')
        except (OSError, http.client.HTTPException):
            return
        ledger.answered(code, 0.0)
        if code == 200:
            wins.append(1)

    threads = [threading.Thread(target=one) for _ in range(width)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ledger.race_winners.append(len(wins))

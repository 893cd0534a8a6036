"""Playing the storyline against the running product: a thread that posts notifications as Alertmanager would."""

from __future__ import annotations

import contextlib
import heapq
import http.client
import itertools
import json
import threading
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

from itsm_site.demo.alertmanager import Alert, Alertmanager
from itsm_site.demo.storyline import ACTS, Act, noise
from orgs.clock import now
from orgs.durations import iso

PATH = "/api/v1/webhooks/alerts/alertmanager"
FIRST_ACT = 4.0
BETWEEN_ACTS = (45.0, 90.0)
_TICK = 0.25
_RETRY = 3.0
_MOST_NOISE = 10


class Post:
    """Sends bodies to the intake with a key."""

    def __init__(self, host: str, port: int, key: str) -> None:
        self.host, self.port, self.key = host, port, key

    def __call__(self, body: dict[str, Any]) -> bool:
        """Whether the intake took it; what it did not take is sent again later."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=5)
        headers = {
            "Host": "localhost",
            "Content-Type": "application/json",
            "User-Agent": "Alertmanager/0.34.0",
            "Authorization": f"Bearer {self.key}",
        }
        try:
            connection.request("POST", PATH, json.dumps(body).encode(), headers)
            return connection.getresponse().status == 202
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


class Traffic(threading.Thread):
    """Acts one after the other, and small alerts all the time, until told to stop.

    What still fires then is kept in a file, so that the next run ends it instead of leaving it open for ever.
    """

    def __init__(
        self, post: Callable[[dict[str, Any]], bool], *, chance: Random, say: Callable[[str], None], memory: Path
    ) -> None:
        super().__init__(name="traffic", daemon=True)
        self.post, self.chance, self.say, self.memory = post, chance, say, memory
        self.stopping = threading.Event()
        self.manager = Alertmanager()
        self.clock = time.monotonic
        self._order = itertools.count()
        self._agenda: list[tuple[float, int, Callable[[], None]]] = []
        self._acts = itertools.cycle(ACTS)
        self._not_before = 0.0

    def run(self) -> None:
        """Called in the thread."""
        self.begin()
        while not self.stopping.wait(_TICK):
            self.turn()
        self.remember()

    def stop(self) -> None:
        """End within a moment; a notification that is under way is waited for."""
        self.stopping.set()
        self.join(3)

    def begin(self) -> None:
        """Put the first things on the agenda."""
        self._resume()
        self._in(FIRST_ACT, self._next_act)
        self._in(1.0, self._stir)

    def turn(self) -> None:
        """Do what is due, then send what there is to tell."""
        while self._agenda and self._agenda[0][0] <= self.clock():
            heapq.heappop(self._agenda)[2]()
        if self.clock() < self._not_before:
            return
        for key in self.manager.pending():
            if not self.post(self.manager.body(key)):
                # As Alertmanager does: keep it, and try again a little later.
                self._not_before = self.clock() + _RETRY
                return
            self.manager.delivered(key)
            self.remember()

    def _in(self, seconds: float, action: Callable[[], None]) -> None:
        heapq.heappush(self._agenda, (self.clock() + seconds, next(self._order), action))

    def _next_act(self) -> None:
        act: Act = next(self._acts)(self.chance)
        self.say(act.title)
        for beat in act.beats:
            self._in(beat.after, self._change(beat.alert, fires=beat.fires))
        self._in(act.length, lambda: self.say("… and it is over"))
        self._in(act.length + self.chance.uniform(*BETWEEN_ACTS), self._next_act)

    def _change(self, alert: Alert, *, fires: bool) -> Callable[[], None]:
        def change() -> None:
            (self.manager.fire if fires else self.manager.resolve)(alert, now())

        return change

    def _stir(self) -> None:
        """One small alert begins, and ends by itself after a while."""
        if len(self.manager.firing()) < _MOST_NOISE + 7:
            alert = noise(self.chance)
            self.manager.fire(alert, now())
            self._in(self.chance.uniform(40, 200), self._change(alert, fires=False))
        self._in(self.chance.uniform(5, 16), self._stir)

    def remember(self) -> None:
        """Write down what still fires."""
        held = [
            {"labels": alert.labels, "annotations": alert.annotations, "query": alert.query, "since": iso(since)}
            for alert, since in self.manager.held()
        ]
        self.memory.write_text(json.dumps(held), encoding="utf-8")

    def _resume(self) -> None:
        """What fired when the last run was stopped ends now, one after the other."""
        if not self.memory.is_file():
            return
        held: list[tuple[Alert, datetime]] = []
        # A file that was cut off, or is of another release, is as good as none.
        with contextlib.suppress(ValueError, TypeError, KeyError):
            for entry in json.loads(self.memory.read_text(encoding="utf-8")):
                alert = Alert(dict(entry["labels"]), dict(entry["annotations"]), str(entry["query"]))
                held.append((alert, datetime.fromisoformat(entry["since"])))
        self.memory.unlink()
        self.manager.resume(held)
        for number, (alert, _) in enumerate(held):
            self._in(2 + number, self._change(alert, fires=False))

"""Running a demonstration: make its data or keep them, start everything, say how to get in, and let it live."""

from __future__ import annotations

import contextlib
import http.client
import os
import time
from pathlib import Path
from random import SystemRandom
from typing import Any

from django.conf import settings
from django.db import connection

from itsm_site.demo.chronicle import Chronicle
from itsm_site.demo.console import Console, block
from itsm_site.demo.organisation import NAMES, NORTHGATE, PEOPLE, QUAYSIDE, Person, known
from itsm_site.demo.place import Place
from itsm_site.demo.seeding import Interrupted, make
from itsm_site.demo.surroundings import free_port
from itsm_site.demo.traffic import Post, Traffic
from itsm_site.serving import CannotServe, claim_port, prepare, wait_until_ready, web, worker
from itsm_site.supervisor import Child, Supervisor
from orgs.clock import now
from orgs.durations import clock
from orgs.models import Organisation

GRACE = 6.0
"""Seconds that each process gets to end when the demo stops."""
_TICK = 0.2
_PAUSE = 0.03
_LAST_LINES = 15


class Demonstration:
    """One run, from the command to Ctrl-C."""

    def __init__(self, console: Console, *, reset: bool, traffic: bool) -> None:
        self.console, self.reset, self.wants_traffic = console, reset, traffic
        self.host, self.port = _address(settings.ENVIRONMENT.bind), settings.PORT
        self.place = Place(settings.ITSM_DATA_DIR)
        self.supervisor = Supervisor([], directory=settings.BASE_DIR, say=lambda text: console.line(f"  {text}"))
        self.traffic: Traffic | None = None
        self._pids: list[int | None] = []
        self._is_whole, self._look_again_at = False, 0.0

    def run(self) -> None:
        """Do all of it; returns after Ctrl-C. Raises ``CannotServe`` with a sentence for people."""
        self.supervisor.stop_on_signals()
        lock = self.place.occupy(settings.ITSM_PUBLIC_URL)
        try:
            self._check_port()
            self._make_room()
            self._start(lock)
            self._live()
        except Interrupted:
            if self.place.is_begun:
                self.console.line("\n  Interrupted while the data were being made; the next start makes them anew.")
        finally:
            self._stop()
            os.close(lock)

    # --- before -----------------------------------------------------------------------------------

    def _check_port(self) -> None:
        try:
            claim_port(settings.ENVIRONMENT.bind, self.port)
        except CannotServe as error:
            message = f"{error} For example: make demo PORT={free_port(self.port)}"
            raise CannotServe(message) from None

    def _make_room(self) -> None:
        """Remove old data where that is asked for, or where they were never finished."""
        if not (self.reset or self.place.is_begun):
            return
        if Path(settings.DATABASES["default"]["NAME"]) != self.place.directory / "opsledger.sqlite3":
            message = "Only the demo's own SQLite file can be made anew; empty the database of DATABASE_URL yourself."
            raise CannotServe(message)
        if not self.reset:
            self.console.line("  The last start was interrupted before its data were whole; they are made anew.")
        elif _database_file().exists() and not self.place.is_known:
            message = f"{self.place.directory} holds data that no demo made; they are not removed."
            raise CannotServe(message)
        self.place.clear()

    # --- start ------------------------------------------------------------------------------------

    def _start(self, lock: int) -> None:
        self.place.log_folder.mkdir(exist_ok=True)
        with self.console.step("Database") as step:
            prepare(step.progress)
            step.progress("ready")
        # The web process comes up while the data are made; a worker would take the alerts of the past for new.
        self._add(web(), lock)
        credentials = self._data()
        self._add(worker(), lock)
        with self.console.step("Pages") as step:
            step.progress("starting")
            self._wait_for_web()
            step.progress("ready")
        if self.supervisor.stopping.is_set():
            raise Interrupted
        self._say_how(credentials)
        if self.wants_traffic:
            self._let_alerts_in(credentials)

    def _add(self, child: Child, lock: int) -> None:
        if self.supervisor.stopping.is_set():
            raise Interrupted
        child.grace = GRACE
        child.keep_open = (lock,)
        child.log = self.place.log_folder / f"{child.name}.log"
        child.log.unlink(missing_ok=True)
        self.supervisor.add(child)
        self._note()

    def _note(self) -> None:
        pids = {child.name: child.pid for child in self.supervisor.children if child.pid is not None}
        self.place.note(settings.ITSM_PUBLIC_URL, pids)

    def _data(self) -> dict[str, Any]:
        """The credentials of the data that are there, or of those that are made now."""
        organisations = set(Organisation.objects.values_list("slug", flat=True))
        connection.close()
        usable = self.place.is_made or self.place.is_growing
        if usable and NORTHGATE in organisations:
            credentials = self.place.credentials()
            self.console.line("  Data            kept from before (--reset makes them anew)")
        elif organisations:
            message = (
                f"The database holds organisations that no demo made ({', '.join(sorted(organisations)[:3])}). Give the "
                "demo a place of its own: unset DATABASE_URL, or set ITSM_DATA_DIR to an empty directory."
            )
            raise CannotServe(message)
        else:
            credentials = make(self.console, self.place, interrupted=self.supervisor.stopping.is_set)
        self.place.keep_credentials({"url": settings.ITSM_PUBLIC_URL, **credentials})
        return credentials

    def _wait_for_web(self) -> None:
        try:
            wait_until_ready(self.supervisor, self.port, self.host)
        except CannotServe:
            for line in _last_lines(self.place.log_folder / "web.log"):
                self.console.line(f"    {line}")
            raise

    def _status(self, path: str) -> int:
        probe = http.client.HTTPConnection(self.host, self.port, timeout=2)
        with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(probe):
            probe.request("GET", path, headers={"Host": "localhost"})
            return probe.getresponse().status
        return 0

    # --- alive ------------------------------------------------------------------------------------

    def _say_how(self, credentials: dict[str, Any]) -> None:
        url, first = settings.ITSM_PUBLIC_URL, credentials["organisations"][NORTHGATE]
        people = [person for person in PEOPLE[NORTHGATE] if person.listed]
        rows = [
            ("Open", [url]),
            (
                "Sign in",
                [
                    f"password of everybody: {credentials['password']}",
                    *(_sign_in(person, person.post) for person in people),
                    *(_sign_in(person, f"runs {NAMES[QUAYSIDE]}") for person in PEOPLE[QUAYSIDE][:1]),
                ],
            ),
            ("API key", [first["api_key"], f"curl -H 'Authorization: Bearer {first['api_key']}' {url}/itsm/incidents"]),
            ("Files", [f"{_short(self.place.credentials_file)}, logs in {_short(self.place.log_folder)}"]),
        ]
        self.console.line(f"\n{block(rows)}\n")
        sent = "Alerts come in as Alertmanager would send them. " if self.wants_traffic else ""
        self.console.line(f"  {sent}Ctrl-C stops everything.\n")

    def _let_alerts_in(self, credentials: dict[str, Any]) -> None:
        post = Post(self.host, self.port, credentials["organisations"][NORTHGATE]["alert_key"])
        self.traffic = Traffic(
            post,
            chance=SystemRandom(),
            say=self._tell,
            memory=self.place.alerts_file,
        )
        self.traffic.start()

    def _live(self) -> None:
        """Look after the processes until somebody stops them, and tell the rest of the history meanwhile."""
        if self.place.is_growing:
            self._grow()
        while not self.supervisor.stopping.wait(_TICK):
            self._look_after()

    def _grow(self) -> None:
        chronicle = Chronicle.resume(self.place)

        def after_each(told: int, total: int) -> None:
            self.console.show(f"  older incidents are written: {told} of {total}")
            self._look_after()
            # One writer at a time: whoever waits goes first.
            if self.supervisor.stopping.wait(_PAUSE):
                raise Interrupted

        try:
            chronicle.tell_rest(known(), after_each)
        except Interrupted:
            return
        finally:
            connection.close()
        self.place.finish()
        self._tell(f"history is complete: {chronicle.total} incidents of three weeks, every one sealed")

    def _look_after(self) -> None:
        self.supervisor.tend()
        present = [child.pid for child in self.supervisor.children]
        if present != self._pids:
            self._pids = present
            self._note()
        if not self._is_whole and time.monotonic() >= self._look_again_at:
            self._look_again_at = time.monotonic() + 1
            self._is_whole = self._status("/api/v1/health/ready") == 200
            if self._is_whole:
                self._tell("worker and beat are at work")

    def _tell(self, text: str) -> None:
        self.console.story(text, clock(now()))

    def _stop(self) -> None:
        if not self.supervisor.children:
            return
        self.console.line("\n  Stopping …")
        if self.traffic is not None:
            self.traffic.stop()
        self.supervisor.stop()
        stay = self.place.is_made or self.place.is_growing
        self.console.line("  Stopped. The data stay for the next time." if stay else "  Stopped.")


def _sign_in(person: Person, post: str) -> str:
    return f"{person.username:<8}{person.name:<17}{person.roles[0]:<17}{post}"


def _address(bind: str) -> str:
    """Where we reach what listens there ourselves."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(bind, bind)  # noqa: S104 - a comparison


def _database_file() -> Path:
    return Path(settings.DATABASES["default"]["NAME"])


def _last_lines(file: Path) -> list[str]:
    if not file.is_file():
        return []
    return file.read_text(encoding="utf-8", errors="replace").splitlines()[-_LAST_LINES:]


def _short(path: Path) -> str:
    """The path as seen from here, where it lies below."""
    with contextlib.suppress(ValueError):
        return str(path.relative_to(Path.cwd()))
    return str(path)

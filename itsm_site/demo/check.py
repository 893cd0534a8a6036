"""`manage.py demo --check`: an installation of its own, driven over HTTP from an alert to a verified ledger."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from cmdb.commands import create_ci
from incidents.states import Severity
from itsm_site.demo.alertmanager import CRITICAL, Alertmanager, alert_on
from itsm_site.demo.console import Console
from itsm_site.demo.findings import Failed, check_chain, check_closed, check_opened, check_page, expect
from itsm_site.demo.organisation import intake_key, passphrase
from itsm_site.demo.place import Place
from itsm_site.demo.traffic import PATH as INTAKE_PATH
from itsm_site.demo.visitor import Answer, Visitor, hidden_fields
from itsm_site.serving import CannotServe, prepare, wait_until_ready, web, worker
from itsm_site.supervisor import Supervisor
from orgs.authentication import actor_for_user
from orgs.clock import now
from orgs.commands import add_member, create_organisation, create_user, issue_key
from orgs.errors import DomainError
from orgs.roles import Role

ORG, CI, SERVICE = "check", "hv-b03", "checkout"
USER = "checker"
PARTS_WITHIN, EFFECT_WITHIN = 45.0, 15.0
LEDGER_WITHIN = 60.0
GRACE = 6.0
_POLL = 0.1


@dataclass
class Found:
    """What earlier steps found out for later ones."""

    api_key: str = ""
    alert_key: str = ""
    password: str = ""
    body: dict[str, Any] | None = None
    reference: str = ""


class Check:
    """The check: its steps in order, each with a mark and its time; it stops at the first that fails."""

    def __init__(self, console: Console, directory: Path) -> None:
        self.console, self.place = console, Place(directory)
        self.found = Found()
        children = [web(), worker()]
        for child in children:
            child.grace, child.log = GRACE, directory / f"{child.name}.log"
        self.supervisor = Supervisor(
            children, directory=settings.BASE_DIR, say=lambda text: console.line(f"    {text}")
        )
        self.steps: tuple[tuple[str, Callable[[], None]], ...] = (
            ("database, organisation, people and keys", self.found_organisation),
            ("web, worker and beat are ready", self.start),
            ("a body of Alertmanager is taken with 202", self.post_alert),
            (f"it is an incident of P1 with {CI} linked to it", self.find_incident),
            ("acknowledged through /api/v1", self.acknowledge),
            ("resolved through /itsm", self.resolve),
            ("closed through /api/v1", self.close),
            ("all three dialects tell the same of it", self.read_dialects),
            ("its events are whole and chained", self.read_events),
            ("the body run again makes no second incident", self.replay),
            ("signed in to the pages", self.sign_in),
            ("overview, list and war room show it", self.load_pages),
            ("ledger verify", lambda: self.ledger("verify")),
            ("ledger rebuild --check", lambda: self.ledger("rebuild", "--check")),
        )

    def run(self) -> bool:
        """Take every step; whether all went well. Always cleans up."""
        self.supervisor.stop_on_signals()
        began = time.monotonic()
        self.console.line(f"\n  Opsledger check, port {settings.PORT}, data in {self.place.directory}\n")
        try:
            good = all(self._took(label, step) for label, step in self.steps)
            if not good and not self.supervisor.stopping.is_set():
                self._show_logs()
        finally:
            self.supervisor.stop()
            self.place.destroy()
        verdict = "passed" if good else "failed"
        self.console.line(f"\n  {verdict} in {time.monotonic() - began:.1f} s; nothing is left behind")
        return good

    def _took(self, label: str, step: Callable[[], None]) -> bool:
        began = time.monotonic()
        reason = ""
        try:
            step()
        except (Failed, CannotServe, DomainError, subprocess.SubprocessError) as error:
            reason = str(error) or type(error).__name__
        if self.supervisor.stopping.is_set():
            reason = "interrupted"
        self.console.line(f"  {'✗' if reason else '✓'} {label:<52}{time.monotonic() - began:>6.1f} s")
        if reason:
            self.console.line(f"      {reason}")
        return not reason

    def _show_logs(self) -> None:
        for child in self.supervisor.children:
            if child.log is not None and child.log.is_file():
                for line in child.log.read_text(encoding="utf-8", errors="replace").splitlines()[-10:]:
                    self.console.line(f"      {child.name}: {line[:300]}")

    # --- the steps --------------------------------------------------------------------------------

    def found_organisation(self) -> None:
        """Migrate, and make what a first operator would make."""
        prepare(lambda text: None)
        org = create_organisation(slug=ORG, name="Check")
        self.found.password = passphrase()
        user = create_user(username=USER, password=self.found.password, full_name="Chris Checker")
        add_member(actor=None, org=org, user=user, roles=[Role.ORG_ADMIN, Role.SRE_LEAD])
        actor = actor_for_user(user, org)
        expect(actor is not None, "the person is no member of the organisation")
        assert actor is not None  # noqa: S101 - for the type checker; expect has just said so
        create_ci(actor=actor, name=CI, kind="hypervisor", criticality="high", environment="production")
        create_ci(actor=actor, name=SERVICE, kind="service", criticality="critical", depends_on=[CI])
        roles = [Role.ONCALL_ENGINEER, Role.SRE_LEAD, Role.ORG_ADMIN]
        _, self.found.api_key = issue_key(actor=None, org=org, name="check", roles=roles)
        self.found.alert_key = intake_key(org)
        connection.close()

    def start(self) -> None:
        """Start both processes and wait until every part has shown a sign of life."""
        self.supervisor.start()
        wait_until_ready(self.supervisor, settings.PORT)
        visitor = Visitor("127.0.0.1", settings.PORT)
        answer = self._wait(lambda: visitor.get("/api/v1/health/ready"), lambda a: a.status == 200, PARTS_WITHIN)
        expect(answer.status == 200, f"/api/v1/health/ready answers {answer.status}: {answer.text[:300]}")

    def post_alert(self) -> None:
        """Post one critical alert that names a machine and a service."""
        manager = Alertmanager()
        text = "checkout answers 5xx to 7.4 % of requests"
        manager.fire(alert_on("CheckoutErrorRateHigh", CI, CRITICAL, text, "Threshold 2 %.", service=SERVICE), now())
        self.found.body = manager.body(manager.pending()[0])
        answer = self._visitor(self.found.alert_key).send("POST", INTAKE_PATH, self.found.body)
        expect(answer.status == 202, f"the intake answers {answer.status}: {answer.text[:300]}")

    def find_incident(self) -> None:
        """Wait for the one incident that it makes."""
        answer = self._wait(self._list, lambda a: bool(_items(a)), EFFECT_WITHIN)
        expect(answer.status == 200, f"/itsm/incidents answers {answer.status}: {answer.text[:300]}")
        self.found.reference = check_opened(_items(answer), severity=Severity.P1, names={CI, SERVICE})

    def acknowledge(self) -> None:
        """First dialect."""
        self._step("PUT", f"/api/v1/incidents/{self.found.reference}/status", {"status": "ACKNOWLEDGED"})

    def resolve(self) -> None:
        """Second dialect."""
        cause = {"resolution": "Rolled back.", "root_cause": "A release that used up its connections."}
        self._step("POST", f"/itsm/incidents/{self.found.reference}/resolve", cause)

    def close(self) -> None:
        """A resolved incident is closed, and that is final."""
        self._step("PUT", f"/api/v1/incidents/{self.found.reference}/status", {"status": "CLOSED"})

    def read_dialects(self) -> None:
        """One record in three languages."""
        visitor = self._visitor(self.found.api_key)
        paths = ("/itsm/incidents", "/api/v1/incidents", f"/api/orgs/{ORG}/incidents")
        answers = [visitor.get(f"{path}/{self.found.reference}") for path in paths]
        for path, answer in zip(paths, answers, strict=True):
            expect(answer.status == 200, f"{path}/… answers {answer.status}: {answer.text[:300]}")
        check_closed(*(answer.json() for answer in answers))

    def read_events(self) -> None:
        """The raw stream."""
        path = f"/api/orgs/{ORG}/incidents/{self.found.reference}/events"
        answer = self._visitor(self.found.api_key).get(path)
        expect(answer.status == 200, f"{path} answers {answer.status}: {answer.text[:300]}")
        check_chain(answer.json()["events"])

    def replay(self) -> None:
        """The stored body once more, and the same bytes from outside once more."""
        visitor = self._visitor(self.found.api_key)
        stored = visitor.get("/api/v1/intake").json()
        expect(isinstance(stored, list) and len(stored) == 1, f"/api/v1/intake lists {stored!r:.200}, not the one body")
        item = f"/api/v1/intake/{stored[0]['id']}"
        answer = visitor.send("POST", f"{item}/replay", {})
        expect(answer.status == 202, f"replay answers {answer.status}: {answer.text[:300]}")
        again = self._visitor(self.found.alert_key).send("POST", INTAKE_PATH, self.found.body)
        expect(again.status == 202, f"the intake answers {again.status}: {again.text[:300]}")
        path = "/api/v1/intake?state=done"
        done = self._wait(lambda: visitor.get(path), lambda a: len(a.json() or []) == 2, EFFECT_WITHIN)
        expect(len(done.json() or []) == 2, f"the bodies were not applied again: {visitor.get(item).text[:300]}")
        incidents = _items(self._list())
        expect(len(incidents) == 1, f"there are {len(incidents)} incidents now")

    def sign_in(self) -> None:
        """With the form, as a person."""
        self.person = Visitor("127.0.0.1", settings.PORT)
        form = self.person.get("/sign-in")
        expect(form.status == 200, f"/sign-in answers {form.status}")
        fields = {**hidden_fields(form.text), "username": USER, "password": self.found.password}
        answer = self.person.submit("/sign-in", fields)
        expect(answer.status in (302, 303), f"signing in answers {answer.status}: {answer.text[:200]}")

    def load_pages(self) -> None:
        """What a person looks at first."""
        reference = self.found.reference
        check_page("/", self.person.get("/"), "Check")
        check_page("/incidents", self.person.get(f"/incidents?q={reference}"), reference)
        check_page("the war room", self.person.get(f"/incidents/{reference}"), "checkout answers 5xx")

    def ledger(self, *words: str) -> None:
        """As an operator would, in a process of its own."""
        argv = [sys.executable, str(settings.BASE_DIR / "manage.py"), "ledger", *words]
        done = subprocess.run(  # noqa: S603 - our own command, no shell
            argv, capture_output=True, text=True, timeout=LEDGER_WITHIN, check=False
        )
        expect(done.returncode == 0, f"exit code {done.returncode}: {(done.stdout + done.stderr).strip()[-300:]}")

    # --- parts of steps ---------------------------------------------------------------------------

    def _visitor(self, key: str) -> Visitor:
        return Visitor("127.0.0.1", settings.PORT, key)

    def _list(self) -> Answer:
        return self._visitor(self.found.api_key).get("/itsm/incidents")

    def _step(self, method: str, path: str, value: dict[str, str]) -> None:
        answer = self._visitor(self.found.api_key).send(method, path, value)
        expect(answer.status == 200, f"{method} {path} answers {answer.status}: {answer.text[:300]}")

    def _wait(self, look: Callable[[], Answer], enough: Callable[[Answer], bool], seconds: float) -> Answer:
        """Look again and again until it is enough or the time is over; what was seen last."""
        deadline = time.monotonic() + seconds
        answer = look()
        while not enough(answer) and time.monotonic() < deadline and not self.supervisor.stopping.wait(_POLL):
            self.supervisor.tend()
            answer = look()
        return answer


def _items(answer: Answer) -> list[dict[str, Any]]:
    value = answer.json()
    found: list[dict[str, Any]] = value.get("items", []) if isinstance(value, dict) else []
    return found

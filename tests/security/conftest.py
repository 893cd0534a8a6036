"""An organisation in which every text that can be stored is one of the payloads."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import pytest
from django.conf import settings
from django.test import Client

from cmdb.commands import create_ci, set_dependencies, update_ci
from incidents import commands
from incidents.commands import Signal
from incidents.models import Incident
from integrations.intake.drain import drain
from integrations.intake.handover import hand_over
from orgs.actor import Actor
from orgs.authentication import actor_for_user
from orgs.clock import now
from orgs.commands import add_member, create_organisation, create_project, create_team, create_user, issue_key
from orgs.models import Organisation, User
from orgs.roles import Role
from orgs.tenancy import org_scope
from tests.conftest import PASSWORD
from tests.security.payloads import ADDRESSES, MARKDOWN, TEXTS
from timeline.checkpoints import seal

ROOMS = 8
# What acts on the words around it is refused in names.
PLAIN = [text for text in TEXTS if text.isprintable()]
EVERYTHING = "\n\n".join((*TEXTS, *MARKDOWN))


class Dealer:
    """Hands out payloads in turn, as many as fit, so that every field has all of them after a few records."""

    def __init__(self) -> None:
        self._decks: dict[int, itertools.cycle[str]] = {}

    def __call__(self, longest: int) -> str:
        """One or several payloads of at most so many characters together."""
        deck = self._decks.setdefault(longest, itertools.cycle([text for text in PLAIN if len(text) <= longest]))
        hand = next(deck)
        while longest >= 200 and len(hand) < longest - 70:
            hand += f" {next(deck)}"
        return hand


@dataclass
class Poisoned:
    """The organisation, somebody who may do everything there, and an incident with all there can be."""

    org: Organisation
    person: User
    actor: Actor
    rooms: list[Incident]
    cookie: str = ""


@pytest.fixture
def poisoned(db: None) -> Poisoned:
    """Stored through the commands and the intake, as people and senders would."""
    deal = Dealer()
    org = create_organisation(slug="poisoned", name=deal(200))
    person = create_user(username="mallory", password=PASSWORD, full_name="<img src=x onerror=__xss=1>", staff=True)
    add_member(actor=None, org=org, user=person, roles=Role.values)
    actor = actor_for_user(person, org)
    assert actor is not None
    made = Poisoned(org, person, actor, [])
    with org_scope(org):
        _people(made, deal)
        _items(made, deal)
        _incidents(made, deal)
    _deliver(made, deal)
    with org_scope(org):
        seal(org)
    client = Client()
    client.force_login(person)
    made.cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    return made


def _people(made: Poisoned, deal: Callable[[int], str]) -> None:
    for number in range(3):
        create_team(actor=made.actor, org=made.org, name=f"t{number} {deal(190)}", members=[made.person])
        create_project(actor=made.actor, slug=f"p{number}", name=deal(200))
        issue_key(actor=made.actor, org=made.org, name=deal(200), roles=["MEMBER"])


def _items(made: Poisoned, deal: Callable[[int], str]) -> None:
    before = None
    for number, text in enumerate(PLAIN):
        item = create_ci(
            actor=made.actor,
            name=f"{text} {number}",
            kind=deal(64),
            environment=deal(64),
            criticality="critical",
            source="netbox",
            external_id=f"{number} {deal(200)}",
            attributes={f"{number} {deal(64)}": text, "runbook": ADDRESSES[number % len(ADDRESSES)]},
        )
        if before is not None and number < 12:
            set_dependencies(actor=made.actor, ci=item, depends_on=[str(before.pk)])
        before = item
    update_ci(actor=made.actor, ci=before, changes={"kind": deal(64), "attributes": {"a": EVERYTHING[:1000]}})


def _incidents(made: Poisoned, deal: Callable[[int], str]) -> None:
    actor, first = made.actor, None
    for number in range(ROOMS):
        row = commands.create_incident(
            actor=actor,
            title=f"{deal(450)} {TEXTS[-1]}",
            severity=f"P{number % 4 + 1}",
            description=EVERYTHING,
            affected_cis=[f"{text} {at}" for at, text in enumerate(PLAIN)][number * 4 : number * 4 + 4],
            services=[deal(200)],
            service_name=deal(200),
            environment=deal(100),
            source=deal(100),
            detected_by=deal(200),
            assigned_to=deal(200),
            correlation_key=deal(500),
            tags=[deal(50), f"{deal(48)} ."],
            runbook_path=ADDRESSES[number % len(ADDRESSES)].strip().replace("\t", " "),
            follows=first,
            signals=[
                Signal(deal(40), deal(200), EVERYTHING, key=deal(300), firing=True, data={deal(100): EVERYTHING}),
                Signal(deal(40), deal(200), deal(500), trace_id=deal(200), service_name=deal(200), data=EVERYTHING),
            ],
        )
        first = first or row
        made.rooms.append(row)
    for row in made.rooms[:2]:
        _work(made, row, deal)
    commands.resolve(actor=actor, incident=made.rooms[1].pk, resolution=EVERYTHING, root_cause=EVERYTHING)
    commands.hold(actor=actor, incident=made.rooms[0].pk, reason="vendor", note=deal(500))


def _work(made: Poisoned, row: Incident, deal: Callable[[int], str]) -> None:
    at = {"actor": made.actor, "incident": row.pk}
    commands.change_status(**at, to="investigating", reason=deal(500))
    for kind in ("note", "decision", "hypothesis"):
        commands.add_note(**at, text=EVERYTHING, kind=kind)
    commands.add_action(**at, kind=deal(40), label=deal(500), details=EVERYTHING)
    commands.add_tag(**at, tag=f"{deal(48)} ?")
    commands.change_severity(**at, to="P4" if row.severity == "P1" else "P1", reason=deal(500))
    commands.assign(**at, to=deal(200))
    commands.link_ticket(**at, platform=deal(40), ticket=deal(100), url=ADDRESSES[-1])
    commands.record_slo_violation(
        **at,
        slo_id=deal(200),
        window_start=now() - timedelta(hours=1),
        window_end=now(),
        error_budget_consumed=Decimal("0.4"),
        threshold_breached=True,
        details=EVERYTHING,
    )


def _deliver(made: Poisoned, deal: Callable[[int], str]) -> None:
    with org_scope(made.org):
        _, token = issue_key(actor=None, org=made.org, name=deal(200), roles=["MEMBER"])
    client = Client(headers={"Authorization": f"Bearer {token}", "User-Agent": deal(200)})
    generic = [
        {
            "title": deal(500),
            "message": EVERYTHING,
            "severity": deal(64),
            "source": deal(200),
            "service": deal(200),
            "environment": deal(100),
            "ci": deal(200),
            "url": ADDRESSES[number],
            "dedup_key": f"{number} {deal(200)}",
            "labels": {deal(64): deal(200), "runbook_url": ADDRESSES[-1]},
        }
        for number in range(len(ADDRESSES))
    ]
    manager = [
        {
            "status": "firing",
            "labels": {"alertname": deal(200), "severity": "critical", "instance": deal(200), "n": str(number)},
            "annotations": {"summary": deal(200), "description": EVERYTHING, "runbook_url": address},
            "generatorURL": address,
        }
        for number, address in enumerate(ADDRESSES)
    ]
    pager = {
        "event_action": "trigger",
        "dedup_key": deal(200),
        "client": deal(200),
        "client_url": ADDRESSES[0],
        "links": [{"href": address, "text": deal(64)} for address in ADDRESSES],
        "images": [{"src": address, "href": address, "alt": deal(64)} for address in ADDRESSES],
        "payload": {
            "summary": deal(500),
            "source": deal(200),
            "severity": "critical",
            "component": deal(200),
            "custom_details": {deal(64): EVERYTHING},
        },
    }
    for source, body in (
        ("generic", json.dumps({"alerts": generic})),
        ("alertmanager", json.dumps({"version": "4", "groupKey": deal(200), "alerts": manager})),
        ("alertmanager", EVERYTHING),
        ("pagerduty", json.dumps(pager)),
    ):
        answer = client.post(f"/api/v1/webhooks/alerts/{source}", body, content_type="application/json")
        assert answer.status_code == 202, answer.content
    drain()
    hand_over()

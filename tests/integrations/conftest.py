"""Bodies as senders write them, and the way that they take: accepted, applied, handed over."""

import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from incidents.models import Incident
from integrations.intake.drain import drain
from integrations.intake.inbox import accept
from integrations.intake.sources import SOURCES
from integrations.models import Alert, InboxItem
from orgs.actor import Actor, ActorKind
from orgs.models import Organisation
from orgs.roles import Role
from orgs.tenancy import org_scope

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def at(minute: float) -> datetime:
    """A minute after noon."""
    return NOON + timedelta(minutes=minute)


def stamp(minute: float) -> str:
    """The same as RFC 3339."""
    return at(minute).isoformat().replace("+00:00", "Z")


@dataclass
class Intake:
    """The intake of one organisation, at the pace of the test."""

    org: Organisation

    @property
    def actor(self) -> Actor:
        """The key that a sender would present."""
        return Actor(ActorKind.API_KEY, "ops_test", "sender", self.org.id, frozenset({Role.MEMBER}))

    def accept(self, source: str, body: Any, *, event_id: str = "") -> InboxItem:
        """Answer 202, as the webhook would; returns the stored item."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        check = SOURCES[source].check
        accepted = check(raw, {}) if check else None
        receipt = accept(
            actor=self.actor,
            source=source,
            raw=raw,
            headers={},
            given=accepted.given if accepted else {},
            event_id=event_id or (accepted.event_id if accepted else ""),
        )
        return InboxItem.all_orgs_unsafe.get(pk=receipt.item_id)

    def send(self, source: str, body: Any, **options: Any) -> InboxItem:
        """Accept a body and let the workers finish; returns the item as it then is."""
        item = self.accept(source, body, **options)
        drain()
        item.refresh_from_db()
        return item

    def alertmanager(self, *alerts: dict[str, Any], **members: Any) -> InboxItem:
        """One body of Alertmanager with these alerts, worked off."""
        return self.send("alertmanager", body_of(*alerts, **members))

    def alerts(self, **wanted: Any) -> list[Alert]:
        """The alerts, in the order in which they began."""
        return list(Alert.all_orgs_unsafe.filter(org=self.org, **wanted).order_by("fingerprint", "episode"))

    def incidents(self) -> list[Incident]:
        """The incidents, the oldest first."""
        return list(Incident.all_orgs_unsafe.filter(org=self.org).order_by("created_at", "reference"))


@pytest.fixture
def intake(org: Organisation) -> Iterator[Intake]:
    """The intake of `org`; queries of the test are confined to it."""
    with org_scope(org):
        yield Intake(org)


@pytest.fixture
def clock() -> Iterator[Callable[[float], None]]:
    """`clock(5)` sets the time to five minutes after noon."""
    with time_machine.travel(NOON, tick=False) as traveller:
        yield lambda minute: traveller.move_to(at(minute))


def alert(
    name: str = "DiskFull",
    *,
    starts: float = 0,
    ends: float | None = None,
    severity: str = "critical",
    fingerprint: str = "",
    annotations: dict[str, str] | None = None,
    **labels: str,
) -> dict[str, Any]:
    """One member of an Alertmanager body; with `ends` it is resolved."""
    return {
        "status": "firing" if ends is None else "resolved",
        "labels": {"alertname": name, "severity": severity, **labels},
        "annotations": annotations or {"summary": f"{name} is firing"},
        "startsAt": stamp(starts),
        "endsAt": "0001-01-01T00:00:00Z" if ends is None else stamp(ends),
        "generatorURL": "http://prometheus.example.net:9090/graph",
        "fingerprint": fingerprint or uuid.uuid5(uuid.NAMESPACE_DNS, name + str(labels)).hex[:16],
    }


def body_of(*alerts: dict[str, Any], **members: Any) -> dict[str, Any]:
    """A whole Alertmanager body."""
    return {
        "version": "4",
        "groupKey": '{}:{alertname="X"}',
        "truncatedAlerts": 0,
        "status": "firing" if any(one["status"] == "firing" for one in alerts) else "resolved",
        "receiver": "itsm",
        "groupLabels": {},
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": "http://alertmanager.example.net:9093",
        "alerts": list(alerts),
        **members,
    }

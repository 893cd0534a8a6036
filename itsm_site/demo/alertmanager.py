"""A small Alertmanager: it groups alerts and words its notifications as the real one does (webhook version 4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

from integrations.intake.sources.alertmanager import fingerprint_of
from itsm_site.demo.datacenter import DOMAIN
from orgs.durations import iso

EXTERNAL_URL = "http://alertmanager.ng1.northgate.example:9093"
NOT_ENDED = "0001-01-01T00:00:00Z"
GROUP_BY = ("alertname", "site")
CRITICAL, HIGH, WARNING, INFO = "critical", "high", "warning", "info"
"""What rules call their severities; the intake maps them to P1 … P4."""


@dataclass(frozen=True)
class Alert:
    """One alert as its rule describes it; the labels alone say which it is."""

    labels: dict[str, str]
    annotations: dict[str, str] = field(default_factory=dict)
    query: str = "up == 0"

    @property
    def fingerprint(self) -> str:
        """What Alertmanager calls it by."""
        return fingerprint_of(self.labels)


def alert_on(
    rule: str, ci: str, severity: str, summary: str, description: str, *, cause: str = "", service: str = ""
) -> Alert:
    """An alert on one configuration item; those that share a ``cause`` belong together."""
    labels = {
        "alertname": rule,
        "severity": severity,
        "site": "ng1",
        "env": "production",
        "instance": f"{ci}.{DOMAIN}:9100",
    }
    if service:
        labels["service"] = service
    annotations = {
        "summary": summary,
        "description": description,
        "runbook_url": f"https://runbooks.northgate.example/{rule.lower()}",
    }
    if cause:
        annotations["correlation_key"] = cause
    return Alert(labels, annotations, f'{rule}{{instance="{ci}"}}')


@dataclass
class _Member:
    alert: Alert
    starts_at: datetime
    ends_at: datetime | None = None


@dataclass
class _Group:
    labels: dict[str, str]
    members: dict[str, _Member] = field(default_factory=dict)
    notified: bool = False
    reason: str = ""


class Alertmanager:
    """Holds what fires, and makes the bodies of the notifications that are due."""

    def __init__(self) -> None:
        self._groups: dict[str, _Group] = {}
        self._due: list[str] = []

    def fire(self, alert: Alert, at: datetime) -> None:
        """An alert begins, unless it fires already."""
        group = self._group(alert)
        known = group.members.get(alert.fingerprint)
        if known is None or known.ends_at is not None:
            group.members[alert.fingerprint] = _Member(alert, at)
            self._mark(alert, "new alerts added" if group.notified else "first notification")

    def resolve(self, alert: Alert, at: datetime) -> None:
        """An alert ends, if it fires."""
        member = self._group(alert).members.get(alert.fingerprint)
        if member is not None and member.ends_at is None:
            member.ends_at = at
            self._mark(alert, "some alerts resolved")

    def firing(self) -> list[Alert]:
        """What fires now."""
        members = (member for group in self._groups.values() for member in group.members.values())
        return [member.alert for member in members if member.ends_at is None]

    def resume(self, alerts: Iterable[tuple[Alert, datetime]]) -> None:
        """Take over what fired before a restart, as notified already."""
        for alert, starts_at in alerts:
            group = self._group(alert)
            group.members[alert.fingerprint] = _Member(alert, starts_at)
            group.notified = True

    def held(self) -> list[tuple[Alert, datetime]]:
        """What fires now and since when, to be resumed later."""
        members = (member for group in self._groups.values() for member in group.members.values())
        return [(member.alert, member.starts_at) for member in members if member.ends_at is None]

    def pending(self) -> list[str]:
        """The keys of the groups with something to tell, the oldest first."""
        return list(self._due)

    def body(self, key: str) -> dict[str, Any]:
        """The notification that a group has to send now."""
        group = self._groups[key]
        members = list(group.members.values())
        fires = any(member.ends_at is None for member in members)
        return {
            "receiver": "opsledger",
            "status": "firing" if fires else "resolved",
            "alerts": [_told(member) for member in members],
            "groupLabels": group.labels,
            "commonLabels": _common([member.alert.labels for member in members]),
            "commonAnnotations": _common([member.alert.annotations for member in members]),
            "externalURL": EXTERNAL_URL,
            "version": "4",
            "groupKey": key,
            "truncatedAlerts": 0,
            "notification_reason": group.reason if fires else "all alerts resolved",
        }

    def delivered(self, key: str) -> None:
        """The receiver took it: what was told as resolved is not told again."""
        group = self._groups[key]
        group.notified = True
        group.members = {name: member for name, member in group.members.items() if member.ends_at is None}
        self._due.remove(key)
        if not group.members:
            del self._groups[key]

    def _group(self, alert: Alert) -> _Group:
        labels = {name: alert.labels[name] for name in GROUP_BY if name in alert.labels}
        return self._groups.setdefault(_key(labels), _Group(labels))

    def _mark(self, alert: Alert, reason: str) -> None:
        group = self._group(alert)
        key = _key(group.labels)
        group.reason = reason
        if key not in self._due:
            self._due.append(key)


def _key(labels: dict[str, str]) -> str:
    inside = ", ".join(f'{name}="{value}"' for name, value in labels.items())
    return f"{{}}:{{{inside}}}"


def _told(member: _Member) -> dict[str, Any]:
    alert = member.alert
    return {
        "status": "firing" if member.ends_at is None else "resolved",
        "labels": alert.labels,
        "annotations": alert.annotations,
        "startsAt": iso(member.starts_at),
        "endsAt": NOT_ENDED if member.ends_at is None else iso(member.ends_at),
        "generatorURL": f"http://prometheus.ng1.northgate.example:9090/graph?g0.expr={quote(alert.query)}&g0.tab=1",
        "fingerprint": alert.fingerprint,
    }


def _common(mappings: list[dict[str, str]]) -> dict[str, str]:
    first, *others = mappings
    return {name: value for name, value in first.items() if all(other.get(name) == value for other in others)}

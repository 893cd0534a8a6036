"""Prometheus Alertmanager, webhook version "4"."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from integrations.intake.members import first_text, link, text_map
from integrations.intake.normalised import (
    FIRING,
    RESOLVED,
    Fault,
    GroupClosed,
    NormalisedAlert,
    ParsedBody,
    bounded_key,
)
from integrations.intake.reading import Unreadable, as_text
from integrations.intake.source import Given, Source
from integrations.intake.times import read_time

NAMELESS = "Alert without a name"
STATUSES = (FIRING, RESOLVED)
ENVIRONMENT_LABELS = ("environment", "env", "stage")
_MAPPED_ANNOTATIONS = frozenset(
    {"summary", "title", "description", "message", "runbook_url", "dashboard", "correlation_key"}
)
_FNV_OFFSET, _FNV_PRIME, _MASK = 0xCBF29CE484222325, 0x100000001B3, 0xFFFFFFFFFFFFFFFF


def parse(body: Any, given: Given) -> ParsedBody:
    """Every member by its own status; one that cannot be read is set aside without its neighbours."""
    if not isinstance(body, dict) or not isinstance(body.get("alerts"), list):
        raise Unreadable("no list of alerts: this is not the webhook format of Alertmanager")
    parsed = ParsedBody()
    for index, member in enumerate(body["alerts"]):
        flaws: list[str] = []
        alert = _alert(member, body, flaws)
        if alert is not None:
            parsed.alerts.append(alert)
        if flaws:
            parsed.faults.append(Fault(index, "; ".join(flaws), as_text(member)))
    if truncated := _truncated(body):
        parsed.notes["truncated"] = truncated
        if body.get("status") == RESOLVED and (group_key := _group_key(body)):
            ends = [alert.ends_at for alert in parsed.alerts if alert.ends_at]
            parsed.closed_groups.append(GroupClosed(group_key, max(ends, default=None)))
    return parsed


def _alert(member: Any, body: dict[str, Any], flaws: list[str]) -> NormalisedAlert | None:
    if not isinstance(member, dict):
        flaws.append("not an object")
        return None
    labels = text_map(member.get("labels"))
    fingerprint = first_text(member.get("fingerprint")) or (fingerprint_of(labels) if labels else "")
    if not fingerprint:
        flaws.append("neither labels nor a fingerprint: nothing tells it from others")
        return None
    status = _status(member, body, flaws)
    annotations = text_map(member.get("annotations"))
    starts_at = _time(member, "startsAt", flaws)
    ends_at = _time(member, "endsAt", flaws) if status == RESOLVED else None
    return NormalisedAlert(
        fingerprint=bounded_key(fingerprint),
        status=status or FIRING,
        doubtful=not status,
        title=first_text(annotations.get("summary"), annotations.get("title"), labels.get("alertname"), NAMELESS),
        description=first_text(annotations.get("description"), annotations.get("message")),
        severity=labels.get("severity", ""),
        origin=first_text(body.get("externalURL")),
        environment=first_text(*(labels.get(name) for name in ENVIRONMENT_LABELS)),
        labels=labels,
        links=[
            *link("Runbook", annotations.get("runbook_url")),
            *link("Dashboard", annotations.get("dashboard")),
            *link("Source", member.get("generatorURL")),
        ],
        details=_details(body, annotations),
        at=ends_at if status == RESOLVED else starts_at,
        starts_at=starts_at,
        ends_at=ends_at,
        names_episode=starts_at is not None,
        group_key=_group_key(body),
        correlation_key=first_text(labels.get("correlation_key"), annotations.get("correlation_key")),
        member=member,
    )


def _status(member: dict[str, Any], body: dict[str, Any], flaws: list[str]) -> str:
    """The member's own status; the group's says little. Empty, and remarked on, where it is none."""
    status = member.get("status", body.get("status"))
    if status in STATUSES:
        return str(status)
    flaws.append(f"unknown status {as_text(status)[:100]!r}")
    return ""


def _time(member: dict[str, Any], name: str, flaws: list[str]) -> datetime | None:
    try:
        return read_time(member.get(name))
    except ValueError as error:
        flaws.append(f"{name}: {error}")
        return None


def _details(body: dict[str, Any], annotations: dict[str, str]) -> dict[str, Any]:
    details: dict[str, Any] = {}
    if further := {name: text for name, text in annotations.items() if name not in _MAPPED_ANNOTATIONS}:
        details["annotations"] = further
    if truncated := _truncated(body):
        details["unnamed_alerts_in_group"] = truncated
    return details


def _truncated(body: dict[str, Any]) -> int:
    count = body.get("truncatedAlerts")
    return count if isinstance(count, int) and not isinstance(count, bool) and count > 0 else 0


def _group_key(body: dict[str, Any]) -> str:
    return first_text(body.get("groupKey"))


def fingerprint_of(labels: dict[str, str]) -> str:
    """The fingerprint that Alertmanager gives a set of labels: FNV-1a over the sorted names and values."""
    number = _FNV_OFFSET
    for name in sorted(labels):
        for byte in b"%b\xff%b\xff" % (name.encode(), labels[name].encode()):
            number = ((number ^ byte) * _FNV_PRIME) & _MASK
    return f"{number:016x}"


SOURCE = Source(
    name="alertmanager",
    label="Prometheus Alertmanager",
    parse=parse,
    ci_paths=("instance", "host", "node", "pod", "service", "job"),
    service_paths=("service", "job"),
)

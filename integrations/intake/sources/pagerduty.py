"""PagerDuty's Events API v2, for tools that can only page PagerDuty: its checks, its errors, its meaning."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from integrations.intake.members import first_text, link
from integrations.intake.normalised import (
    ACKNOWLEDGED,
    FIRING,
    RESOLVED,
    NormalisedAlert,
    ParsedBody,
    bounded_key,
)
from integrations.intake.reading import Unreadable, as_text, read_json, scrub
from integrations.intake.source import Accepted, Given, Source
from integrations.intake.times import read_time
from orgs.errors import FieldError, Invalid

LARGEST = 512 * 1024
LONGEST_KEY = 255
LONGEST_SUMMARY = 1024
ACTIONS = {"trigger": FIRING, "acknowledge": ACKNOWLEDGED, "resolve": RESOLVED}
SEVERITIES = ("critical", "error", "warning", "info")
EVENT, CHANGE = "event", "change"


def check(raw: bytes, given: Given) -> Accepted:
    """Refuse as PagerDuty refuses, and make up a ``dedup_key`` where none was sent.

    ``given["kind"]`` is ``event`` or ``change`` where the address says which; else the body does. The messages of the
    ``Invalid`` are PagerDuty's own.
    """
    try:
        body = read_json(raw)
    except Unreadable as error:
        raise Invalid.one("$", "malformed_json", f"The event is {error}.") from None
    if not isinstance(body, dict):
        raise Invalid.one("$", "not_an_object", "The event must be a JSON object.")
    kind = given.get("kind") or (EVENT if "event_action" in body else CHANGE)
    errors = _change_errors(body) if kind == CHANGE else _event_errors(body)
    if errors:
        raise Invalid(errors)
    if kind == CHANGE:
        return Accepted({"kind": kind})
    return Accepted({"kind": kind, "dedup_key": _key(body) or uuid.uuid4().hex})


def routing_key(raw: bytes) -> str:
    """The organisation's key from the body, empty where it holds none that could be one."""
    try:
        body = read_json(raw)
    except Unreadable:
        return ""
    key = body.get("routing_key") if isinstance(body, dict) else None
    return key.strip() if isinstance(key, str) else ""


def _event_errors(body: dict[str, Any]) -> list[FieldError]:
    action = body.get("event_action")
    if action not in ACTIONS:
        return [_choice("event_action", action, tuple(ACTIONS))]
    errors = []
    key = body.get("dedup_key")
    if key is not None and not isinstance(key, str):
        errors.append(FieldError("dedup_key", "type", "'dedup_key' is invalid (must be a string)"))
    elif len(_key(body)) > LONGEST_KEY:
        errors.append(_too_long("dedup_key", LONGEST_KEY))
    elif action != "trigger" and not _key(body):
        errors.append(_missing("dedup_key"))
    payload = body.get("payload")
    if action == "trigger":
        errors += _payload_errors(payload)
    elif payload is not None and not isinstance(payload, dict):
        errors.append(FieldError("payload", "type", "'payload' is invalid (must be an object)"))
    return errors


def _payload_errors(payload: Any) -> list[FieldError]:
    if not isinstance(payload, dict):
        return [_missing("payload")]
    errors = [_missing(f"payload.{name}") for name in ("summary", "source") if not first_text(payload.get(name))]
    severity = payload.get("severity")
    if not isinstance(severity, str) or severity.strip().lower() not in SEVERITIES:
        errors.append(_choice("payload.severity", severity, SEVERITIES))
    if len(first_text(payload.get("summary"))) > LONGEST_SUMMARY:
        errors.append(_too_long("payload.summary", LONGEST_SUMMARY))
    return errors


def _change_errors(body: dict[str, Any]) -> list[FieldError]:
    payload = body.get("payload")
    if not isinstance(payload, dict):
        return [_missing("payload")]
    return [] if first_text(payload.get("summary")) else [_missing("payload.summary")]


def _missing(name: str) -> FieldError:
    return FieldError(name, "required", f"'{name}' is missing or blank")


def _too_long(name: str, longest: int) -> FieldError:
    return FieldError(name, "max_length", f"'{name}' is too long (maximum is {longest} characters)")


def _choice(name: str, value: Any, choices: tuple[str, ...]) -> FieldError:
    if value is None or value == "":
        return _missing(name)
    named = ", ".join(f"'{choice}'" for choice in choices)
    return FieldError(name, "choice", f"'{name}' is invalid (must be one of the following: {named})")


def _key(body: dict[str, Any]) -> str:
    key = body.get("dedup_key")
    return key.strip() if isinstance(key, str) else ""


def parse(body: Any, given: Given) -> ParsedBody:
    """One event is one alert, known by its ``dedup_key`` until it is resolved; a change event is none."""
    if not isinstance(body, dict):
        raise Unreadable("not an object: this is no event")
    if given.get("kind") == CHANGE or "event_action" not in body:
        return ParsedBody(notes={"change_events": 1})
    key = given.get("dedup_key") or _key(body)
    action = body["event_action"]
    if not key or not isinstance(action, str) or action not in ACTIONS:
        raise Unreadable("an event without a usable event_action and dedup_key")
    payload = body.get("payload")
    return ParsedBody(alerts=[_alert(body, payload if isinstance(payload, dict) else {}, key)])


def _alert(body: dict[str, Any], payload: dict[str, Any], key: str) -> NormalisedAlert:
    status = ACTIONS[body["event_action"]]
    moment = _time(payload.get("timestamp"))
    custom = payload.get("custom_details")
    named = {name: as_text(payload[name]) for name in ("component", "group", "class") if payload.get(name)}
    labels = {**named, **_custom_labels(custom)}
    return NormalisedAlert(
        fingerprint=bounded_key(key),
        status=status,
        title=first_text(payload.get("summary")),
        description=custom.strip() if isinstance(custom, str) else "",
        severity=as_text(payload.get("severity")),
        origin=first_text(payload.get("source"), body.get("client")),
        environment=first_text(labels.get("environment"), labels.get("env")),
        labels=labels,
        links=_links(body),
        details={"custom_details": scrub(custom)} if custom and not isinstance(custom, str) else {},
        at=moment,
        starts_at=moment if status == FIRING else None,
        ends_at=moment if status == RESOLVED else None,
        correlation_key=labels.get("correlation_key", "").strip(),
        # Without the sender's credential: what is set aside of an alert is shown to people.
        member={name: value for name, value in body.items() if name != "routing_key"},
    )


def _custom_labels(custom: Any) -> dict[str, str]:
    """The plain values among the custom details; whole documents are no labels."""
    if not isinstance(custom, dict):
        return {}
    return {
        name: as_text(value)
        for name, value in list(custom.items())[:100]
        if isinstance(value, str | int | float | bool) and len(as_text(value)) <= 500
    }


def _links(body: dict[str, Any]) -> list[dict[str, str]]:
    links: list[dict[str, str]] = []
    entries = body.get("links")
    for entry in entries if isinstance(entries, list) else []:
        if isinstance(entry, dict):
            links += link(first_text(entry.get("text"), entry.get("href")), entry.get("href"))
    return links + link(first_text(body.get("client"), "Client"), body.get("client_url"))


def _time(value: Any) -> datetime | None:
    """PagerDuty takes any timestamp; one that cannot be read is no reason to lose the page."""
    try:
        return read_time(value)
    except ValueError:
        return None


SOURCE = Source(
    name="pagerduty",
    label="PagerDuty Events API v2",
    parse=parse,
    check=check,
    ci_paths=("payload.source", "payload.component"),
    service_paths=("service", "payload.component", "payload.group"),
    largest=LARGEST,
)

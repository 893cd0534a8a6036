"""Our own format for everything else, with the shapes of Grafana OnCall's formatted webhook and of Apprise's JSON."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from integrations.intake.members import first_text, link, text_map
from integrations.intake.normalised import (
    ACKNOWLEDGED,
    FIRING,
    KEY_LENGTH,
    RESOLVED,
    Fault,
    NormalisedAlert,
    ParsedBody,
    bounded_key,
)
from integrations.intake.reading import Unreadable, as_text, read_strict
from integrations.intake.source import Accepted, Given, Source
from integrations.intake.times import has_zone, read_time
from orgs.errors import FieldError, Invalid

MOST_ALERTS = 10_000
MOST_LABELS = 1_000
MOST_ERRORS = 100
STATUSES = {
    **dict.fromkeys(("firing", "alerting", "down", "triggered", "open", "problem"), FIRING),
    **dict.fromkeys(("resolved", "ok", "up", "recovered", "closed"), RESOLVED),
    **dict.fromkeys(("acknowledged", "ack"), ACKNOWLEDGED),
}
APPRISE_TYPES = {
    "info": (FIRING, "info"),
    "success": (RESOLVED, "info"),
    "warning": (FIRING, "warning"),
    "failure": (FIRING, "error"),
}
_TEXTS = (
    *("severity", "message", "source", "service", "ci", "environment", "url", "correlation_key"),
    *("alert_uid", "link_to_upstream_details", "image_url"),
)


def check(raw: bytes, given: Given) -> Accepted:
    """Name every bad field of every alert at once. ``event_id`` is the sender's own id of the delivery."""
    body = read_strict(raw)
    errors: list[FieldError] = []
    event_id = ""
    for path, member in _members(body):
        errors += _errors_of(path, member)
        if len(errors) >= MOST_ERRORS:
            raise Invalid(errors[:MOST_ERRORS])
    if isinstance(body, dict) and body.get("event_id") is not None:
        event_id = _short_key(errors, "event_id", body["event_id"])
    if errors:
        raise Invalid(errors)
    return Accepted({}, event_id)


def _members(body: Any) -> Iterator[tuple[str, Any]]:
    """Each alert of a body with the path to it. Raises ``Invalid`` for a body that holds none."""
    if not isinstance(body, dict):
        raise Invalid.one("$", "not_an_object", 'The body must be one alert, or {"alerts": [...]}.')
    if "alerts" not in body:
        yield "", body
        return
    if not isinstance(body["alerts"], list):
        raise Invalid.one("alerts", "type", "Give a list of alerts.")
    if len(body["alerts"]) > MOST_ALERTS:
        raise Invalid.one("alerts", "items", f"Send at most {MOST_ALERTS} alerts at a time.")
    for index, member in enumerate(body["alerts"]):
        yield f"alerts[{index}].", member


def _errors_of(path: str, member: Any) -> list[FieldError]:
    if not isinstance(member, dict):
        return [FieldError(path.rstrip(".") or "$", "type", "An alert must be an object.")]
    errors: list[FieldError] = []
    _check_title(errors, path, member)
    wrong = [name for name in _TEXTS if member.get(name) is not None and not isinstance(member[name], str)]
    errors += [FieldError(path + name, "type", "Give a text.") for name in wrong]
    for name in ("status", "state"):
        _check_status(errors, path + name, member.get(name))
    for name in ("dedup_key", "correlation_key"):
        if member.get(name) is not None and (name == "dedup_key" or isinstance(member[name], str)):
            _short_key(errors, path + name, member[name])
    _check_time(errors, path + "timestamp", member.get("timestamp"))
    _check_labels(errors, path + "labels", member.get("labels"))
    return errors


def _check_title(errors: list[FieldError], path: str, member: dict[str, Any]) -> None:
    title = member.get("title")
    if title is not None and not isinstance(title, str):
        errors.append(FieldError(path + "title", "type", "Give a text."))
    elif not _title(member):
        errors.append(FieldError(path + "title", "required", "Give a title that says what is wrong."))


def _check_status(errors: list[FieldError], field: str, value: Any) -> None:
    if value is not None and (not isinstance(value, str) or value.strip().lower() not in STATUSES):
        errors.append(FieldError(field, "choice", "Choose one of firing, resolved, acknowledged."))


def _check_time(errors: list[FieldError], field: str, value: Any) -> None:
    try:
        if read_time(value) is not None and isinstance(value, str) and not has_zone(value):
            errors.append(FieldError(field, "time", "Name the zone, such as Z or +02:00."))
    except ValueError as error:
        errors.append(FieldError(field, "time", f"Give an RFC 3339 time or seconds since 1970; this is {error}."))


def _check_labels(errors: list[FieldError], field: str, value: Any) -> None:
    if value is None:
        return
    if not isinstance(value, dict):
        errors.append(FieldError(field, "type", "Give an object of texts."))
    elif len(value) > MOST_LABELS:
        errors.append(FieldError(field, "items", f"Give at most {MOST_LABELS} labels."))
    else:
        wrong = [name for name, text in value.items() if not isinstance(text, str)]
        errors += [FieldError(f"{field}.{name[:100]}", "type", "Give a text.") for name in wrong[:MOST_ERRORS]]


def _short_key(errors: list[FieldError], field: str, value: Any) -> str:
    if not isinstance(value, str):
        errors.append(FieldError(field, "type", "Give a text."))
        return ""
    if len(value.strip()) > KEY_LENGTH:
        errors.append(FieldError(field, "max_length", f"Use at most {KEY_LENGTH} characters."))
    return value.strip()


def parse(body: Any, given: Given) -> ParsedBody:
    """The alerts of a body that was checked when it came; what later proves unreadable is set aside."""
    parsed = ParsedBody()
    try:
        members = list(_members(body))
    except Invalid as error:
        raise Unreadable(error.detail) from None
    for index, (path, member) in enumerate(members):
        if errors := _errors_of(path, member):
            parsed.faults.append(Fault(index, Invalid(errors).detail, as_text(member)))
        else:
            parsed.alerts.append(_alert(member))
    return parsed


def _alert(member: dict[str, Any]) -> NormalisedAlert:
    apprise = APPRISE_TYPES.get(member["type"]) if isinstance(member.get("type"), str) else None
    status = STATUSES.get(first_text(member.get("status"), member.get("state")).lower()) or (
        apprise[0] if apprise else FIRING
    )
    labels = text_map(member.get("labels"))
    moment = read_time(member.get("timestamp"))
    url = first_text(member.get("url"), member.get("link_to_upstream_details"))
    return NormalisedAlert(
        fingerprint=bounded_key(_key(member)),
        status=status,
        title=_title(member),
        description=first_text(member.get("message")),
        severity=first_text(member.get("severity"), apprise[1] if apprise else ""),
        origin=first_text(member.get("source")),
        service=first_text(member.get("service")),
        environment=first_text(member.get("environment"), labels.get("environment"), labels.get("env")),
        labels=labels,
        links=[*link("Source", url), *link("Runbook", labels.get("runbook_url"))],
        at=moment,
        starts_at=moment if status == FIRING else None,
        ends_at=moment if status == RESOLVED else None,
        correlation_key=first_text(member.get("correlation_key"), labels.get("correlation_key")),
        member=member,
    )


def _title(member: dict[str, Any]) -> str:
    """The title; Apprise leaves it empty where the message says everything."""
    title = first_text(member.get("title"))
    if title or "type" not in member:
        return title
    message = first_text(member.get("message"))
    return message.splitlines()[0] if message else ""


def _key(member: dict[str, Any]) -> str:
    """What makes it the same alert: the sender's key, else what it is about (never its message)."""
    given = first_text(member.get("dedup_key"), member.get("alert_uid"))
    if given:
        return given
    about = (_title(member), first_text(member.get("source")), first_text(member.get("ci")))
    folded = "\n".join(" ".join(text.casefold().split()) for text in about)
    return hashlib.sha256(folded.encode()).hexdigest()


SOURCE = Source(
    name="generic",
    label="Generic JSON",
    parse=parse,
    check=check,
    ci_paths=("ci", "instance", "host", "node", "pod", "service"),
    service_paths=("service",),
)

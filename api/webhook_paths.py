"""The alert intakes in the OpenAPI document: plain views that declare nothing, described here by hand."""

from __future__ import annotations

from typing import Any

from api.base import shapes
from api.base.shapes import PROBLEM, Schema, Shape, resolved
from integrations.intake.sources import SOURCES

TAG = "v1 webhooks"
BASE = "/api/v1/webhooks/alerts"
PAGERDUTY = "pagerduty"
CHECKED = frozenset(name for name, source in SOURCES.items() if source.check is not None)

ACCEPTED = Shape(
    "IntakeAccepted",
    {
        "id": shapes.ident("Of the stored body; see `/api/v1/intake/{item_id}`."),
        "status": shapes.word("accepted", "known already", description="Whether this very delivery came before."),
    },
    "The body is stored.",
)
EVENT_ACCEPTED = Shape(
    "EventAccepted",
    {"status": shapes.text(), "message": shapes.text(), "dedup_key": shapes.text()},
    "As PagerDuty answers.",
    optional=frozenset({"dedup_key"}),
)
EVENT_REFUSED = Shape(
    "EventRefused",
    {"status": shapes.text(), "message": shapes.text(), "errors": shapes.many(shapes.text())},
    "As PagerDuty answers.",
)
SHAPES = (ACCEPTED, EVENT_ACCEPTED, EVENT_REFUSED, PROBLEM)

_EXAMPLES: dict[str, Any] = {
    "generic": {"title": "Disk almost full", "severity": "critical", "ci": "db-1", "dedup_key": "db-1/disk"},
    "alertmanager": {
        "version": "4",
        "status": "firing",
        "receiver": "opsledger",
        "groupKey": '{}:{alertname="DiskFull"}',
        "groupLabels": {"alertname": "DiskFull"},
        "commonLabels": {"alertname": "DiskFull"},
        "commonAnnotations": {},
        "externalURL": "http://alertmanager:9093",
        "alerts": [
            {
                "status": "firing",
                "labels": {"alertname": "DiskFull", "instance": "db-1:9100", "severity": "critical"},
                "annotations": {"summary": "Disk almost full on db-1"},
                "startsAt": "2026-11-20T08:28:00Z",
                "endsAt": "0001-01-01T00:00:00Z",
                "generatorURL": "http://prometheus:9090/graph",
                "fingerprint": "9d3c1f0a2b4e6d58",
            }
        ],
    },
    PAGERDUTY: {
        "routing_key": "0123456789abcdef0123456789abcdef",
        "event_action": "trigger",
        "dedup_key": "db-1/disk",
        "payload": {"summary": "Disk almost full on db-1", "source": "db-1", "severity": "critical"},
    },
}
_REFUSALS = {
    400: "The body broke off, or is not what this source's own contract demands; nothing was stored.",
    401: "No credentials, or bad ones.",
    403: "The key may not send alerts.",
    409: "This delivery id came before with another body.",
    413: "The body is too large: 16 MiB, or what the source's contract says.",
    415: "The body is compressed.",
    503: "It cannot be stored right now; Retry-After says when to send it again.",
}


def webhook_paths() -> dict[str, Any]:
    """The paths of every intake, with the key in a header or, for senders that know only an address, in the path."""
    paths: dict[str, Any] = {}
    for name in SOURCES:
        for prefix in (name, f"{name}/{{token}}"):
            paths[f"{BASE}/{prefix}"] = {"post": _operation(name, f"Take alerts of {name}", prefix)}
    for prefix in (PAGERDUTY, f"{PAGERDUTY}/{{token}}"):
        for tail, summary in (
            ("v2/enqueue", "Take an event at PagerDuty's path"),
            ("v2/change/enqueue", "Take a change event at PagerDuty's path"),
        ):
            paths[f"{BASE}/{prefix}/{tail}"] = {"post": _operation(PAGERDUTY, summary, f"{prefix}/{tail}")}
    return paths


def _operation(source: str, summary: str, path: str) -> Schema:
    in_path = "{token}" in path
    found: Schema = {
        "operationId": f"post_webhooks_alerts_{path.replace('/', '_').translate(str.maketrans('', '', '{}'))}",
        "summary": f"{summary}{', the key in the address' if in_path else ''}",
        "description": (
            "Stores the body as it is and answers; it is read afterwards, so that unknown members and any content type "
            "are welcome. The key comes as a Bearer token or as the password of Basic"
            + (", or here in the address." if in_path else ".")
            + (" PagerDuty's clients present it as `routing_key`." if source == PAGERDUTY else "")
        ),
        "tags": [TAG],
        "requestBody": {
            # Where no contract says otherwise, even nothing is kept and looked at later.
            "required": source in CHECKED,
            "content": {"application/json": {"schema": {}, "example": _EXAMPLES.get(source, {})}},
        },
        "security": [{}] if in_path or source == PAGERDUTY else [{"apiKey": []}, {"basic": []}],
        "responses": _responses(source),
    }
    if in_path:
        found["parameters"] = [
            {
                "name": "token",
                "in": "path",
                "required": True,
                "description": "An API key.",
                "schema": {"type": "string", "minLength": 1},
            }
        ]
    return found


def _responses(source: str) -> Schema:
    accepted = EVENT_ACCEPTED if source == PAGERDUTY else ACCEPTED
    refused, kind = (
        (EVENT_REFUSED, "application/json") if source == PAGERDUTY else (PROBLEM, "application/problem+json")
    )
    shown = (
        {"status": "success", "message": "Event processed", "dedup_key": "db-1/disk"}
        if source == PAGERDUTY
        else {"id": "5e2a1b0c-9d8e-4f7a-b6c5-d4e3f2a1b071", "status": "accepted"}
    )
    found: Schema = {
        "202": {
            "description": "The body is stored.",
            "content": {"application/json": {"schema": resolved(accepted), "example": shown}},
        }
    }
    for status, meaning in _REFUSALS.items():
        # What is compressed or far too large is refused before it reaches the source.
        content = {kind: {"schema": resolved(refused)}}
        if status in (400, 413, 415):
            content["application/problem+json"] = {"schema": resolved(PROBLEM)}
        found[str(status)] = {"description": meaning, "content": content}
    return found

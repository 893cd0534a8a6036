"""How `/api/orgs/{orgId}` shows incidents: camelCase, in the words of seed 004's event-sourced service."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from api.base import shapes
from api.base.shapes import Shape
from api.vocabulary import ORGS
from incidents.models import Incident, IncidentEvent, IncidentSignal, SLOViolation
from timeline.aggregates import State
from timeline.events import EventRow

MOST_SHOWN = 500
"""Signals, actions and events that a detail holds at most, the latest of them; `events` leads to all."""

ACTOR_WORDS = {"user": "USER", "api_key": "API_KEY", "integration": "INTEGRATION", "system": "SYSTEM"}

SNAPSHOT_MEMBERS: dict[str, Any] = {
    "id": shapes.ident(),
    "reference": shapes.text("`INC-YYYYMMDD-NNN`."),
    "orgId": shapes.ident(),
    "projectId": shapes.nullable(shapes.ident()),
    "title": shapes.text(),
    "description": shapes.text(),
    "serviceName": shapes.text(),
    "services": shapes.many(shapes.text()),
    "status": shapes.word(*ORGS.status_words),
    "severity": shapes.word(*ORGS.severity_words),
    "environment": shapes.text(),
    "detectedBy": shapes.text(),
    "assignedTo": shapes.text(),
    "primarySignalId": shapes.nullable(shapes.ident()),
    "runbookPath": shapes.text(),
    "externalRefs": shapes.many(
        Shape("ExternalRef", {"platform": shapes.text(), "ticket": shapes.text(), "url": shapes.text()})
    ),
    "correlationKeys": shapes.many(shapes.text()),
    "tags": shapes.many(shapes.text()),
    "resolution": shapes.text(),
    "rootCause": shapes.text(),
    "createdAt": shapes.moment(),
    "updatedAt": shapes.moment(),
    "acknowledgedAt": shapes.nullable(shapes.moment()),
    "mitigatedAt": shapes.nullable(shapes.moment()),
    "resolvedAt": shapes.nullable(shapes.moment()),
    "version": shapes.whole("Counts the record's events; the ETag."),
}
SNAPSHOT = Shape("OrgIncident", SNAPSHOT_MEMBERS, "An incident as it stands.")

SIGNAL = Shape(
    "OrgSignal",
    {
        "id": shapes.ident(),
        "signalType": shapes.text(),
        "source": shapes.text(),
        "summary": shapes.text(),
        "correlationKey": shapes.text(),
        "traceId": shapes.text(),
        "serviceName": shapes.text(),
        "environment": shapes.text(),
        "data": shapes.anything("Whatever was attached."),
        "ts": shapes.moment(),
        "firing": shapes.nullable(shapes.flag("Null for a signal that has no such state.")),
    },
    "An observation that belongs to an incident.",
)
ACTION = Shape(
    "OrgAction",
    {
        "id": shapes.ident(),
        "actorType": shapes.word(*ACTOR_WORDS.values()),
        "actorRef": shapes.text(),
        "actionKind": shapes.text(),
        "label": shapes.text(),
        "details": shapes.text(),
        "ts": shapes.moment(),
    },
    "Something that was done about an incident.",
)
VIOLATION = Shape(
    "OrgSloViolation",
    {
        "id": shapes.ident(),
        "sloId": shapes.text(),
        "windowStart": shapes.moment(),
        "windowEnd": shapes.moment(),
        "errorBudgetConsumed": shapes.text("A share of the budget as a decimal; 1 is all of it."),
        "thresholdBreached": shapes.flag(),
        "details": shapes.text(),
    },
    "An objective that was missed in a window.",
)
_ENTRY_MEMBERS: dict[str, Any] = {
    "seq": shapes.whole("Counts from 1 without gaps."),
    "type": shapes.text("A stable code such as INCIDENT_CREATED."),
    "ts": shapes.moment("When it happened."),
    "recordedAt": shapes.moment("When it was written."),
    "actorType": shapes.word(*ACTOR_WORDS.values()),
    "actorRef": shapes.text(),
    "actorName": shapes.text(),
    "requestId": shapes.text(),
    "payload": shapes.members("What the event carries."),
}
ENTRY = Shape("OrgTimelineEntry", _ENTRY_MEMBERS, "One event, with statuses and severities in this dialect's words.")
EVENT = Shape(
    "OrgEvent",
    {
        **_ENTRY_MEMBERS,
        "version": shapes.whole("Of the payload's schema."),
        "prevHash": shapes.text(),
        "hash": shapes.text("SHA-256 over the event and the hash before it."),
    },
    "One event as it is stored, in canonical words.",
)
DETAIL = Shape(
    "OrgIncidentDetail",
    {
        **SNAPSHOT_MEMBERS,
        "signals": shapes.many(SIGNAL),
        "actions": shapes.many(ACTION),
        "timeline": shapes.many(ENTRY, "Its events in their order; the latest where there are very many."),
    },
    "An incident with its signals, actions and events.",
)
STATE = Shape(
    "OrgIncidentState",
    {"at": shapes.moment("The moment that was asked for."), "incident": SNAPSHOT},
    "An incident as it stood at a moment.",
)

COLUMNS: dict[str, str] = {
    "projectId": "project_id",
    "title": "title",
    "description": "description",
    "serviceName": "service_name",
    "services": "services",
    "environment": "environment",
    "detectedBy": "detected_by",
    "assignedTo": "assigned_to",
    "primarySignalId": "primary_signal_id",
    "runbookPath": "runbook_path",
    "externalRefs": "external_refs",
    "correlationKeys": "correlation_keys",
    "tags": "tags",
    "resolution": "resolution",
    "rootCause": "root_cause",
    "acknowledgedAt": "acknowledged_at",
    "mitigatedAt": "mitigated_at",
    "resolvedAt": "resolved_at",
}
"""Member to the column that it shows as it is; all of them are folded from events."""
ROW_COLUMNS = (
    *COLUMNS.values(),
    "id",
    "reference",
    "org_id",
    "status",
    "severity",
    "created_at",
    "updated_at",
    "version",
)


def snapshot_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """An incident from its columns."""
    shown = {member: values[column] for member, column in COLUMNS.items()}
    return {
        "id": values["id"],
        "reference": values["reference"],
        "orgId": values["org_id"],
        **shown,
        "status": ORGS.status(values["status"]),
        "severity": ORGS.severity(values["severity"]),
        "createdAt": values["created_at"],
        "updatedAt": values["updated_at"],
        "version": values["version"],
    }


def columns_of(row: Incident) -> dict[str, Any]:
    """The columns of an incident that is at hand."""
    return {name: getattr(row, name) for name in ROW_COLUMNS}


def state_of(row: Incident, state: State, *, version: int, at: datetime) -> dict[str, Any]:
    """The snapshot of a former state; what is never folded is taken from the row."""
    fixed = {"id": row.pk, "reference": row.reference, "org_id": row.org_id, "created_at": row.created_at}
    return snapshot_of({**state, **fixed, "updated_at": at, "version": version})


def signal_of(row: IncidentSignal) -> dict[str, Any]:
    """One signal."""
    return {
        "id": row.id,
        "signalType": row.signal_type,
        "source": row.source,
        "summary": row.summary,
        "correlationKey": row.correlation_key,
        "traceId": row.trace_id,
        "serviceName": row.service_name,
        "environment": row.environment,
        "data": row.data_value(),
        "ts": row.ts,
        "firing": row.firing,
    }


ACTION_COLUMNS = ("id", "actor_type", "actor_ref", "action_kind", "label", "details", "ts")


def action_of(row: Any) -> dict[str, Any]:
    """One action."""
    return {
        "id": row.id,
        "actorType": ACTOR_WORDS[row.actor_type],
        "actorRef": row.actor_ref,
        "actionKind": row.action_kind,
        "label": row.label,
        "details": row.details,
        "ts": row.ts,
    }


def violation_of(row: SLOViolation) -> dict[str, Any]:
    """One missed objective."""
    return {
        "id": row.id,
        "sloId": row.slo_id,
        "windowStart": row.window_start,
        "windowEnd": row.window_end,
        "errorBudgetConsumed": format(row.error_budget_consumed, "f"),
        "thresholdBreached": row.threshold_breached,
        "details": row.details,
    }


def event_of(event: IncidentEvent | EventRow) -> dict[str, Any]:
    """One event as it is stored; personal text stands in its payload unless it was erased."""
    return {
        "seq": event.seq,
        "type": event.type,
        "ts": event.occurred_at,
        "recordedAt": event.recorded_at,
        "actorType": ACTOR_WORDS[event.actor_kind],
        "actorRef": event.actor_ref,
        "actorName": event.actor_name,
        "requestId": event.request_id,
        "payload": payload_of(event),
        "version": event.version,
        "prevHash": event.prev_hash,
        "hash": event.hash,
    }


def entry_of(event: IncidentEvent | EventRow) -> dict[str, Any]:
    """One event of the timeline, in this dialect's words."""
    shown = event_of(event)
    for name in ("version", "prevHash", "hash"):
        del shown[name]
    words = {
        "INCIDENT_STATUS_CHANGED": ORGS.shows,
        "INCIDENT_RESOLVED": ORGS.shows,
        "INCIDENT_SEVERITY_CHANGED": ORGS.severities,
    }.get(event.type, {})
    payload = shown["payload"]
    for name in ("before", "after"):
        if payload.get(name) in words:
            payload[name] = words[payload[name]]
    if event.type == "INCIDENT_CREATED":
        payload["severity"] = ORGS.severity(payload["severity"])
    return shown


def payload_of(event: IncidentEvent | EventRow) -> dict[str, Any]:
    """What an event carries, the erasable text included."""
    personal = {name: value for name, value in event.personal_values.items() if name != "actor_name"}
    return {**event.payload, **personal}

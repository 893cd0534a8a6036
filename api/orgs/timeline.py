"""What hangs on one incident under `/api/orgs/{orgId}`: actions, signals, objectives, events, relations, the past."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpResponse

from api.base import shapes
from api.base.operations import Call, operation
from api.base.parameters import CURSOR, DEFAULT_LIMIT, LIMIT, When
from api.base.preconditions import etag
from api.base.replies import Reply
from api.base.shapes import Shape
from api.base.views import ApiView
from api.orgs import examples
from api.orgs.incidents import ETAG, TAG, UNKNOWN
from api.orgs.inputs import NewOrgAction, NewOrgSignal, NewOrgSloViolation
from api.orgs.shapes import (
    ACTION,
    EVENT,
    SIGNAL,
    SNAPSHOT,
    STATE,
    VIOLATION,
    action_of,
    columns_of,
    event_of,
    signal_of,
    snapshot_of,
    state_of,
    violation_of,
)
from api.vocabulary import ORGS
from incidents.commands import Signal, add_action, attach_signal, record_slo_violation
from incidents.models import IncidentAction, IncidentSignal, SLOViolation
from incidents.queries import events_of, find_incident, related_to
from orgs.clock import now
from orgs.errors import Invalid, NotFound
from orgs.paging import Column, make_cursor, read_cursor
from timeline.replay import events_until, fold

BY_SEQUENCE = [Column("seq")]


class Actions(ApiView):
    """What was done about one incident."""

    dialect = ORGS
    tag = TAG
    spelt = {"kind": "actionKind"}

    @operation(
        "Add an action",
        actions="incident.action",
        body=NewOrgAction,
        versioned=True,
        body_example=examples.NEW_ACTION,
        shape=ACTION,
        status=201,
        example=examples.ACTION,
        headers=ETAG,
        description="Any member.",
    )
    def post(self, call: Call, incident_id: str) -> HttpResponse:
        """Write down what was done."""
        row = add_action(
            actor=call.actor,
            incident=incident_id,
            kind=call.data["actionKind"],
            label=call.data["label"],
            details=call.data.get("details", ""),
            expected_version=call.expected_version,
        )
        added = IncidentAction.objects.get(pk=_last(row.pk, "action_id", row.version))
        return Reply(action_of(added), 201, headers={"ETag": etag(row.version)})


class Signals(ApiView):
    """What observation says about one incident."""

    dialect = ORGS
    tag = TAG
    spelt = {"signal_type": "signalType", "trace_id": "traceId"}

    @operation(
        "Attach a signal",
        actions="incident.signal",
        body=NewOrgSignal,
        versioned=True,
        body_example=examples.NEW_SIGNAL,
        shape=SIGNAL,
        status=201,
        example=examples.SIGNAL,
        headers=ETAG,
        description="Its correlation key joins the incident's.",
    )
    def post(self, call: Call, incident_id: str) -> HttpResponse:
        """Attach it."""
        data: dict[str, Any] = call.data
        signal = Signal(
            signal_type=data["signalType"],
            source=data["source"],
            summary=data["summary"],
            correlation_key=data.get("correlationKey", ""),
            trace_id=data.get("traceId", ""),
            service_name=data.get("serviceName", ""),
            environment=data.get("environment", ""),
            data=data.get("data"),
            ts=data.get("ts"),
        )
        row = attach_signal(
            actor=call.actor, incident=incident_id, signal=signal, expected_version=call.expected_version
        )
        added = IncidentSignal.objects.get(pk=_last(row.pk, "signal_id", row.version))
        return Reply(signal_of(added), 201, headers={"ETag": etag(row.version)})


class SloViolations(ApiView):
    """The objectives that were missed in one incident."""

    dialect = ORGS
    tag = TAG
    spelt = {"slo_id": "sloId", "window_end": "windowEnd", "error_budget_consumed": "errorBudgetConsumed"}

    @operation(
        "List SLO violations",
        actions="incident.read",
        shape=Shape("OrgSloViolations", {"sloViolations": shapes.many(VIOLATION)}),
        example={"sloViolations": [examples.VIOLATION]},
        refusals=UNKNOWN,
    )
    def get(self, call: Call, incident_id: str) -> HttpResponse:
        """All of them, by the beginning of their windows."""
        row = find_incident(incident_id)
        found = SLOViolation.objects.filter(incident=row).order_by("window_start", "id")[:1000]
        return Reply({"sloViolations": [violation_of(violation) for violation in found]})

    @operation(
        "Record an SLO violation",
        actions="incident.slo",
        body=NewOrgSloViolation,
        versioned=True,
        body_example=examples.NEW_VIOLATION,
        shape=VIOLATION,
        status=201,
        example=examples.VIOLATION,
        headers=ETAG,
    )
    def post(self, call: Call, incident_id: str) -> HttpResponse:
        """Write it down."""
        data: dict[str, Any] = call.data
        row = record_slo_violation(
            actor=call.actor,
            incident=incident_id,
            slo_id=data["sloId"],
            window_start=data["windowStart"],
            window_end=data["windowEnd"],
            error_budget_consumed=data["errorBudgetConsumed"],
            threshold_breached=data.get("thresholdBreached", False),
            details=data.get("details", ""),
            expected_version=call.expected_version,
        )
        added = SLOViolation.objects.get(pk=_last(row.pk, "violation_id", row.version))
        return Reply(violation_of(added), 201, headers={"ETag": etag(row.version)})


def _last(incident: Any, member: str, version: int) -> str:
    """The id that the event with this number carries."""
    return str(events_of(incident, after=version - 1, limit=1)[0].payload[member])


class Events(ApiView):
    """The raw stream of one incident."""

    dialect = ORGS
    tag = TAG

    @operation(
        "Read an incident's events",
        actions="incident.read",
        query={"cursor": CURSOR, "limit": LIMIT},
        shape=Shape("OrgEventPage", {"events": shapes.many(EVENT), "nextCursor": shapes.nullable(shapes.text())}),
        example={"events": [examples.EVENT], "nextCursor": None},
        refusals=UNKNOWN,
        description="As they are stored: in their order, in canonical words, with the hashes that chain them.",
    )
    def get(self, call: Call, incident_id: str) -> HttpResponse:
        """One page of them."""
        row = find_incident(incident_id)
        limit = call.values.get("limit", DEFAULT_LIMIT)
        order = f"{row.pk}:events"
        after = 0
        if "cursor" in call.values:
            place = read_cursor(order, BY_SEQUENCE, call.values["cursor"])
            if place is None:
                raise Invalid.one("cursor", "invalid", "This cursor was not made for this list; begin without one.")
            after = place[0]
        events = events_of(row, after=after, limit=limit + 1)
        more = len(events) > limit
        cursor = make_cursor(order, BY_SEQUENCE, {"seq": events[limit - 1].seq}) if more else None
        return Reply({"events": [event_of(event) for event in events[:limit]], "nextCursor": cursor})


class Related(ApiView):
    """The incidents that have to do with one."""

    dialect = ORGS
    tag = TAG

    @operation(
        "List related incidents",
        actions="incident.read",
        query={"limit": LIMIT},
        shape=Shape("OrgRelated", {"incidents": shapes.many(SNAPSHOT)}),
        example={"incidents": [examples.SNAPSHOT]},
        refusals=UNKNOWN,
        description="Those that share a correlation key with it, the newest first.",
    )
    def get(self, call: Call, incident_id: str) -> HttpResponse:
        """The newest of them."""
        found = related_to(find_incident(incident_id), limit=call.values.get("limit", DEFAULT_LIMIT))
        return Reply({"incidents": [snapshot_of(columns_of(row)) for row in found]})


class StateAt(ApiView):
    """One incident as it once stood."""

    dialect = ORGS
    tag = TAG

    @operation(
        "Read an incident as it stood",
        actions="incident.read",
        query={"at": When("The moment; the present one unless told.")},
        shape=STATE,
        example={"at": "2026-11-20T08:35:00Z", "incident": examples.SNAPSHOT},
        refusals=UNKNOWN,
        description="The fold of what was recorded until that moment; 404 before the incident existed.",
    )
    def get(self, call: Call, incident_id: str) -> HttpResponse:
        """Fold its events until then."""
        row = find_incident(incident_id)
        at: datetime = call.values.get("at") or now()
        events = events_until(row, at)
        if not events:
            raise NotFound("incident at that time")
        last = events[-1]
        shown = state_of(row, fold(type(row), events), version=last.seq, at=last.recorded_at)
        return Reply({"at": at, "incident": shown})

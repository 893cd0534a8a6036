"""`/api/v1/alerts`: what sources reported, whether or not it made an incident; and making one by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse

from api.base import shapes
from api.base.fields import RecordName
from api.base.operations import Call, operation
from api.base.pagination import next_link, page_of
from api.base.parameters import CURSOR, LIMIT, Phrase, Words
from api.base.preconditions import content_etag
from api.base.replies import Reply
from api.base.schema import REFUSALS
from api.base.serializers import StrictInput
from api.base.shapes import Shape
from api.base.views import ApiView
from api.filters import SEVERITY
from api.v1.incidents import EXAMPLE as INCIDENT_EXAMPLE
from api.v1.incidents import INCIDENT, answered
from api.vocabulary import V1
from cmdb.queries import find_ci
from incidents.queries import find_incident
from integrations.commands import promote_alert
from integrations.models import Alert
from orgs.errors import NotFound
from orgs.queries import as_uuid

TAG = "v1 alerts"
COLUMNS = (
    "id",
    "source",
    "fingerprint",
    "episode",
    "state",
    "severity",
    "severity_given",
    "title",
    "description",
    "service",
    "environment",
    "ci_id",
    "ci__name",
    "ci_names",
    "labels",
    "links",
    "correlation_key",
    "starts_at",
    "ends_at",
    "last_seen_at",
    "count",
    "incident__reference",
    "created_at",
)
ALERT = Shape(
    "Alert",
    {
        "id": shapes.ident(),
        "source": shapes.text(),
        "fingerprint": shapes.text("What tells this alert from others of its source."),
        "episode": shapes.whole("Counts how often it began to fire."),
        "state": shapes.word(*Alert.State.values),
        "severity": shapes.word(*V1.severity_words),
        "severity_given": shapes.text("The sender's own word."),
        "title": shapes.text(),
        "description": shapes.text(),
        "service": shapes.text(),
        "environment": shapes.text(),
        "ci": shapes.nullable(Shape("AlertCi", {"id": shapes.ident(), "name": shapes.text()})),
        "ci_names": shapes.many(shapes.text(), "What the sender calls the affected items."),
        "labels": shapes.members(),
        "links": shapes.many(shapes.anything()),
        "correlation_key": shapes.text(),
        "starts_at": shapes.moment(),
        "ends_at": shapes.nullable(shapes.moment()),
        "last_seen_at": shapes.moment(),
        "count": shapes.whole("How often the sender said that it fires."),
        "incident": shapes.nullable(shapes.text("The reference of its incident.")),
        "created_at": shapes.moment(),
    },
    "One episode of an alert.",
)
EXAMPLE: dict[str, Any] = {
    "id": "3c9f0f54-62f6-4d0a-8d8c-1c2d3e4f5a61",
    "source": "alertmanager",
    "fingerprint": "9d3c1f0a2b4e6d58",
    "episode": 1,
    "state": "firing",
    "severity": "SEV1_CRITICAL",
    "severity_given": "critical",
    "title": "Disk almost full on db-1",
    "description": "",
    "service": "postgres",
    "environment": "production",
    "ci": {"id": "0b9d5f5e-52a7-4d0e-9a5d-6a8f4f3f5b10", "name": "db-1"},
    "ci_names": ["db-1"],
    "labels": {"alertname": "DiskFull", "severity": "critical"},
    "links": [],
    "correlation_key": "db-1/DiskFull",
    "starts_at": "2026-11-20T08:28:00Z",
    "ends_at": None,
    "last_seen_at": "2026-11-20T08:33:00Z",
    "count": 2,
    "incident": "INC-20261120-001",
    "created_at": "2026-11-20T08:28:31Z",
}
LIST = {
    "source": Phrase("From any of these sources.", many=True, longest=40),
    "state": Words("In any of these states.", many=True, means={word: word for word in Alert.State.values}),
    "severity": SEVERITY,
    "ci": Phrase("On this configuration item, by id or name.", longest=300),
    "correlation_key": Phrase("With this correlation key.", longest=255),
    "incident": Phrase("Of this incident, by id or reference.", longest=60),
    "cursor": CURSOR,
    "limit": LIMIT,
}
ETAG = {"ETag": "Changes with the record."}
UNKNOWN = {404: REFUSALS[404]}


def alert_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """An alert from its columns."""
    shown = {name: values[name] for name in ALERT.members if name not in ("ci", "incident", "severity")}
    return {
        **shown,
        "severity": V1.severity(values["severity"]),
        "ci": {"id": values["ci_id"], "name": values["ci__name"]} if values["ci_id"] else None,
        "incident": values["incident__reference"],
    }


def alerts(values: Mapping[str, Any]) -> QuerySet[Alert]:
    """The alerts that the read parameters let through. Raises NotFound for an unknown item or incident."""
    rows: QuerySet[Alert] = Alert.objects.order_by()
    if "source" in values:
        rows = rows.filter(source__in=values["source"])
    if "state" in values:
        rows = rows.filter(state__in=values["state"])
    if "severity" in values:
        rows = rows.filter(severity__in=values["severity"])
    if "ci" in values:
        rows = rows.filter(ci=find_ci(values["ci"]))
    if "correlation_key" in values:
        rows = rows.filter(correlation_key=values["correlation_key"])
    if "incident" in values:
        rows = rows.filter(incident=find_incident(values["incident"]))
    return rows


class Promotion(StrictInput):
    """Which incident the alert joins; a new one, or the live one of its correlation key, unless told."""

    incident = RecordName(required=False, help_text="A live incident, by id or reference.")


class Alerts(ApiView):
    """All alerts."""

    dialect = V1
    tag = TAG

    @operation(
        "List alerts",
        actions="alert.read",
        query=LIST,
        shape=shapes.many(ALERT),
        example=[EXAMPLE],
        headers={"Link": 'The next page, `rel="next"`; absent on the last.'},
        refusals=UNKNOWN,
        description="A JSON array, newest first. An unknown `ci` or `incident` is 404.",
    )
    def get(self, call: Call) -> HttpResponse:
        """One page of them."""
        page = page_of(alerts(call.values).values(*COLUMNS), call.values, owner=call.actor.org_id)
        return Reply([alert_of(row) for row in page.rows], headers=next_link(call.request._request, page))


class OneAlert(ApiView):
    """One alert."""

    dialect = V1
    tag = TAG

    @operation("Read an alert", actions="alert.read", shape=ALERT, example=EXAMPLE, headers=ETAG, refusals=UNKNOWN)
    def get(self, call: Call, alert_id: str) -> HttpResponse:
        """The record."""
        values = Alert.objects.filter(pk=as_uuid(alert_id)).values(*COLUMNS).first()
        if values is None:
            raise NotFound("alert")
        shown = alert_of(values)
        return Reply(shown, headers={"ETag": content_etag(shown)})


class Promote(ApiView):
    """Making an incident of one alert."""

    dialect = V1
    tag = TAG

    @operation(
        "Promote an alert to an incident",
        actions="alert.promote",
        body=Promotion,
        body_example={},
        shape=INCIDENT,
        status=201,
        example=INCIDENT_EXAMPLE,
        headers={"ETag": "The incident's version.", "Location": "Where the incident is."},
        description=(
            "For an alert whose severity made no incident by itself. One whose incident is not finished is 409, and so is "
            "an `incident` that is not live."
        ),
    )
    def post(self, call: Call, alert_id: str) -> HttpResponse:
        """Open the incident."""
        row = promote_alert(actor=call.actor, alert=alert_id, incident=call.data.get("incident"))
        return answered(row, status=201, Location=f"/api/v1/incidents/{row.reference}")

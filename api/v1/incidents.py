"""`/api/v1/incidents`: create, list, read, set the status."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpResponse

from api.base import shapes
from api.base.fields import Many, Text, Word
from api.base.operations import Call, operation
from api.base.pagination import next_link, page_of
from api.base.parameters import CURSOR, LIMIT, Phrase
from api.base.preconditions import etag
from api.base.replies import Reply
from api.base.schema import REFUSALS
from api.base.serializers import StrictInput
from api.base.shapes import Shape
from api.base.views import ApiView
from api.filters import SEVERITY, assigned_texts, status_parameter, statuses
from api.vocabulary import SEVERITY_MEANS, V1
from incidents.commands import change_status, create_incident
from incidents.commands.fields import LENGTHS, MOST_ITEMS
from incidents.models import Incident
from incidents.queries import IncidentFilter, find_incident, incidents

COLUMNS = (
    "id",
    "reference",
    "title",
    "description",
    "severity",
    "status",
    "services",
    "assigned_to",
    "assignee_name",
    "created_at",
    "updated_at",
    "acknowledged_at",
    "resolved_at",
    "version",
)
ETAG = {"ETag": "The record's version, for If-Match."}

AUTOMATED = Shape(
    "AutomatedResponse",
    {
        "response_id": shapes.ident(),
        "action_type": shapes.text(),
        "action_details": shapes.text(),
        "execution_status": shapes.text(),
        "executed_at": shapes.moment(),
    },
    "Something that a rule did about the incident.",
)
INCIDENT = Shape(
    "V1Incident",
    {
        "incident_id": shapes.text("`INC-YYYYMMDD-NNN`."),
        "id": shapes.ident(),
        "title": shapes.text(),
        "description": shapes.text(),
        "severity": shapes.word(*V1.severity_words),
        "status": shapes.word(*V1.status_words),
        "affected_services": shapes.many(shapes.text()),
        "assigned_team": shapes.text(),
        "assignee": shapes.nullable(shapes.text()),
        "created_at": shapes.moment(),
        "updated_at": shapes.moment(),
        "acknowledged_at": shapes.nullable(shapes.moment()),
        "resolved_at": shapes.nullable(shapes.moment()),
        "version": shapes.whole("Counts the record's events; the ETag."),
        "automated_responses": shapes.many(AUTOMATED, "What rules did about it, the latest last."),
    },
    "An incident.",
)
EXAMPLE: dict[str, Any] = {
    "incident_id": "INC-20250621-001",
    "id": "7f0c1f0e-8d5b-4a55-9c39-0f2a3c2a6a11",
    "title": "Portfolio Management Service High Latency",
    "description": "",
    "severity": "SEV2_HIGH",
    "status": "OPEN",
    "affected_services": ["portfolio_management_service"],
    "assigned_team": "platform-team",
    "assignee": None,
    "created_at": "2025-06-21T10:00:00Z",
    "updated_at": "2025-06-21T10:00:00Z",
    "acknowledged_at": None,
    "resolved_at": None,
    "version": 1,
    "automated_responses": [],
}
LIST = {
    "status": status_parameter(V1),
    "severity": SEVERITY,
    "assigned_team": Phrase("Any of these teams.", many=True),
    "cursor": CURSOR,
    "limit": LIMIT,
}


class NewV1Incident(StrictInput):
    """A new incident."""

    title = Text(visible=True, max_length=LENGTHS["title"])
    description = Text(required=False, max_length=LENGTHS["description"])
    severity = Word(SEVERITY_MEANS, help_text="In any dialect's spelling.")
    affected_services = Many(Text(visible=True, max_length=200), most=MOST_ITEMS, required=False)
    assigned_team = Text(required=False, max_length=LENGTHS["assigned_to"])
    assignee = Text(required=False, allow_null=True, max_length=LENGTHS["assigned_to"])


class V1StatusChange(StrictInput):
    """A step of the lifecycle."""

    status = Word({word: word for word in V1.status_words})
    reason = Text(required=False, max_length=LENGTHS["reason"], help_text="With RESOLVED, the resolution.")


def row_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """An incident from its columns."""
    # A text that names a person alone is no team; one that names nobody we know is taken for a team.
    person_alone = values["assignee_name"] == values["assigned_to"]
    return {
        "incident_id": values["reference"],
        "id": values["id"],
        "title": values["title"],
        "description": values["description"],
        "severity": V1.severity(values["severity"]),
        "status": V1.status(values["status"]),
        "affected_services": values["services"],
        "assigned_team": "" if person_alone else values["assigned_to"],
        "assignee": values["assignee_name"] or None,
        "created_at": values["created_at"],
        "updated_at": values["updated_at"],
        "acknowledged_at": values["acknowledged_at"],
        "resolved_at": values["resolved_at"],
        "version": values["version"],
        "automated_responses": automated_responses(values["id"]),
    }


def automated_responses(incident: UUID) -> list[dict[str, Any]]:
    """What rules did about an incident, the latest last. There are no rules yet."""
    return []


def answered(row: Incident, *, status: int = 200, **headers: str) -> Reply:
    """One incident with its ETag."""
    shown = row_of({name: getattr(row, name) for name in COLUMNS})
    return Reply(shown, status, headers={"ETag": etag(row.version), **headers})


class Incidents(ApiView):
    """All incidents."""

    dialect = V1
    tag = "v1 incidents"
    spelt = {"services": "affected_services", "assigned_to": "assigned_team"}

    @operation(
        "List incidents",
        actions="incident.read",
        query=LIST,
        shape=shapes.many(INCIDENT),
        example=[EXAMPLE],
        headers={"Link": 'The next page, `rel="next"`; absent on the last.'},
        description="A JSON array, newest first.",
    )
    def get(self, call: Call) -> HttpResponse:
        """One page of them."""
        values = call.values
        wanted = IncidentFilter(
            statuses=statuses(values),
            severities=values.get("severity", ()),
            assigned_to=assigned_texts(values.get("assigned_team", ())),
        )
        page = page_of(incidents(wanted).values(*COLUMNS), values, owner=call.actor.org_id)
        return Reply([row_of(row) for row in page.rows], headers=next_link(call.request._request, page))

    @operation(
        "Create an incident",
        actions="incident.create",
        body=NewV1Incident,
        body_example={
            "title": "Portfolio Management Service High Latency",
            "severity": "SEV2_HIGH",
            "affected_services": ["portfolio_management_service"],
            "assigned_team": "platform-team",
        },
        shape=INCIDENT,
        status=201,
        example=EXAMPLE,
        headers={**ETAG, "Location": "Where the new incident is."},
    )
    def post(self, call: Call) -> HttpResponse:
        """Open one."""
        row = create_incident(
            actor=call.actor,
            title=call.data["title"],
            severity=call.data["severity"],
            description=call.data.get("description", ""),
            services=call.data.get("affected_services", ()),
            assigned_to=call.data.get("assigned_team", ""),
            assignee=call.data.get("assignee") or "",
        )
        return answered(row, status=201, Location=f"/api/v1/incidents/{row.reference}")


class OneIncident(ApiView):
    """One incident."""

    dialect = V1
    tag = "v1 incidents"

    @operation(
        "Read an incident",
        actions="incident.read",
        shape=INCIDENT,
        example=EXAMPLE,
        headers=ETAG,
        refusals={404: REFUSALS[404]},
    )
    def get(self, call: Call, incident_id: str) -> HttpResponse:
        """The record."""
        return answered(find_incident(incident_id))


class Status(ApiView):
    """The status of one incident."""

    dialect = V1
    tag = "v1 incidents"

    @operation(
        "Set an incident's status",
        actions="incident.status",
        body=V1StatusChange,
        versioned=True,
        body_example={"status": "ACKNOWLEDGED", "reason": "Looking into it"},
        shape=INCIDENT,
        example={**EXAMPLE, "status": "ACKNOWLEDGED", "acknowledged_at": "2025-06-21T10:04:00Z", "version": 2},
        headers=ETAG,
        description=(
            "One step of the lifecycle. `OPEN` reopens what is resolved. The status that is shown already is 409, and so "
            "is `CLOSED` on what is not resolved."
        ),
    )
    def put(self, call: Call, incident_id: str) -> HttpResponse:
        """Take the step."""
        row = find_incident(incident_id)
        changed = change_status(
            actor=call.actor,
            incident=row.pk,
            to=V1.target(call.data["status"], row.status),
            reason=call.data.get("reason", ""),
            expected_version=call.expected_version,
        )
        return answered(changed)

"""`/api/orgs/{orgId}/incidents`: list, create, read, and the two steps that seed 004 gives addresses of their own."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse

from api.base import shapes
from api.base.operations import Call, operation
from api.base.pagination import NEWEST_FIRST, Ordering, next_link, page_of
from api.base.parameters import CURSOR, LIMIT, SEARCH, Phrase, Words
from api.base.preconditions import etag
from api.base.replies import Reply
from api.base.schema import REFUSALS
from api.base.shapes import Shape
from api.base.views import ApiView
from api.filters import SEVERITY, status_parameter, statuses
from api.orgs import examples
from api.orgs.inputs import NewOrgIncident, OrgSeverityChange, OrgStatusChange
from api.orgs.shapes import (
    ACTION_COLUMNS,
    DETAIL,
    MOST_SHOWN,
    ROW_COLUMNS,
    SNAPSHOT,
    action_of,
    columns_of,
    entry_of,
    signal_of,
    snapshot_of,
)
from api.vocabulary import ORGS
from incidents.commands import change_severity, change_status, create_incident
from incidents.models import Incident, IncidentAction, IncidentEvent, IncidentSignal
from incidents.queries import IncidentFilter, find_incident, incidents
from orgs.errors import Conflict, Invalid, NotFound
from orgs.models import Project
from orgs.queries import find_project
from timeline.events import read_rows

TAG = "organisation incidents"
SPELT = {
    "service_name": "serviceName",
    "detected_by": "detectedBy",
    "assigned_to": "assignedTo",
    "affected_cis": "affectedCis",
    "runbook_path": "runbookPath",
    "correlation_key": "initialCorrelationKey",
}
ETAG = {"ETag": "The record's version, for If-Match."}
UNKNOWN = {404: REFUSALS[404]}
SORTS = {
    "createdAt": NEWEST_FIRST,
    "updatedAt": Ordering(("-updated_at", "-id")),
    "severity": Ordering(("-severity", "created_at", "id")),
}
"""What `sort` takes to the order from the greatest down; P4 is the greatest severity, as its text sorts."""
LIST = {
    "projectId": Phrase("Filed under this project, by id or slug.", longest=63),
    "environment": Phrase("Any of these environments.", many=True),
    "status": status_parameter(ORGS),
    "severity": SEVERITY,
    "searchQuery": SEARCH,
    "serviceName": Phrase("Any of these services.", many=True),
    "correlationKey": Phrase("Bears this correlation key.", longest=500),
    "sort": Words("What the list is sorted by; `createdAt` unless told.", means=SORTS),
    "order": Words("`desc` unless told.", means={"asc": False, "desc": True}),
    "cursor": CURSOR,
    "limit": LIMIT,
}
PAGE = Shape(
    "OrgIncidentPage",
    {
        "incidents": shapes.many(SNAPSHOT),
        "nextCursor": shapes.nullable(shapes.text("Send it as `cursor`; null on the last page.")),
    },
    "One page of incidents.",
)
CREATED = Shape("OrgIncidentCreated", {"incidentId": shapes.ident(), "reference": shapes.text()}, "What was created.")


def project_named(ident: str, field: str) -> Project:
    """The project that an input names; an unknown one is bad input. Raises Invalid."""
    try:
        return find_project(ident)
    except NotFound:
        raise Invalid.one(field, "not_found", "There is no such project.") from None


def snapshot_reply(row: Incident) -> Reply:
    """The snapshot with its ETag."""
    return Reply(snapshot_of(columns_of(row)), headers={"ETag": etag(row.version)})


class Incidents(ApiView):
    """All incidents of an organisation."""

    dialect = ORGS
    tag = TAG
    spelt = SPELT

    @operation(
        "List incidents",
        actions="incident.read",
        query=LIST,
        shape=PAGE,
        example={"incidents": [examples.SNAPSHOT], "nextCursor": None},
        headers={"Link": 'The next page, `rel="next"`; absent on the last.'},
        refusals=UNKNOWN,
    )
    def get(self, call: Call) -> HttpResponse:
        """One page of them."""
        values = call.values
        wanted = IncidentFilter(
            statuses=statuses(values),
            severities=values.get("severity", ()),
            environments=values.get("environment", ()),
            services=values.get("serviceName", ()),
            correlation_key=values.get("correlationKey", ""),
            q=values.get("searchQuery", ""),
            project=find_project(values["projectId"]).pk if "projectId" in values else None,
        )
        descending: Ordering = values.get("sort", NEWEST_FIRST)
        ordering = descending if values.get("order", True) else descending.reversed
        page = page_of(incidents(wanted).values(*ROW_COLUMNS), values, owner=call.actor.org_id, ordering=ordering)
        shown = {"incidents": [snapshot_of(row) for row in page.rows], "nextCursor": page.cursor or None}
        return Reply(shown, headers=next_link(call.request._request, page))

    @operation(
        "Create an incident",
        actions="incident.create",
        body=NewOrgIncident,
        body_example=examples.NEW,
        shape=CREATED,
        status=201,
        example={"incidentId": examples.SNAPSHOT["id"], "reference": examples.SNAPSHOT["reference"]},
        headers={**ETAG, "Location": "Where the new incident is."},
    )
    def post(self, call: Call) -> HttpResponse:
        """Open one."""
        data: dict[str, Any] = call.data
        project = data.get("projectId")
        row = create_incident(
            actor=call.actor,
            title=data["title"],
            severity=data["severity"],
            description=data.get("description", ""),
            service_name=data.get("serviceName", ""),
            services=data.get("services", ()),
            environment=data.get("environment", ""),
            detected_by=data.get("detectedBy", ""),
            assigned_to=data.get("assignedTo", ""),
            affected_cis=data.get("affectedCis", ()),
            runbook_path=data.get("runbookPath", ""),
            correlation_key=data.get("initialCorrelationKey", ""),
            project=project_named(project, "projectId") if project else None,
        )
        return Reply(
            {"incidentId": row.pk, "reference": row.reference},
            201,
            headers={
                "ETag": etag(row.version),
                "Location": f"/api/orgs/{row.org_id}/incidents/{row.reference}",
            },
        )


class OneIncident(ApiView):
    """One incident with all that belongs to it."""

    dialect = ORGS
    tag = TAG

    @operation(
        "Read an incident",
        actions="incident.read",
        shape=DETAIL,
        example=examples.DETAIL,
        headers=ETAG,
        refusals=UNKNOWN,
        description=f"Of signals, actions and events the latest {MOST_SHOWN} each; `events` leads to all.",
    )
    def get(self, call: Call, incident_id: str) -> HttpResponse:
        """The snapshot, its signals, its actions and its events."""
        row = find_incident(incident_id)
        shown = snapshot_of(columns_of(row))
        signals = IncidentSignal.objects.filter(incident=row).order_by("-ts", "-id")[:MOST_SHOWN]
        actions = IncidentAction.objects.filter(incident_id=row.pk).order_by("-ts", "-id")[:MOST_SHOWN]
        done = list(actions.values_list(*ACTION_COLUMNS, named=True))
        events = read_rows(IncidentEvent.objects.filter(aggregate_id=row.pk).order_by("-seq")[:MOST_SHOWN])
        shown["signals"] = [signal_of(signal) for signal in reversed(signals)] if row.signal_count else []
        shown["actions"] = [action_of(action) for action in reversed(done)]
        shown["timeline"] = [entry_of(event) for event in reversed(events)]
        return Reply(shown, headers={"ETag": etag(row.version)})


class Status(ApiView):
    """The status of one incident."""

    dialect = ORGS
    tag = TAG

    @operation(
        "Change an incident's status",
        actions="incident.status",
        body=OrgStatusChange,
        versioned=True,
        body_example=examples.STATUS,
        shape=SNAPSHOT,
        example=examples.SNAPSHOT,
        headers=ETAG,
        description="SRE_LEAD or ONCALL_ENGINEER. `OPEN` reopens what is resolved; the status shown already is 409.",
    )
    def post(self, call: Call, incident_id: str) -> HttpResponse:
        """Take one step of the lifecycle."""
        row = find_incident(incident_id)
        changed = change_status(
            actor=call.actor,
            incident=row.pk,
            to=ORGS.target(call.data["newStatus"], row.status),
            reason=call.data.get("reason", ""),
            expected_version=call.expected_version,
        )
        return snapshot_reply(changed)


class Severity(ApiView):
    """The severity of one incident."""

    dialect = ORGS
    tag = TAG

    @operation(
        "Change an incident's severity",
        actions="incident.severity",
        body=OrgSeverityChange,
        versioned=True,
        body_example=examples.SEVERITY,
        shape=SNAPSHOT,
        example={**examples.SNAPSHOT, "severity": "SEV3", "version": 3},
        headers=ETAG,
        description="ORG_ADMIN or SRE_LEAD. The severity that it has already is 409.",
    )
    def post(self, call: Call, incident_id: str) -> HttpResponse:
        """Set it."""
        try:
            changed = change_severity(
                actor=call.actor,
                incident=incident_id,
                to=call.data["newSeverity"],
                reason=call.data.get("reason", ""),
                expected_version=call.expected_version,
            )
        except Conflict as refused:
            if refused.code != "same_severity":
                raise
            word = ORGS.severity(call.data["newSeverity"])
            raise Conflict(f"It is {word} already.", code=refused.code) from None
        return snapshot_reply(changed)

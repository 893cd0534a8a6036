"""`/itsm/incidents`: list, create, read, change, resolve."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.http import HttpResponse

from api.base.operations import Call, operation
from api.base.pagination import NEWEST_FIRST, Ordering, both_ways, next_link, ordering_parameter, page_of
from api.base.parameters import CURSOR, LIMIT, SEARCH, Phrase, When
from api.base.preconditions import etag
from api.base.replies import Reply
from api.base.schema import REFUSALS
from api.base.serializers import refuse_changed
from api.base.views import ApiView
from api.filters import SEVERITY, assigned_texts, status_parameter, statuses
from api.itsm import examples
from api.itsm.inputs import ItsmIncidentChanges, ItsmResolution, NewItsmIncident
from api.itsm.shapes import COLUMNS, CREATED, INCIDENT, PAGE, incident_of, refs_by_incident, row_of
from api.vocabulary import ITSM
from cmdb.queries import find_ci, impact_summary
from incidents.commands import create_incident, resolve, update_incident
from incidents.models import Incident
from incidents.queries import IncidentFilter, find_incident, incidents
from incidents.suspects import suspects_of

ORDERINGS = both_ways(
    created_at=NEWEST_FIRST,
    updated_at=Ordering(("-updated_at", "-id")),
    severity=Ordering(("-severity", "created_at", "id")),
)
LIST = {
    "status": status_parameter(ITSM),
    "severity": SEVERITY,
    "assigned_to": Phrase("Any of these teams, people or texts.", many=True),
    "ci": Phrase("Affects this configuration item, by id or name.", longest=300),
    "created_after": When("Created at or after this time."),
    "created_before": When("Created before this time."),
    "q": SEARCH,
    "ordering": ordering_parameter(ORDERINGS, "-created_at"),
    "cursor": CURSOR,
    "limit": LIMIT,
}
ETAG = {"ETag": "The record's version, for If-Match."}
NEXT = {"Link": 'The next page, `rel="next"`; absent on the last.'}
LOCATION = {"Location": "Where the new record is."}
UNKNOWN = {404: REFUSALS[404]}


def versioned(shown: dict[str, Any], *, status: int = 200, **headers: str) -> Reply:
    """One record with its ETag."""
    return Reply(shown, status, headers={"ETag": etag(shown["version"]), **headers})


class Incidents(ApiView):
    """All incidents."""

    dialect = ITSM
    tag = "itsm incidents"

    @operation(
        "List incidents",
        actions="incident.read",
        query=LIST,
        shape=PAGE,
        example=examples.PAGE,
        headers=NEXT,
        refusals=UNKNOWN,
        description="Newest first unless `ordering` says otherwise. An unknown `ci` is 404.",
    )
    def get(self, call: Call) -> HttpResponse:
        """One page of them."""
        values = call.values
        wanted = IncidentFilter(
            statuses=statuses(values),
            severities=values.get("severity", ()),
            assigned_to=assigned_texts(values.get("assigned_to", ())),
            ci=find_ci(values["ci"]).pk if "ci" in values else None,
            created_after=values.get("created_after"),
            created_before=values.get("created_before"),
            q=values.get("q", ""),
        )
        page = page_of(
            incidents(wanted).values(*COLUMNS, "affected_names"),
            values,
            owner=call.actor.org_id,
            ordering=values.get("ordering", NEWEST_FIRST),
        )
        cis = refs_by_incident([row["id"] for row in page.rows if row["affected_names"]])
        items = [row_of(row, cis.get(row["id"], [])) for row in page.rows]
        return Reply(
            {"items": items, "next_cursor": page.cursor or None}, headers=next_link(call.request._request, page)
        )

    @operation(
        "Create an incident",
        actions="incident.create",
        body=NewItsmIncident,
        body_example=examples.NEW,
        shape=CREATED,
        status=201,
        example=examples.CREATED,
        headers={**ETAG, **LOCATION},
        description="Answers what depends on the affected configuration items, and the changes that may have caused it.",
    )
    def post(self, call: Call) -> HttpResponse:
        """Open one."""
        row = create_incident(actor=call.actor, **call.data)
        shown = incident_of(row)
        shown["impact"] = impact_summary(UUID(ci["id"]) for ci in shown["affected_cis"])
        shown["suspect_changes"] = suspect_changes(row)
        return versioned(shown, status=201, Location=f"/itsm/incidents/{row.reference}")


def suspect_changes(incident: Incident) -> list[dict[str, Any]]:
    """What may have caused the incident, most suspicious first."""
    return [asdict(suspect) for suspect in suspects_of(incident)]


class OneIncident(ApiView):
    """One incident."""

    dialect = ITSM
    tag = "itsm incidents"

    @operation(
        "Read an incident",
        actions="incident.read",
        shape=INCIDENT,
        example=examples.INCIDENT,
        headers=ETAG,
        refusals=UNKNOWN,
    )
    def get(self, call: Call, incident_id: str) -> HttpResponse:
        """The record in full."""
        return versioned(incident_of(find_incident(incident_id)))

    @operation(
        "Change an incident",
        actions=("incident.edit", "incident.status", "incident.assign", "incident.severity"),
        body=ItsmIncidentChanges,
        partial=True,
        versioned=True,
        body_example=examples.CHANGES,
        shape=INCIDENT,
        example=examples.INCIDENT,
        headers=ETAG,
        description=(
            "All changes together or none. Each takes its own permission: `status` that of responders, `severity` "
            "that of leads and administrators. A status written here runs the same step as the dedicated call."
        ),
    )
    def patch(self, call: Call, incident_id: str) -> HttpResponse:
        """Change some of its fields."""
        row = find_incident(incident_id)
        refuse_changed(call.echoed, incident_of(row) if call.echoed else {})
        changes = dict(call.data)
        version = changes.pop("version", None)
        if "status" in changes:
            word = changes.pop("status")
            if word != ITSM.status(row.status):
                changes["status"] = ITSM.target(word, row.status)
        changed = update_incident(
            actor=call.actor,
            incident=row.pk,
            changes=changes,
            expected_version=version if call.expected_version is None else call.expected_version,
        )
        return versioned(incident_of(changed))


class Resolve(ApiView):
    """The step to resolved."""

    dialect = ITSM
    tag = "itsm incidents"

    @operation(
        "Resolve an incident",
        actions="incident.status",
        body=ItsmResolution,
        versioned=True,
        body_example=examples.RESOLUTION,
        shape=INCIDENT,
        example=examples.RESOLVED,
        headers=ETAG,
        description="From any status before resolved. Sets `resolved_at`.",
    )
    def post(self, call: Call, incident_id: str) -> HttpResponse:
        """Resolve it."""
        row = resolve(
            actor=call.actor,
            incident=incident_id,
            resolution=call.data["resolution"],
            root_cause=call.data.get("root_cause"),
            expected_version=call.expected_version,
        )
        return versioned(incident_of(row))

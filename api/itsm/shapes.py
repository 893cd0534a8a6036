"""How `/itsm` shows incidents: the rows of a list, and one record with all that hangs on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from api.base import shapes
from api.base.shapes import Shape
from api.vocabulary import ITSM
from incidents import sla
from incidents.commands.links import RECORDS
from incidents.models import Incident, IncidentCI
from incidents.queries import affected_refs

CI_REF = Shape("CiRef", {"id": shapes.ident(), "name": shapes.text()}, "A configuration item as other records name it.")

CLOCK = Shape(
    "SlaClock",
    {
        "target_seconds": shapes.whole("How long it may take."),
        "due_at": shapes.nullable(shapes.moment("When the target is used up; null while the clock stands still.")),
        "met_at": shapes.nullable(shapes.moment()),
        "breached_at": shapes.nullable(shapes.moment()),
        "state": shapes.word("running", "paused", "met", description="Breached or not, whether it still runs."),
    },
    "One SLA clock.",
)
SLA = Shape("Sla", {"acknowledge": CLOCK, "resolve": CLOCK}, "Both SLA clocks.")

IMPACT_NODE = Shape(
    "ImpactedCi",
    {
        "id": shapes.ident(),
        "name": shapes.text(),
        "kind": shapes.text(),
        "criticality": shapes.text(),
        "distance": shapes.whole("Edges from the nearest affected item."),
    },
)
IMPACT = Shape(
    "Impact",
    {
        "dependents": shapes.whole("How many configuration items depend on the affected ones."),
        "truncated": shapes.flag("Whether there are more than were counted."),
        "by_distance": shapes.members("Distance to the number of items there.", values={"type": "integer"}),
        "services": shapes.many(shapes.text()),
        "teams": shapes.many(shapes.text()),
        "highest_criticality": shapes.nullable(shapes.text()),
        "cis": shapes.many(IMPACT_NODE, "The nearest of them."),
    },
    "What depends on the affected configuration items.",
)

ROW_MEMBERS: dict[str, Any] = {
    "id": shapes.ident(),
    "reference": shapes.text("`INC-YYYYMMDD-NNN`."),
    "title": shapes.text(),
    "description": shapes.text(),
    "severity": shapes.word(*ITSM.severity_words),
    "status": shapes.word(*ITSM.status_words),
    "affected_cis": shapes.many(CI_REF),
    "assigned_to": shapes.text("A team, a person, or whatever was written."),
    "services": shapes.many(shapes.text()),
    "source": shapes.text(),
    "created_at": shapes.moment(),
    "updated_at": shapes.moment(),
    "acknowledged_at": shapes.nullable(shapes.moment()),
    "resolved_at": shapes.nullable(shapes.moment()),
    "resolution": shapes.text(),
    "root_cause": shapes.text(),
    "sla": SLA,
    "version": shapes.whole("Counts the record's events; the ETag."),
}
INCIDENT_ROW = Shape("ItsmIncidentRow", ROW_MEMBERS, "An incident in a list.")

LINKS = Shape(
    "ItsmLinks",
    {
        "incidents": shapes.many(
            Shape("LinkedIncident", {"kind": shapes.text(), "reference": shapes.text(), "title": shapes.text()})
        ),
        "problems": shapes.many(shapes.text()),
        "changes": shapes.many(shapes.text()),
        "tickets": shapes.many(
            Shape("LinkedTicket", {"platform": shapes.text(), "ticket": shapes.text(), "url": shapes.text()})
        ),
        "alerts": shapes.text("Where its alerts are."),
        "timeline": shapes.text("Where its events are."),
    },
    "What the incident is connected with.",
)
INCIDENT = Shape("ItsmIncident", {**ROW_MEMBERS, "links": LINKS}, "An incident.")
SUSPECT = Shape(
    "Suspect",
    {
        "reference": shapes.text(),
        "title": shapes.text(),
        "score": shapes.number("Up to 1."),
        "reasons": shapes.many(shapes.text()),
    },
    "Something that may be the cause.",
)
CREATED = Shape(
    "ItsmIncidentCreated",
    {
        **INCIDENT.members,
        "impact": IMPACT,
        "suspect_changes": shapes.many(SUSPECT, "Changes that may have caused it, most suspicious first."),
    },
    "A new incident, with what depends on it.",
)
PAGE = Shape(
    "ItsmIncidentPage",
    {"items": shapes.many(INCIDENT_ROW), "next_cursor": shapes.nullable(shapes.text("Send it as `cursor`."))},
    "One page of incidents.",
)

COLUMNS = (
    "id",
    "reference",
    "title",
    "description",
    "severity",
    "status",
    "assigned_to",
    "services",
    "source",
    "created_at",
    "updated_at",
    "acknowledged_at",
    "resolved_at",
    "resolution",
    "root_cause",
    "sla",
    "ack_due_at",
    "resolve_due_at",
    "version",
)
"""The columns of a list row."""


def clocks_of(clocks: Mapping[str, Any], due: Mapping[str, Any]) -> dict[str, Any]:
    """Both SLA clocks as they are answered. `due` holds each clock's moment, null while it stands still."""
    return {
        name: {
            "target_seconds": clocks[name]["target"],
            "due_at": due[name],
            "met_at": clocks[name]["met_at"],
            "breached_at": clocks[name]["breached_at"],
            "state": "met" if clocks[name]["met_at"] else "running" if clocks[name]["since"] else "paused",
        }
        for name in sla.CLOCKS
    }


def row_of(values: Mapping[str, Any], cis: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """A list row from its columns and its configuration items."""
    shown = {name: values[name] for name in COLUMNS if not name.endswith("_due_at")}
    shown["severity"] = ITSM.severity(values["severity"])
    shown["status"] = ITSM.status(values["status"])
    shown["affected_cis"] = cis
    shown["sla"] = clocks_of(
        values["sla"], {sla.ACKNOWLEDGE: values["ack_due_at"], sla.RESOLVE: values["resolve_due_at"]}
    )
    return shown


def incident_of(row: Incident) -> dict[str, Any]:
    """One incident in full."""
    shown = row_of({name: getattr(row, name) for name in COLUMNS}, affected_refs(row))
    shown["links"] = {
        "incidents": [
            {name: link[name] for name in ("kind", "reference", "title")}
            for link in row.links
            if link["kind"] not in RECORDS
        ],
        "problems": [link["reference"] for link in row.links if link["kind"] == "problem"],
        "changes": [],
        "tickets": row.external_refs,
        "alerts": f"/api/v1/alerts?incident={row.reference}",
        "timeline": f"/api/orgs/{row.org_id}/incidents/{row.reference}/events",
    }
    return shown


def refs_by_incident(incidents: Sequence[UUID]) -> dict[UUID, list[dict[str, str]]]:
    """The configuration items of several incidents, by one query; by none where there are no incidents."""
    found: dict[UUID, list[dict[str, str]]] = {}
    if not incidents:
        return found
    rows = IncidentCI.objects.filter(incident__in=incidents).order_by("ci__name", "ci_id")
    for incident_id, ci_id, name in rows.values_list("incident_id", "ci_id", "ci__name"):
        found.setdefault(incident_id, []).append({"id": str(ci_id), "name": name})
    return found

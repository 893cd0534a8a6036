"""What stands beside the timeline: facts, the affected items as a graph, related and similar incidents, links."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import reverse

from cmdb.graph import SMALL, GraphNode, draw
from cmdb.models import ConfigurationItem
from cmdb.queries import edges_among, impact
from incidents.commands.links import RECORDS
from incidents.models import Incident
from incidents.queries import affected_ids, open_on, recent_for_service, related_to
from incidents.views.rows import STATUS_WORDS
from incidents.views.snapshot import Snapshot
from incidents.wording import LINK_WORDS
from orgs.durations import ago, iso, stamp
from orgs.durations import short as day_and_minute
from orgs.neutral import neutral

DEPTH = 1
MOST_NODES = 24
MOST_NAMED = 8
MOST_SIMILAR = 6


def graph_of(row: Incident) -> dict[str, Any] | None:
    """The affected items with what is one step up and down, or None where nothing is affected."""
    ids = affected_ids(row)[:MOST_NAMED]
    if not ids:
        return None
    down = impact(ids, direction="dependents", depth=DEPTH, limit=MOST_NODES)
    up = impact(ids, direction="dependencies", depth=DEPTH, limit=MOST_NODES)
    nodes = [_node(node, 0) for node in down.origins]
    nodes += [_node(node, node.distance) for node in down.nodes]
    drawn = {node.id for node in nodes}
    # In a cycle an item is both above and below; it is drawn once.
    nodes += [_node(node, -node.distance) for node in up.nodes if node.id not in drawn]
    edges = [(edge.dependent, edge.dependency) for edge in edges_among([node.id for node in nodes])]
    return {**draw(nodes, edges, SMALL), "more": down.truncated or up.truncated}


def _node(node: Any, column: int) -> GraphNode:
    url = reverse("cmdb:detail", args=(node.id,))
    return GraphNode(node.id, neutral(node.name), neutral(node.kind), node.criticality, column, url)


def affected_of(row: Incident) -> list[dict[str, str]]:
    """The affected items by name, with their addresses."""
    ids = affected_ids(row)
    rows = ConfigurationItem.objects.filter(pk__in=ids).order_by("name_key").values_list("pk", "name", "kind")
    return [
        {"name": neutral(name), "kind": neutral(kind), "url": reverse("cmdb:detail", args=(pk,))}
        for pk, name, kind in rows
    ]


def short(row: Incident, moment: datetime) -> dict[str, str]:
    """Another incident in one line."""
    return {
        "ref": row.reference,
        "url": reverse("incidents:detail", args=(row.reference,)),
        "title": neutral(row.title),
        "severity": row.severity,
        "status": row.status,
        "status_word": STATUS_WORDS[row.status],
        "created": iso(row.created_at),
        "ago": ago(row.created_at, moment),
    }


def alike(row: Incident, moment: datetime) -> dict[str, list[dict[str, str]]]:
    """Incidents that share a correlation key, and others of the same service or on the same items."""
    related = related_to(row, limit=MOST_SIMILAR)
    known = {row.pk, *(other.pk for other in related)}
    similar: dict[UUID, Incident] = {}
    ids = affected_ids(row)
    candidates = open_on(ids, limit=MOST_SIMILAR) if ids else []
    if row.service_name:
        candidates += recent_for_service(row.service_name, limit=MOST_SIMILAR + len(known))
    for other in candidates:
        if other.pk not in known:
            similar.setdefault(other.pk, other)
    return {
        "related": [short(other, moment) for other in related],
        "similar": [short(other, moment) for other in list(similar.values())[:MOST_SIMILAR]],
    }


def facts_of(shown: Snapshot) -> list[dict[str, str]]:
    """The plain facts, those that are known."""
    state = shown.state
    pairs = (
        ("Service", state["service_name"]),
        ("Other services", ", ".join(name for name in state["services"] if name != state["service_name"])),
        ("Environment", state["environment"]),
        ("Source", state["source"]),
        ("Detected by", state["detected_by"]),
        ("Runbook", state["runbook_path"]),
        ("Correlation", ", ".join(state["correlation_keys"][:5])),
    )
    return [{"name": name, "value": neutral(str(value))} for name, value in pairs if value]


def impact_of(shown: Snapshot) -> dict[str, Any] | None:
    """The impact as it was assessed, in words."""
    held = shown.state["impact"]
    if not held:
        return None
    number = held["dependents"]
    return {
        "words": f"{number}{' or more' if held['truncated'] else ''} items depend on what is affected",
        "services": ", ".join(neutral(name) for name in held["services"][:MOST_NAMED]),
        "teams": ", ".join(neutral(name) for name in held["teams"][:MOST_NAMED]),
        "criticality": held["highest_criticality"] or "",
    }


def links_of(shown: Snapshot) -> list[dict[str, str]]:
    """Linked records, from this one's side; what is no incident is named without an address."""
    return [
        {
            "word": LINK_WORDS.get(link["kind"], link["kind"]),
            "kind": link["kind"],
            "id": link["incident_id"],
            "ref": link["reference"],
            "url": "" if link["kind"] in RECORDS else reverse("incidents:detail", args=(link["reference"],)),
            "title": neutral(link["title"]),
        }
        for link in shown.state["links"]
    ]


def tickets_of(shown: Snapshot) -> list[dict[str, str]]:
    """Tickets in other systems; an address that is not http is shown as text only."""
    return [
        {
            "platform": neutral(ticket["platform"]),
            "ticket": neutral(ticket["ticket"]),
            "url": ticket["url"] if ticket["url"].startswith(("https://", "http://")) else "",
        }
        for ticket in shown.state["external_refs"]
    ]


def moments_of(shown: Snapshot) -> list[dict[str, str]]:
    """The moments that matter, those that have come."""
    state = shown.state
    pairs = (
        ("Impact began", state["impact_started_at"]),
        ("Detected", shown.row.created_at),
        ("Acknowledged", state["acknowledged_at"]),
        ("Mitigated", state["mitigated_at"]),
        ("Resolved", state["resolved_at"]),
        ("Closed", state["closed_at"]),
        ("Cancelled", state["cancelled_at"]),
    )
    return [{"name": name, "at": iso(at), "short": day_and_minute(at), "stamp": stamp(at)} for name, at in pairs if at]

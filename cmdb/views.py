"""The pages of configuration items: the list, and one item with its graph, its attributes and its history."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from cmdb.graph import GraphNode, draw
from cmdb.models import ConfigurationItem
from cmdb.queries import CIFilter, ImpactNode, edges_among, find_ci, history_of, impact, list_cis
from cmdb.vocabulary import CIStatus, Criticality
from orgs.clock import now
from orgs.durations import ago, iso, stamp
from orgs.facets import MOST_COUNTED, Address, Facet, chips_of, count, options_of, read_address
from orgs.neutral import neutral, neutral_lines
from orgs.pages import PageRequest, signed_in
from orgs.paging import Column, page_of
from orgs.policy import allows
from orgs.queries import teams

PAGE_SIZE = 50
DEPTH = 3
MOST_NODES = 40
MOST_HISTORY = 20
MOST_LISTED = 100

FACETS = (
    Facet("criticality", "Criticality", {value: str(label) for value, label in Criticality.choices}),
    Facet("status", "Status", {value: str(label) for value, label in CIStatus.choices}),
    Facet("kind", "Kind"),
    Facet("environment", "Environment"),
    Facet("owner_team", "Team"),
    Facet("source", "Source"),
)
_COUNTED = ("criticality", "status", "kind", "environment", "owner_team_id", "source")
_COLUMNS = {facet.name: at for at, facet in enumerate(FACETS)}
_FIELDS = (
    "id", "name", "name_key", "kind", "environment", "criticality", "status", "source", "updated_at", "owner_team__name",
)  # fmt: skip
_ORDER = (Column("name_key"), Column("id"))
STATUS_WORDS = {value: str(label) for value, label in CIStatus.choices}


def _filter(address: Address) -> CIFilter:
    values = address.values
    return CIFilter(
        criticality=values("criticality"),
        status=values("status"),
        kind=values("kind"),
        environment=values("environment"),
        owner_team=values("owner_team"),
        source=values("source"),
        q=address.q,
    )


@require_safe
@signed_in
def item_list(request: PageRequest) -> HttpResponse:
    """The list with its facets, by name."""
    address = read_address(reverse("cmdb:list"), request.GET, FACETS)
    moment = now()
    rows = list_cis(_filter(address)).select_related(None)
    page = page_of(rows, order="name", columns=_ORDER, fields=_FIELDS, cursor=address.cursor, size=PAGE_SIZE)
    counted = list(list_cis(CIFilter(q=address.q)).select_related(None).values_list(*_COUNTED)[:MOST_COUNTED])
    labels = {"owner_team": {str(team.pk): team.name for team in teams()}}
    context = {
        "rows": [_row(row, moment) for row in page.rows],
        "facets": options_of(FACETS, address, count(counted, _COLUMNS, address), labels),
        "capped": MOST_COUNTED if len(counted) == MOST_COUNTED else 0,
        "chips": chips_of(FACETS, address, labels),
        "clear_url": reverse("cmdb:list"),
        "q": address.q,
        "kept": [pair for pair in address.pairs if pair[0] != "q"],
        "next_url": address.url(cursor=page.next_cursor) if page.next_cursor else "",
        "first_url": address.url() if address.cursor else "",
        "empty": _empty(address) if not page.rows else None,
        "import_url": reverse("admin:cmdb_configurationitem_import") if _may_import(request) else "",
    }
    return render(request, "cmdb/list.html", context)


def _may_import(request: PageRequest) -> bool:
    return request.user.is_staff and allows(request.actor, "ci.write")


def _row(row: dict[str, Any], moment: Any) -> dict[str, Any]:
    return {
        "url": reverse("cmdb:detail", args=(row["id"],)),
        "name": neutral(row["name"]),
        "kind": neutral(row["kind"]),
        "environment": neutral(row["environment"]),
        "criticality": row["criticality"],
        "status": row["status"],
        "status_word": STATUS_WORDS[row["status"]],
        "team": neutral(row["owner_team__name"] or ""),
        "source": neutral(row["source"]),
        "updated": iso(row["updated_at"]),
        "ago": ago(row["updated_at"], moment),
    }


def _empty(address: Address) -> dict[str, str]:
    if address.pairs:
        return {
            "title": "No item matches",
            "words": "Nothing fits all of these filters at once.",
            "url": reverse("cmdb:list"),
            "action": "Clear the filters",
        }
    return {
        "title": "No configuration item yet",
        "words": "Import them from JSON or CSV, from NetBox, ServiceNow or Backstage; a preview comes first.",
        "curl": "manage.py cmdb import --org SLUG items.csv",
    }


@require_safe
@signed_in
def item_detail(request: PageRequest, pk: UUID) -> HttpResponse:
    """One item: what it stands on, what stands on it, what is known of it, and how it came to be so."""
    ci = find_ci(pk)
    moment = now()
    down = impact([ci.pk], direction="dependents", depth=DEPTH, limit=MOST_LISTED)
    up = impact([ci.pk], direction="dependencies", depth=DEPTH, limit=MOST_LISTED)
    context = {
        "ci": {
            "id": str(ci.pk),
            "name": neutral(ci.name),
            "kind": neutral(ci.kind),
            "criticality": ci.criticality,
            "status": ci.status,
            "status_word": STATUS_WORDS[ci.status],
            "version": ci.version,
        },
        "facts": _facts(ci),
        "attributes": _attributes(ci.attributes),
        "graph": _graph(ci, down.nodes, up.nodes),
        "sides": [
            {
                "title": "What depends on it",
                "none": "Nothing depends on it.",
                "nodes": _nodes(down.nodes),
                "more": down.truncated,
            },
            {
                "title": "What it depends on",
                "none": "It depends on nothing that is known.",
                "nodes": _nodes(up.nodes),
                "more": up.truncated,
            },
        ],
        "history": [_change(change, moment) for change in history_of(ci)[:MOST_HISTORY]],
    }
    return render(request, "cmdb/detail.html", context)


def _facts(ci: ConfigurationItem) -> list[dict[str, str]]:
    pairs = (
        ("Kind", ci.kind),
        ("Environment", ci.environment),
        ("Team", ci.owner_team.name if ci.owner_team else ""),
        ("Source", ci.source),
        ("Id there", ci.external_id),
        ("Entered", stamp(ci.created_at)),
        ("Last changed", stamp(ci.updated_at)),
    )
    return [{"name": name, "value": neutral(value)} for name, value in pairs if value]


def _attributes(attributes: dict[str, Any]) -> list[dict[str, str]]:
    return [{"name": neutral(name), "value": value_words(value)[:2_000]} for name, value in sorted(attributes.items())]


def value_words(value: Any) -> str:
    """A value of an attribute or a change, for reading."""
    if value is None or value == "":
        return "nothing"
    return neutral_lines(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


def _graph(ci: ConfigurationItem, down: Iterable[ImpactNode], up: Iterable[ImpactNode]) -> dict[str, Any]:
    nodes = [_drawn(ci, 0)]
    known = {ci.pk}
    for sign, side in ((1, down), (-1, up)):
        for node in list(side)[:MOST_NODES]:
            # In a cycle an item is on both sides; it is drawn once.
            if node.id not in known:
                known.add(node.id)
                nodes.append(_drawn(node, sign * node.distance))
    edges = [(edge.dependent, edge.dependency) for edge in edges_among(known)]
    return draw(nodes, edges)


def _drawn(node: ConfigurationItem | ImpactNode, column: int) -> GraphNode:
    url = reverse("cmdb:detail", args=(node.id,))
    return GraphNode(node.id, neutral(node.name), neutral(node.kind), node.criticality, column, url)


def _nodes(nodes: Iterable[ImpactNode]) -> list[dict[str, Any]]:
    return [
        {
            "url": reverse("cmdb:detail", args=(node.id,)),
            "name": neutral(node.name),
            "kind": neutral(node.kind),
            "criticality": node.criticality,
            "distance": node.distance,
            "team": neutral(node.owner_team or ""),
        }
        for node in nodes
    ]


def _edge_names(edges: Any) -> str:
    """The far ends of some edges, by name."""
    names = [edge.get("name", "") if isinstance(edge, dict) else str(edge) for edge in edges or ()]
    return ", ".join(neutral(str(name)) for name in names[:20])


def _change(change: Any, moment: Any) -> dict[str, Any]:
    lines = []
    for name, pair in sorted(change.changes.items()):
        if name == "depends_on" and isinstance(pair, dict):
            lines += [
                f"dependencies {word}: {names}"
                for word in ("added", "removed")
                if (names := _edge_names(pair.get(word)))
            ]
        elif isinstance(pair, list) and len(pair) == 2:
            lines.append(f"{name.replace('_', ' ')}: {value_words(pair[0])[:120]} → {value_words(pair[1])[:120]}")
        else:
            lines.append(f"{name.replace('_', ' ')}: {value_words(pair)[:240]}")
    return {
        "version": change.version,
        "what": change.get_action_display(),
        "who": f"{change.actor_kind} {neutral(change.actor_ref)}",
        "lines": lines,
        "at": iso(change.recorded_at),
        "ago": ago(change.recorded_at, moment),
    }

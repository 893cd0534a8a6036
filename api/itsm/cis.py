"""`/itsm/cis`: configuration items, what they depend on, and what depends on them."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse

from api.base import shapes
from api.base.operations import Call, operation
from api.base.pagination import Ordering, next_link, ordering_parameter, page_of
from api.base.parameters import CURSOR, LIMIT, Number, Phrase, Words
from api.base.preconditions import etag
from api.base.replies import Reply
from api.base.schema import REFUSALS
from api.base.serializers import refuse_changed
from api.base.shapes import Shape
from api.base.views import ApiView
from api.itsm.ci_shapes import (
    CI,
    COLUMNS,
    EXAMPLE,
    NEW_EXAMPLE,
    NODE,
    REACH,
    CiChanges,
    NewCi,
    ci_of,
    edges_from,
    open_incident_of,
    shown_of,
)
from cmdb.commands import create_ci, update_ci
from cmdb.queries import ORDERINGS, CIFilter, find_ci, impact, list_cis
from cmdb.queries.impact import DEEPEST, DEFAULT_DEPTH, DEFAULT_LIMIT, LARGEST
from cmdb.vocabulary import ENVIRONMENT_LENGTH, KIND_LENGTH, SOURCE_LENGTH, CIStatus, Criticality
from incidents.queries import open_on

SORTS = {name: Ordering(columns) for name, columns in ORDERINGS.items()}
TAG = "itsm configuration items"
LIST = {
    "kind": Phrase("Any of these kinds.", many=True, longest=KIND_LENGTH),
    "environment": Phrase("Any of these environments.", many=True, longest=ENVIRONMENT_LENGTH),
    "criticality": Words("Any of these.", many=True, means={word: word for word in Criticality.values}),
    "status": Words("Any of these.", many=True, means={word: word for word in CIStatus.values}),
    "owner_team": Phrase("Owned by any of these teams, by id or slug.", many=True),
    "source": Phrase("From any of these imports.", many=True, longest=SOURCE_LENGTH),
    "q": Phrase("Part of a name, or a whole host name, address or external id."),
    "ordering": ordering_parameter(SORTS, "name"),
    "cursor": CURSOR,
    "limit": LIMIT,
}
ETAG = {"ETag": "The record's version, for If-Match."}
UNKNOWN = {404: REFUSALS[404]}


def answered(shown: dict[str, Any], *, status: int = 200, **headers: str) -> Reply:
    """One item with its ETag."""
    return Reply(shown, status, headers={"ETag": etag(shown["version"]), **headers})


class ConfigurationItems(ApiView):
    """All configuration items."""

    tag = TAG

    @operation(
        "List configuration items",
        actions="ci.read",
        query=LIST,
        shape=Shape("CiPage", {"items": shapes.many(CI), "next_cursor": shapes.nullable(shapes.text())}),
        example={"items": [EXAMPLE], "next_cursor": None},
        headers={"Link": 'The next page, `rel="next"`; absent on the last.'},
        description="By name unless `ordering` says otherwise.",
    )
    def get(self, call: Call) -> HttpResponse:
        """One page of them."""
        values = call.values
        names = ("kind", "environment", "criticality", "status", "owner_team", "source", "q")
        rows = list_cis(CIFilter(**{name: values[name] for name in names if name in values}))
        ordering = values.get("ordering", SORTS["name"])
        page = page_of(rows.values(*COLUMNS), values, owner=call.actor.org_id, ordering=ordering)
        edges = edges_from([row["id"] for row in page.rows])
        items = [shown_of(row, edges.get(row["id"], [])) for row in page.rows]
        return Reply(
            {"items": items, "next_cursor": page.cursor or None}, headers=next_link(call.request._request, page)
        )

    @operation(
        "Create a configuration item",
        actions="ci.write",
        body=NewCi,
        body_example=NEW_EXAMPLE,
        shape=CI,
        status=201,
        example=EXAMPLE,
        headers={**ETAG, "Location": "Where the new item is."},
        description="A name that is taken is 409.",
    )
    def post(self, call: Call) -> HttpResponse:
        """Create one."""
        row = create_ci(actor=call.actor, **call.data)
        return answered(ci_of(row), status=201, Location=f"/itsm/cis/{row.pk}")


class OneConfigurationItem(ApiView):
    """One configuration item."""

    tag = TAG

    @operation(
        "Read a configuration item", actions="ci.read", shape=CI, example=EXAMPLE, headers=ETAG, refusals=UNKNOWN
    )
    def get(self, call: Call, ci_id: str) -> HttpResponse:
        """The record."""
        return answered(ci_of(find_ci(ci_id)))

    @operation(
        "Change a configuration item",
        actions="ci.write",
        body=CiChanges,
        partial=True,
        versioned=True,
        body_example={"criticality": "critical"},
        shape=CI,
        example={**EXAMPLE, "criticality": "critical", "version": 2},
        headers=ETAG,
        description="All changes together or none. `depends_on` replaces all that it depends on.",
    )
    def patch(self, call: Call, ci_id: str) -> HttpResponse:
        """Change some of its fields."""
        row = find_ci(ci_id)
        refuse_changed(call.echoed, ci_of(row) if call.echoed else {})
        changes = dict(call.data)
        version = changes.pop("version", None)
        changed = update_ci(
            actor=call.actor,
            ci=row.pk,
            changes=changes,
            expected_version=version if call.expected_version is None else call.expected_version,
        )
        return answered(ci_of(changed))


class Impact(ApiView):
    """What an outage of one item reaches."""

    tag = TAG

    @operation(
        "Read an item's impact",
        actions="ci.read",
        query={
            "direction": Words(
                "`dependents` (downstream) unless told.",
                means={"dependents": "dependents", "dependencies": "dependencies"},
            ),
            "depth": Number(f"How many edges are followed; {DEFAULT_DEPTH} unless told.", least=1, most=DEEPEST),
            "limit": Number(f"How many items are answered; {DEFAULT_LIMIT} unless told.", least=1, most=LARGEST),
        },
        shape=REACH,
        example={
            "ci": {"id": EXAMPLE["id"], "name": EXAMPLE["name"]},
            "direction": "dependents",
            "nodes": [],
            "truncated": False,
            "truncated_by": "",
            "open_incidents": [],
            "scheduled_changes": [],
        },
        refusals=UNKNOWN,
    )
    def get(self, call: Call, ci_id: str) -> HttpResponse:
        """Walk the graph."""
        row = find_ci(ci_id)
        values = call.values
        direction = values.get("direction", "dependents")
        found = impact(
            [row.pk],
            direction=direction,
            depth=values.get("depth", DEFAULT_DEPTH),
            limit=values.get("limit", DEFAULT_LIMIT),
        )
        nodes = [{name: getattr(node, name) for name in NODE.members} for node in found.nodes]
        return Reply(
            {
                "ci": {"id": row.pk, "name": row.name},
                "direction": direction,
                "nodes": nodes,
                "truncated": found.truncated,
                "truncated_by": found.truncated_by,
                "open_incidents": [open_incident_of(hit) for hit in open_on([row.pk, *(n.id for n in found.nodes)])],
                "scheduled_changes": [],
            }
        )

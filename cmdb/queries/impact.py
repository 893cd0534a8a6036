"""Impact: what an outage of some configuration items reaches, or what they themselves stand on.

The walk is one recursive query. Each of its rows is a whole level of the graph: the nodes seen so far, nearest first,
and where the newest begin. A level's step joins only the newest to the edges and takes away all that were seen, so
each node is expanded once, at its shortest distance, whatever cycles there are; a plain recursion over (node,
distance) expands it once per distance, which on a dense graph is several times the work. The arrays are PostgreSQL's
own there and JSON on SQLite: the one place where the databases differ.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from django.db import connection
from django_scopes import get_scope
from django_scopes.exceptions import ScopeError

from cmdb.models import ConfigurationItem, Dependency
from cmdb.vocabulary import RANKS, CIStatus, is_service
from orgs.errors import Invalid
from orgs.models import Team

Direction = Literal["dependents", "dependencies"]

DEFAULT_DEPTH = 5
DEFAULT_LIMIT = 1_000
DEEPEST = 10
LARGEST = 5_000
MOST_ORIGINS = 1_000
SUMMARY_ITEMS = 100

_RANK = "CASE ci.criticality " + " ".join(f"WHEN '{name}' THEN {rank}" for name, rank in RANKS.items()) + " ELSE 9 END"

# Laterals with OFFSET 0 keep the planner on index look-ups: it cannot guess how few nodes a level has.
# When a level does not fit, its most critical nodes are kept.
_POSTGRESQL = """
WITH RECURSIVE reach(distance, seen, start) AS (
    SELECT 0, %(origins)s::uuid[], 1
    UNION ALL
    SELECT reach.distance + 1, reach.seen || step.found, cardinality(reach.seen) + 1
    FROM reach CROSS JOIN LATERAL (
        SELECT ARRAY(
            SELECT live.id
            FROM (
                SELECT edge.id
                FROM unnest(reach.seen[reach.start:]) AS newest(id)
                CROSS JOIN LATERAL (
                    SELECT {to} AS id FROM {edges}
                    WHERE org_id = %(org)s AND {by} = newest.id AND ended_at IS NULL
                    OFFSET 0
                ) AS edge
                EXCEPT SELECT unnest(reach.seen)
            ) AS next
            CROSS JOIN LATERAL (
                SELECT ci.id, {rank} AS rank FROM {items} AS ci
                WHERE ci.id = next.id AND ci.org_id = %(org)s AND ci.status <> %(retired)s
                OFFSET 0
            ) AS live
            ORDER BY live.rank, live.id
            LIMIT %(most)s
        ) AS found
        OFFSET 0
    ) AS step
    WHERE reach.distance <= %(depth)s AND cardinality(reach.seen) < %(most)s AND cardinality(step.found) > 0
)
SELECT node.distance, {columns}
FROM (
    SELECT newest.id, reach.distance
    FROM reach CROSS JOIN LATERAL unnest(reach.seen[reach.start:]) AS newest(id)
    OFFSET 0
) AS node
CROSS JOIN LATERAL (SELECT * FROM {items} WHERE id = node.id AND org_id = %(org)s OFFSET 0) AS ci
LEFT JOIN {teams} AS team ON team.id = ci.owner_team_id AND team.org_id = ci.org_id
ORDER BY node.distance, {rank}, ci.name_key
LIMIT %(most)s
"""

# The organisation rides along in the rows: compared with a constant, SQLite would answer the last join by building a
# Bloom filter over the whole table of items.
_SQLITE = """
WITH RECURSIVE reach(distance, seen, start, org) AS (
    SELECT 0, %(origins)s, 0, %(org)s
    UNION ALL
    SELECT reach.distance + 1,
        (SELECT json_group_array(id) FROM (
            SELECT value AS id FROM json_each(reach.seen)
            UNION ALL
            SELECT id FROM (
                SELECT next.id
                FROM (
                    SELECT edge.{to} AS id
                    FROM json_each(reach.seen) AS newest CROSS JOIN {edges} AS edge
                    WHERE newest.key >= reach.start
                        AND edge.org_id = reach.org AND edge.{by} = newest.value AND edge.ended_at IS NULL
                    EXCEPT SELECT value FROM json_each(reach.seen)
                ) AS next
                CROSS JOIN {items} AS ci
                WHERE ci.id = next.id AND ci.org_id = reach.org AND ci.status <> %(retired)s
                ORDER BY {rank}, next.id
                LIMIT %(most)s
            )
        )),
        json_array_length(reach.seen),
        reach.org
    FROM reach
    WHERE reach.distance <= %(depth)s
        AND json_array_length(reach.seen) < %(most)s AND json_array_length(reach.seen) > reach.start
)
SELECT reach.distance, {columns}
FROM reach CROSS JOIN json_each(reach.seen) AS newest CROSS JOIN {items} AS ci
LEFT JOIN {teams} AS team ON team.id = ci.owner_team_id AND team.org_id = ci.org_id
WHERE newest.key >= reach.start AND ci.id = newest.value AND ci.org_id = reach.org
ORDER BY reach.distance, {rank}, ci.name_key
LIMIT %(most)s
"""

_COLUMNS = "ci.id, ci.name, ci.kind, ci.criticality, ci.environment, ci.status, COALESCE(team.name, '')"


@dataclass(frozen=True, slots=True)
class ImpactNode:
    """A configuration item that was reached; ``distance`` is the shortest, in edges. ``owner_team`` is a name."""

    id: UUID
    name: str
    kind: str
    criticality: str
    environment: str
    distance: int
    owner_team: str
    status: str


@dataclass(frozen=True)
class Impact:
    """What was reached, nearest first and most critical first at one distance.

    ``origins`` are the items asked about (distance 0). ``truncated`` says that there is more than ``nodes`` holds,
    and ``truncated_by`` which bound cut it off: ``nodes`` or ``depth``.
    """

    nodes: list[ImpactNode]
    truncated: bool
    origins: list[ImpactNode] = field(default_factory=list)
    truncated_by: Literal["", "nodes", "depth"] = ""


def impact(
    ci_ids: Iterable[UUID],
    *,
    direction: Direction = "dependents",
    depth: int = DEFAULT_DEPTH,
    limit: int = DEFAULT_LIMIT,
    look_beyond: bool = True,
) -> Impact:
    """What depends on the items (``dependents``, downstream) or what they depend on (``dependencies``, upstream).

    Follows at most ``depth`` edges and returns at most ``limit`` items. Retired items are neither shown nor followed.
    Without ``look_beyond`` nobody looks whether there is more behind the last level, which may be the largest by far.
    Ids of other organisations reach nothing. Raises ``Invalid`` for bounds out of range.
    """
    origins = list(dict.fromkeys(ci_ids))
    if not 1 <= depth <= DEEPEST:
        raise Invalid.one("depth", "range", f"Choose a depth from 1 to {DEEPEST}.")
    if not 1 <= limit <= LARGEST:
        raise Invalid.one("limit", "range", f"Choose a limit from 1 to {LARGEST}.")
    if len(origins) > MOST_ORIGINS:
        raise Invalid.one("ci", "too_many", f"Ask about at most {MOST_ORIGINS} configuration items.")
    if not origins:
        return Impact([], truncated=False)
    # One node and one level more than asked for show whether there is more.
    levels = depth if look_beyond else depth - 1
    reached = list(_walk(origins, direction=direction, depth=levels, most=len(origins) + limit + 1))
    nodes = [node for node in reached if 0 < node.distance <= depth]
    cut: Literal["", "nodes", "depth"] = ""
    if len(nodes) > limit:
        nodes, cut = nodes[:limit], "nodes"
    elif any(node.distance > depth for node in reached):
        cut = "depth"
    return Impact(nodes, bool(cut), [node for node in reached if node.distance == 0], cut)


def _walk(origins: list[UUID], *, direction: Direction, depth: int, most: int) -> Iterator[ImpactNode]:
    postgresql = connection.vendor == "postgresql"
    by, to = ("dependency_id", "dependent_id") if direction == "dependents" else ("dependent_id", "dependency_id")
    sql = (_POSTGRESQL if postgresql else _SQLITE).format(
        by=by,
        to=to,
        rank=_RANK,
        columns=_COLUMNS,
        edges=Dependency._meta.db_table,
        items=ConfigurationItem._meta.db_table,
        teams=Team._meta.db_table,
    )
    org = _organisation()
    parameters: dict[str, Any] = {
        "origins": origins if postgresql else json.dumps([origin.hex for origin in origins]),
        "org": org if postgresql else org.hex,
        "retired": CIStatus.RETIRED.value,
        "depth": depth,
        "most": most,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        for distance, ident, name, kind, criticality, environment, status, team in cursor.fetchall():
            identifier = ident if isinstance(ident, UUID) else UUID(hex=ident)
            yield ImpactNode(identifier, name, kind, criticality, environment, distance, team, status)


def _organisation() -> UUID:
    scope = get_scope().get("org")
    if scope is None:
        raise ScopeError("Impact is asked inside an organisation's scope only.")
    identifier: UUID = getattr(scope, "pk", scope)
    return identifier


def impact_summary(ci_ids: Iterable[UUID]) -> dict[str, Any]:
    """Impact downstream as plain JSON, as incidents keep it.

    ``dependents`` counts and ``by_distance`` counts per distance; ``cis`` are the first of them; ``services`` and
    ``teams`` name what is touched, and ``highest_criticality`` the most that is reached, the affected items included.
    ``truncated`` says that there is more than was counted.
    """
    result = impact(ci_ids)
    touched = [*result.origins, *result.nodes]
    counts = Counter(node.distance for node in result.nodes)
    return {
        "dependents": len(result.nodes),
        "truncated": result.truncated,
        "by_distance": {str(distance): counts[distance] for distance in sorted(counts)},
        "services": sorted({node.name for node in touched if is_service(node.kind)})[:SUMMARY_ITEMS],
        "teams": sorted({node.owner_team for node in touched if node.owner_team}),
        "highest_criticality": min((node.criticality for node in touched), key=RANKS.__getitem__, default=None),
        "cis": [
            {
                "id": str(node.id),
                "name": node.name,
                "kind": node.kind,
                "criticality": node.criticality,
                "distance": node.distance,
            }
            for node in result.nodes[:SUMMARY_ITEMS]
        ],
    }

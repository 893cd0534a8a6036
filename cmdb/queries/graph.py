"""The edges of a part of the graph, for drawing it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from cmdb.models import Dependency


@dataclass(frozen=True, slots=True)
class Edge:
    """``dependent`` depends on ``dependency``."""

    dependent: UUID
    dependency: UUID
    kind: str


def edges_among(ci_ids: Collection[UUID], *, limit: int = 5_000) -> list[Edge]:
    """The live edges whose two ends are both among the items given, at most ``limit`` of them."""
    ids = set(ci_ids)
    rows = (
        Dependency.objects.filter(dependent_id__in=ids, dependency_id__in=ids, ended_at=None)
        .order_by("id")
        .values_list("dependent_id", "dependency_id", "kind")[:limit]
    )
    return [Edge(*row) for row in rows]

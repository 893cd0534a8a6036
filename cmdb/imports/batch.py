"""What every reader makes of a body: rows, relations between them, and what could not be read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from orgs.errors import Invalid

BODY_BYTES = 5 * 1024 * 1024
MOST_ROWS = 100_000
"""Rows of one import, whatever number of pages they come in."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a relation points at: the source's id if there is one, and a name to fall back on."""

    external_id: str = ""
    name: str = ""

    def __str__(self) -> str:
        return self.name or self.external_id


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One configuration item as its source tells of it. None means that the source is silent about a field.

    ``row`` counts from 1 (in a CSV file it is the line); ``page`` is the body it came in. ``qualifier`` tells
    namesakes of one source apart. ``attributes`` are merged into the present ones, None removing one.
    ``tells_relations`` says that the batch holds everything that the source knows the item to depend on.
    """

    row: int
    external_id: str = ""
    name: str | None = None
    kind: str | None = None
    environment: str | None = None
    criticality: str | None = None
    owner: str | None = None
    status: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    qualifier: str = ""
    tells_relations: bool = False
    page: int = 1


@dataclass(frozen=True, slots=True)
class RelationRow:
    """``dependent`` depends on ``dependency``."""

    row: int
    dependent: Target
    dependency: Target
    kind: str
    page: int = 1


@dataclass(frozen=True, slots=True)
class RowFault:
    """What was wrong with one field of one row; row 0 is the body as a whole."""

    row: int
    field: str
    code: str
    message: str
    page: int = 1


@dataclass(frozen=True)
class Batch:
    """A body, or several pages of one import, read.

    ``totals`` are the sizes that the source gave of its listings, by the beginning of their external ids; ``seen``
    are all external ids that appeared, also in rows with faults, and ``unidentified`` counts the rows whose id could
    not be read. They decide whether an import may say that something is missing.
    """

    source: str
    items: Sequence[ItemRow] = ()
    relations: Sequence[RelationRow] = ()
    faults: Sequence[RowFault] = ()
    totals: Mapping[str, int] = field(default_factory=dict)
    seen: frozenset[str] = frozenset()
    unidentified: int = 0
    listings: frozenset[str] = frozenset()
    pages: int = 1


def unreadable(source: str, message: str, *, code: str = "unreadable") -> Batch:
    """The batch of a body that could not be read at all."""
    return Batch(source, faults=(RowFault(0, "body", code, message),), unidentified=1)


class Collector:
    """Gathers what a reader finds; a row with a fault is left out, its neighbours are not."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.items: list[ItemRow] = []
        self.relations: list[RelationRow] = []
        self.faults: list[RowFault] = []
        self.totals: dict[str, int] = {}
        self.listings: set[str] = set()
        self._seen: set[str] = set()
        self._unidentified = 0

    def fault(self, row: int, field: str, code: str, message: str) -> None:
        """Note what is wrong with a row."""
        self.faults.append(RowFault(row, field, code, message))

    def saw(self, external_id: str) -> None:
        """Note that an id appeared, whether or not its row can be used; without an id, that one could not be read."""
        if external_id:
            self._seen.add(external_id)
        else:
            self._unidentified += 1

    def batch(self) -> Batch:
        """What was gathered."""
        return Batch(
            self.source,
            self.items,
            self.relations,
            self.faults,
            totals=self.totals,
            seen=frozenset(self._seen),
            unidentified=self._unidentified,
            listings=frozenset(self.listings),
        )


def combined(batches: Iterable[Batch]) -> Batch:
    """Several pages as one import. Raises ``Invalid`` when they come from different sources or are too many rows."""
    parts = list(batches)
    sources = {part.source for part in parts}
    if len(sources) != 1:
        raise Invalid.one("body", "mixed", "Give at least one body, all of one source.")
    if sum(len(part.items) + len(part.relations) for part in parts) > 2 * MOST_ROWS:
        raise Invalid.one("body", "too_many", f"Import at most {MOST_ROWS:,} rows at once.")
    if len(parts) == 1:
        return parts[0]
    totals: dict[str, int] = {}
    for part in parts:
        for listing, total in part.totals.items():
            totals[listing] = max(total, totals.get(listing, 0))
    return Batch(
        sources.pop(),
        items=[replace(item, page=page) for page, part in enumerate(parts, 1) for item in part.items],
        relations=[replace(item, page=page) for page, part in enumerate(parts, 1) for item in part.relations],
        faults=[replace(item, page=page) for page, part in enumerate(parts, 1) for item in part.faults],
        totals=totals,
        seen=frozenset().union(*(part.seen for part in parts)),
        unidentified=sum(part.unidentified for part in parts),
        listings=frozenset().union(*(part.listings for part in parts)),
        pages=len(parts),
    )

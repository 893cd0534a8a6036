"""What an import did, or would do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from cmdb.imports.batch import RowFault

MOST_SHOWN = 1_000
"""Rows and faults that a report holds; its counts are of all."""

Action = Literal["created", "updated", "unchanged", "missing", "refused"]


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """What happens to one configuration item. Row 0 is one that the import does not mention."""

    page: int
    row: int
    external_id: str
    name: str
    action: Action
    changes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ImportReport:
    """The outcome of an import, the same for a preview and a commit of the same bodies.

    ``counts`` has one entry per action, ``rows`` the first of the rows that are not unchanged. ``faults`` are what was
    wrong, by row and field; ``notes`` what was done otherwise than the source might expect.
    """

    source: str
    committed: bool
    counts: dict[str, int]
    relations_added: int
    relations_ended: int
    rows: list[RowOutcome]
    faults: list[RowFault]
    fault_count: int
    notes: list[RowFault]

    def as_dict(self) -> dict[str, Any]:
        """The report as plain JSON."""
        return asdict(self)


def report_of(
    *,
    source: str,
    committed: bool,
    outcomes: Sequence[RowOutcome],
    relations: tuple[int, int],
    faults: Sequence[RowFault],
    notes: Sequence[RowFault],
) -> ImportReport:
    """Count and shorten; ``relations`` are those added and those ended."""
    counts = Counter(outcome.action for outcome in outcomes)
    return ImportReport(
        source=source,
        committed=committed,
        counts={action: counts[action] for action in ("created", "updated", "unchanged", "missing", "refused")},
        relations_added=relations[0],
        relations_ended=relations[1],
        rows=[outcome for outcome in outcomes if outcome.action != "unchanged"][:MOST_SHOWN],
        faults=sorted(faults, key=lambda fault: (fault.page, fault.row))[:MOST_SHOWN],
        fault_count=len(faults),
        notes=list(notes)[:MOST_SHOWN],
    )

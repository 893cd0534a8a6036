"""What an import has decided so far: one item at a time, and what it has to say about rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from cmdb.commands.history import Changes
from cmdb.commands.report import Action, RowOutcome
from cmdb.imports.batch import ItemRow, RelationRow, RowFault
from cmdb.models import ConfigurationItem


@dataclass
class Planned:
    """One item as it will stand, and how that differs from how it stood.

    ``mentioned`` is false for an item that the batch touches without having a row of it.
    """

    ci: ConfigurationItem
    row: ItemRow
    creating: bool
    changes: Changes = field(default_factory=dict)
    missing: bool = False
    mentioned: bool = True

    def outcome(self) -> RowOutcome:
        """The line of the report."""
        action: Action = "unchanged"
        if self.missing:
            action = "missing"
        elif self.creating:
            action = "created"
        elif self.changes:
            action = "updated"
        return RowOutcome(self.row.page, self.row.row, self.ci.external_id, self.ci.name, action, self.changes)


class Findings:
    """The faults and notes of an import, and the rows that it refuses."""

    def __init__(self, faults: Iterable[RowFault]) -> None:
        self.faults = list(faults)
        self.notes: list[RowFault] = []
        self.refused: list[RowOutcome] = []

    def fault(self, row: ItemRow | RelationRow, name: str, code: str, message: str) -> None:
        """Something is wrong with a field of a row."""
        self.faults.append(RowFault(row.row, name, code, message, row.page))

    def note(self, row: ItemRow, name: str, code: str, message: str) -> None:
        """Something was done otherwise than the source might expect."""
        self.notes.append(RowFault(row.row, name, code, message, row.page))

    def refuse(self, row: ItemRow) -> None:
        """The row is left out."""
        self.refused.append(RowOutcome(row.page, row.row, row.external_id, row.name or "", "refused"))

"""The rules of the product's own import form, whichever way its rows are written down."""

from __future__ import annotations

from typing import Any

from cmdb.cleaning import BadValue, clean_attributes, clean_external_id
from cmdb.imports.batch import Collector, ItemRow, RelationRow, Target
from cmdb.imports.body import text_or_none
from cmdb.imports.words import relation_of
from cmdb.vocabulary import DependencyKind

SOURCE = "import"
FIELDS = ("id", "name", "kind", "environment", "criticality", "owner_team", "status", "attributes", "relations")
MOST_RELATIONS = 1_000
"""Relations of one row."""


class FormReader:
    """Collects rows of the form; a row with a fault is left out, its neighbours are not."""

    def __init__(self) -> None:
        self.found = Collector(SOURCE)
        # One file is one listing: the whole of its source.
        self.found.listings.add("")
        self._rows: dict[str, int] = {}

    def add(self, number: int, row: Any) -> None:
        """Take one row of the form."""
        if not isinstance(row, dict):
            self.found.fault(number, "row", "type", "A configuration item is an object.")
            self.found.saw("")
            return
        external_id = text_or_none(row.get("id")) or ""
        before = len(self.found.faults)
        self._check(number, row, external_id)
        relations = self._relations_of(number, row, external_id)
        faulty = len(self.found.faults) > before
        if external_id or faulty:
            self.found.saw(external_id)
        if faulty:
            return
        if external_id:
            self._rows[external_id] = number
        self.found.items.append(
            ItemRow(
                number,
                external_id=external_id,
                name=text_or_none(row.get("name")),
                kind=_lower(row.get("kind")),
                environment=_lower(row.get("environment")),
                criticality=_lower(row.get("criticality")),
                owner=text_or_none(row.get("owner_team")),
                status=_lower(row.get("status")),
                attributes=row.get("attributes") or {},
                tells_relations=row.get("relations") is not None,
            )
        )
        self.found.relations += relations

    def _check(self, number: int, row: dict[str, Any], external_id: str) -> None:
        for unknown in sorted(row.keys() - set(FIELDS)):
            self.found.fault(number, unknown[:64], "unknown", f"Unknown field; the fields are {', '.join(FIELDS)}.")
        for field in ("id", "name", "kind", "environment", "criticality", "owner_team", "status"):
            value = row.get(field)
            if value is not None and not isinstance(value, str) and (field != "id" or text_or_none(value) is None):
                self.found.fault(number, field, "type", "Give a text.")
        if not text_or_none(row.get("name")):
            self.found.fault(number, "name", "required", "Every configuration item needs a name.")
        if self._rows.get(external_id):
            self.found.fault(number, "id", "duplicate", f"Row {self._rows[external_id]} has this id already.")
        try:
            clean_external_id(external_id)
        except BadValue as bad:
            self.found.fault(number, "id", bad.code, bad.message)
        if row.get("attributes") is not None:
            try:
                clean_attributes(row["attributes"])
            except BadValue as bad:
                self.found.fault(number, "attributes", bad.code, bad.message)

    def _relations_of(self, number: int, row: dict[str, Any], external_id: str) -> list[RelationRow]:
        entries = row.get("relations")
        if entries is None:
            return []
        if not isinstance(entries, list):
            self.found.fault(number, "relations", "type", 'Give a list of {"type", "target"}.')
            return []
        if len(entries) > MOST_RELATIONS:
            self.found.fault(number, "relations", "too_many", f"Give at most {MOST_RELATIONS} relations of one item.")
            return []
        here = Target(external_id, text_or_none(row.get("name")) or "")
        found = []
        for entry in entries:
            kind = relation_of(text_or_none(entry.get("type", "depends_on"))) if isinstance(entry, dict) else None
            target = text_or_none(entry.get("target")) if isinstance(entry, dict) else None
            if kind is None or target is None:
                kinds = ", ".join(DependencyKind.values)
                self.found.fault(number, "relations", "invalid", f"A relation has a target and a type, one of {kinds}.")
                continue
            found.append(RelationRow(number, here, Target(target, target), kind))
        return found


def _lower(value: Any) -> str | None:
    text = text_or_none(value)
    return text.casefold() if text else None

"""Deciding what an import does, row by row, without writing anything."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from cmdb.cleaning import BadValue, clean_fields
from cmdb.commands.history import FIELDS, first_changes, value_of
from cmdb.commands.import_edges import EdgePlan
from cmdb.commands.import_outcome import Findings, Planned
from cmdb.commands.import_present import Present
from cmdb.commands.import_rows import given, laid_over, longer_names, merged
from cmdb.commands.report import RowOutcome
from cmdb.imports.batch import Batch, ItemRow, RowFault
from cmdb.models import ConfigurationItem
from cmdb.vocabulary import CIStatus, name_key, storable
from orgs.errors import FieldError
from orgs.models import Team

UNKNOWN_KIND = "unknown"


class Planner:
    """Plans one batch: rows first, then the relations between them, then what is missing."""

    def __init__(self, batch: Batch, *, org_id: UUID, moment: datetime, lock: bool) -> None:
        self.batch = batch
        self.moment = moment
        self.findings = Findings(batch.faults)
        self.planned: dict[UUID, Planned] = {}
        self._org_id = org_id
        self._strangers: set[str] = set()
        self._present = Present(batch.source, lock=lock)
        self.edges = EdgePlan(batch, self._present, self.planned, self.findings)

    def plan(self, *, complete: bool) -> None:
        """Decide everything. ``complete`` says that what the batch does not mention is no longer there."""
        rows = list(merged(self.batch.items))
        self._load(rows)
        for row in rows:
            self._plan_row(row)
        self.edges.plan(org_id=self._org_id, moment=self.moment)
        if complete:
            self._plan_missing()

    def outcomes(self) -> list[RowOutcome]:
        """The lines of the report: rows in their order, then what is missing."""
        lines = [each.outcome() for each in self.planned.values() if each.mentioned or each.changes]
        lines += self.findings.refused
        return sorted(lines, key=lambda line: (line.row == 0, line.page, line.row, line.name))

    def _load(self, rows: Sequence[ItemRow]) -> None:
        """Read what rows and relations may mean, and then what the longer names of namesakes would clash with."""
        told = [(row.external_id, row.name) for row in rows]
        for relation in self.batch.relations:
            told += [(end.external_id, end.name) for end in (relation.dependent, relation.dependency)]
        self._present.load(
            external_ids={storable(external_id) for external_id, _ in told if external_id},
            names={name_key(name) for _, name in told if name},
        )
        first: dict[str, str] = {}
        clashing = []
        for row in rows:
            key = name_key(row.name or "")
            holder = self._present.by_name.get(key)
            held_by = holder.external_id if holder else first.setdefault(key, row.external_id)
            if row.name and row.external_id and held_by != row.external_id:
                clashing.append(row)
        self._present.load(names={name_key(name) for row in clashing for name in longer_names(row)})

    def _plan_row(self, row: ItemRow) -> None:
        values, errors = clean_fields(given(row))
        ci = self._existing(row)
        if ci is None and not row.name:
            if row.status == CIStatus.MISSING:
                return
            errors.append(FieldError("name", "required", "A new item needs a name."))
        if ci is not None and ci.pk in self.planned:
            message = f"Row {self.planned[ci.pk].row.row} is about this item already."
            errors.append(FieldError("name", "duplicate", message))
        team, owner = self._owner(row)
        attributes: dict[str, Any] = {}
        try:
            attributes = laid_over(ci.attributes if ci else {}, {**row.attributes, **owner})
        except BadValue as bad:
            errors.append(FieldError("attributes", bad.code, bad.message))
        for error in errors:
            self.findings.fault(row, error.field, error.code, error.message)
        if errors:
            self.findings.refuse(row)
        elif ci is not None or row.status != CIStatus.MISSING:
            self._settle(ci, row, {**values, "attributes": attributes, **({"owner_team": team} if team else {})})

    def _settle(self, ci: ConfigurationItem | None, row: ItemRow, values: dict[str, Any]) -> None:
        """Set a row's clean values on its item, or on a new one, and note what differs."""
        creating = ci is None
        name = self._free_name(row, ci, values.pop("name", None) or (ci.name if ci else ""))
        if ci is None and name is None:
            self.findings.refuse(row)
            return
        if ci is None:
            ci = ConfigurationItem(org_id=self._org_id, kind=UNKNOWN_KIND, created_at=self.moment)
            ci.updated_at = self.moment
        before = {} if creating else {field: value_of(ci, field) for field in FIELDS}
        if name is not None:
            ci.name, ci.name_key = name, name_key(name)
        if values.pop("external_id", ""):
            ci.source, ci.external_id = self.batch.source, row.external_id
        if ci.status == CIStatus.MISSING:
            values.setdefault("status", CIStatus.ACTIVE.value)
        for field, value in values.items():
            setattr(ci, field, value)
        changes = {field: [old, new] for field, old in before.items() if (new := value_of(ci, field)) != old}
        self._present.add(ci)
        self.planned[ci.pk] = Planned(
            ci,
            row,
            creating=creating,
            changes=first_changes(ci) if creating else changes,
            missing="status" in changes and ci.status == CIStatus.MISSING,
        )

    def _existing(self, row: ItemRow) -> ConfigurationItem | None:
        """The item that a row means: by its id; by name one that no source claims, or any when the row has no id."""
        if row.external_id and (ci := self._present.by_external_id.get(row.external_id)):
            return ci
        holder = self._present.by_name.get(name_key(row.name)) if row.name else None
        if holder is None or (row.external_id and (holder.external_id or holder.pk in self.planned)):
            return None
        return holder

    def _free_name(self, row: ItemRow, ci: ConfigurationItem | None, name: str) -> str | None:
        """The name, or a longer one where a namesake of the same source holds it; None to keep the present one.

        A name that another source's item holds is a fault: the two may be one thing, and which source is right is for
        people to say.
        """
        holder = self._present.by_name.get(name_key(name))
        if holder is None or holder is ci:
            return name
        if holder.external_id and holder.source != self.batch.source:
            message = f"{name} is the name of a configuration item from {holder.source}; its fields were left alone."
            self.findings.fault(row, "name", "taken", message)
            return None
        for longer in longer_names(row):
            if self._present.by_name.get(name_key(longer)) in (None, ci):
                if ci is None:
                    self.findings.note(row, "name", "qualified", f"There is another {name}; this one is {longer}.")
                return longer
        self.findings.fault(row, "name", "taken", f"{name} is the name of another configuration item.")
        return None

    def _owner(self, row: ItemRow) -> tuple[Team | None, dict[str, Any]]:
        """The owning team; an owner that is no team here is kept as an attribute."""
        if not row.owner:
            return None, {}
        team = self._present.team(row.owner)
        if team is None:
            self._note_owner(row)
            return None, {"owner": row.owner}
        return team, {"owner": None}

    def _note_owner(self, row: ItemRow) -> None:
        if row.owner not in self._strangers:
            self._strangers.add(row.owner or "")
            self.findings.note(row, "owner", "no_team", f"{row.owner} is no team here; kept as the attribute owner.")

    def _plan_missing(self) -> None:
        if reason := self._why_not_complete():
            message = f"Nothing was marked missing: {reason}"
            self.findings.notes.append(RowFault(0, "complete", "incomplete", message))
            return
        for ci in self._present.unmentioned(self.batch.listings, self.batch.seen):
            was, ci.status = ci.status, CIStatus.MISSING.value
            row = ItemRow(0, external_id=ci.external_id, name=ci.name)
            planned = self.planned.setdefault(ci.pk, Planned(ci, row, creating=False))
            planned.missing = True
            planned.changes |= {"status": [was, ci.status]}

    def _why_not_complete(self) -> str:
        if not self.batch.listings:
            return "this is no listing."
        if self.batch.unidentified:
            return f"{self.batch.unidentified} rows do not say which item they are."
        for listing, total in self.batch.totals.items():
            seen = sum(external_id.startswith(listing) for external_id in self.batch.seen)
            if seen < total:
                return f"the source lists {total}, {seen} were given; give every page."
        return ""

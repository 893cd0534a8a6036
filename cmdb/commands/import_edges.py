"""Deciding which edges an import adds, brings back and ends."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from cmdb.commands.history import edges_changed
from cmdb.commands.import_outcome import Findings, Planned
from cmdb.commands.import_present import EdgeKey, Present
from cmdb.imports.batch import Batch, ItemRow, RelationRow
from cmdb.models import ConfigurationItem, Dependency


class EdgePlan:
    """The edges of one batch. An edge ends only when the source tells all relations of its item and leaves it out."""

    def __init__(self, batch: Batch, present: Present, planned: dict[UUID, Planned], findings: Findings) -> None:
        self.new: list[Dependency] = []
        self.returned: list[Dependency] = []
        self.ended: list[Dependency] = []
        self._batch = batch
        self._present = present
        self._planned = planned
        self._findings = findings

    def plan(self, *, org_id: UUID, moment: datetime) -> None:
        """Decide, and write what comes and goes into the changes of the dependents."""
        wanted = dict(self._wanted())
        telling = {pk for pk, planned in self._planned.items() if planned.row.tells_relations}
        present = self._present.edges({dependent for dependent, _, _ in wanted} | telling)
        for key, dependency in wanted.items():
            edge = present.get(key)
            if edge is None:
                self.new.append(
                    Dependency(
                        org_id=org_id,
                        dependent_id=key[0],
                        dependency=dependency,
                        kind=key[2],
                        source=self._batch.source,
                        created_at=moment,
                    )
                )
            elif edge.ended_at is not None:
                self.returned.append(edge)
        self.ended = [
            edge
            for key, edge in present.items()
            if edge.ended_at is None and edge.source == self._batch.source and key[0] in telling and key not in wanted
        ]
        self._note()

    def _wanted(self) -> Iterator[tuple[EdgeKey, ConfigurationItem]]:
        for relation in self._batch.relations:
            dependent = self._present.find(relation.dependent.external_id, relation.dependent.name)
            dependency = self._present.find(relation.dependency.external_id, relation.dependency.name)
            if dependent is None or dependency is None:
                unknown = relation.dependent if dependent is None else relation.dependency
                message = f"{unknown} is neither in this import nor known as a configuration item."
                self._findings.fault(relation, "relations", "unknown_target", message)
            elif dependent.pk == dependency.pk:
                self._findings.fault(relation, "relations", "self", f"{dependent.name} cannot depend on itself.")
            else:
                self._keep(dependent, relation)
                yield (dependent.pk, dependency.pk, relation.kind), dependency

    def _keep(self, dependent: ConfigurationItem, relation: RelationRow) -> None:
        """An item that may gain an edge without having a row of its own is planned as well, for its history."""
        if dependent.pk not in self._planned:
            row = ItemRow(relation.row, external_id=dependent.external_id, name=dependent.name, page=relation.page)
            self._planned[dependent.pk] = Planned(dependent, row, creating=False, mentioned=False)

    def _note(self) -> None:
        came: dict[UUID, list[Dependency]] = {}
        went: dict[UUID, list[Dependency]] = {}
        for edge in (*self.new, *self.returned):
            came.setdefault(edge.dependent_id, []).append(edge)
        for edge in self.ended:
            went.setdefault(edge.dependent_id, []).append(edge)
        for pk in came.keys() | went.keys():
            self._planned[pk].changes |= edges_changed(came.get(pk, []), went.get(pk, []))

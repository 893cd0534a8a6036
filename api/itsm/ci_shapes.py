"""How `/itsm` shows configuration items, and what it reads of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import F

from api.base import shapes
from api.base.fields import Many, Members, RecordName, Text, Whole, Word
from api.base.serializers import StrictInput
from api.base.shapes import Shape
from api.itsm.shapes import CI_REF
from api.vocabulary import ITSM
from cmdb.commands import DependsOn
from cmdb.models import ConfigurationItem, Dependency
from cmdb.vocabulary import (
    ENVIRONMENT_LENGTH,
    EXTERNAL_ID_LENGTH,
    KIND_LENGTH,
    NAME_LENGTH,
    SOURCE_LENGTH,
    CIStatus,
    Criticality,
    DependencyKind,
)
from incidents.models import Incident

MOST_DEPENDENCIES = 1_000
COLUMNS = (
    "id",
    "name",
    "name_key",
    "kind",
    "environment",
    "criticality",
    "status",
    "attributes",
    "source",
    "external_id",
    "version",
    "created_at",
    "updated_at",
    "owner_team__name",
)

DEPENDS_ON = Shape(
    "CiDependency",
    {"id": shapes.ident(), "name": shapes.text(), "kind": shapes.word(*DependencyKind.values)},
    "What a configuration item depends on, and how.",
)
CI = Shape(
    "Ci",
    {
        "id": shapes.ident(),
        "name": shapes.text(),
        "kind": shapes.text(),
        "environment": shapes.text(),
        "criticality": shapes.word(*Criticality.values),
        "status": shapes.word(*CIStatus.values),
        "owner_team": shapes.nullable(shapes.text("The team's name.")),
        "attributes": shapes.members(),
        "depends_on": shapes.many(DEPENDS_ON),
        "source": shapes.text("The import that it came from; empty for one entered by hand."),
        "external_id": shapes.text("Its id there."),
        "created_at": shapes.moment(),
        "updated_at": shapes.moment(),
        "version": shapes.whole("Counts the changes; the ETag."),
    },
    "A configuration item.",
)
NODE = Shape(
    "ImpactNode",
    {
        "id": shapes.ident(),
        "name": shapes.text(),
        "kind": shapes.text(),
        "criticality": shapes.text(),
        "environment": shapes.text(),
        "status": shapes.text(),
        "owner_team": shapes.text(),
        "distance": shapes.whole("The fewest edges from the item."),
    },
)
OPEN_INCIDENT = Shape(
    "OpenIncident",
    {
        "id": shapes.ident(),
        "reference": shapes.text(),
        "title": shapes.text(),
        "severity": shapes.word(*ITSM.severity_words),
        "status": shapes.word(*ITSM.status_words),
    },
)
REACH = Shape(
    "CiImpact",
    {
        "ci": CI_REF,
        "direction": shapes.word("dependents", "dependencies"),
        "nodes": shapes.many(NODE, "Nearest first, the most critical first at one distance."),
        "truncated": shapes.flag("Whether there is more than this."),
        "truncated_by": shapes.word("", "nodes", "depth"),
        "open_incidents": shapes.many(OPEN_INCIDENT, "On the item or on what was reached."),
        "scheduled_changes": shapes.many(shapes.members(), "On the item or on what was reached."),
    },
    "What depends on a configuration item, transitively, or what it depends on.",
)
EXAMPLE: dict[str, Any] = {
    "id": "0b9d5f5e-52a7-4d0e-9a5d-6a8f4f3f5b10",
    "name": "checkout-api",
    "kind": "application",
    "environment": "production",
    "criticality": "high",
    "status": "active",
    "owner_team": "Platform",
    "attributes": {"fqdn": "checkout.example.net"},
    "depends_on": [{"id": "5d0c1c2e-0c43-4c11-8f2e-8d7f5d1f9a02", "name": "pg-main", "kind": "uses"}],
    "source": "",
    "external_id": "",
    "created_at": "2026-11-01T09:00:00Z",
    "updated_at": "2026-11-01T09:00:00Z",
    "version": 1,
}
NEW_EXAMPLE = {
    "name": "checkout-api",
    "kind": "application",
    "environment": "production",
    "criticality": "high",
    "owner_team": "platform",
    "attributes": {"fqdn": "checkout.example.net"},
    "depends_on": [{"id": "pg-main", "kind": "uses"}],
}


class DependencyInput(RecordName):
    """Names what is depended on: an id, a name, or an object of `id` (or name) and `kind`."""

    default_error_messages = {"kind": "Send one of {words}.", "members": "Send id and kind only."}

    def to_internal_value(self, data: Any) -> DependsOn:  # type: ignore[override]
        """The target and the kind of the edge, None where nothing is said of it."""
        target = super().to_internal_value(data)
        kind = data.get("kind") if type(data) is dict else None
        if type(data) is dict and data.keys() - {"id", "name", "kind"}:
            self.fail("members")
        if kind is not None and kind not in DependencyKind.values:
            self.fail("kind", words=", ".join(DependencyKind.values))
        return DependsOn(target, kind)


class CiFields(StrictInput):
    """What people write of a configuration item."""

    name = Text(visible=True, max_length=NAME_LENGTH)
    kind = Text(visible=True, max_length=KIND_LENGTH, help_text="Such as service, host or database.")
    environment = Text(required=False, max_length=ENVIRONMENT_LENGTH)
    criticality = Word({word: word for word in Criticality.values}, required=False)
    status = Word({word: word for word in CIStatus.values}, required=False)
    owner_team = Text(required=False, allow_null=True, max_length=200, help_text="A team's id, slug or name.")
    attributes = Members(required=False)
    depends_on = Many(DependencyInput(), most=MOST_DEPENDENCIES, required=False)


class NewCi(CiFields):
    """A new configuration item."""

    source = Text(required=False, max_length=SOURCE_LENGTH)  # type: ignore[assignment]  # a field of that name
    external_id = Text(required=False, max_length=EXTERNAL_ID_LENGTH)


class CiChanges(CiFields):
    """Changes of a configuration item; what is left out stays."""

    version = Whole(min_value=0, required=False, help_text="The version that was read; like If-Match.")

    echoes = frozenset(CI.members)


def shown_of(values: Mapping[str, Any], depends_on: list[dict[str, Any]]) -> dict[str, Any]:
    """A configuration item from its columns and its edges."""
    shown = {name: values[name] for name in CI.members if name not in ("owner_team", "depends_on")}
    return {**shown, "owner_team": values["owner_team__name"], "depends_on": depends_on}


def edges_from(cis: list[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """What several items depend on, by one query."""
    found: dict[UUID, list[dict[str, Any]]] = {}
    rows = Dependency.objects.filter(dependent__in=cis, ended_at=None).order_by("dependency__name_key", "kind")
    edges = rows.annotate(name=F("dependency__name")).values_list("dependent_id", "dependency_id", "name", "kind")
    for dependent, dependency, name, kind in edges:
        found.setdefault(dependent, []).append({"id": dependency, "name": name, "kind": kind})
    return found


def ci_of(row: ConfigurationItem) -> dict[str, Any]:
    """One configuration item in full."""
    columns = {name: getattr(row, name) for name in COLUMNS if "__" not in name}
    columns["owner_team__name"] = row.owner_team.name if row.owner_team else None
    return shown_of(columns, edges_from([row.pk]).get(row.pk, []))


def open_incident_of(row: Incident) -> dict[str, Any]:
    """A live incident, in short."""
    return {
        "id": row.pk,
        "reference": row.reference,
        "title": row.title,
        "severity": ITSM.severity(row.severity),
        "status": ITSM.status(row.status),
    }

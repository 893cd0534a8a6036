"""Writing down what changed on a configuration item."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from cmdb.models import ConfigurationItem, ConfigurationItemChange, Dependency
from cmdb.models.change import ChangeAction
from orgs.actor import Actor
from timeline.context import current_request_id

Changes = dict[str, Any]
"""Field to ``[before, after]``; ``depends_on`` to ``{"added": [...], "removed": [...]}``."""

FIELDS = ("name", "kind", "environment", "criticality", "owner_team", "status", "attributes", "source", "external_id")


def value_of(ci: ConfigurationItem, field: str) -> Any:
    """A field's value as history keeps it: plain JSON, a team by its slug."""
    if field == "owner_team":
        return ci.owner_team.slug if ci.owner_team else None
    return getattr(ci, field)


def first_changes(ci: ConfigurationItem) -> Changes:
    """What a new item's history begins with: every field that holds something."""
    return {field: [None, value] for field in FIELDS if (value := value_of(ci, field)) not in (None, "", {})}


def edges_changed(added: list[Dependency], removed: list[Dependency]) -> Changes:
    """The entry of edges that came and went; empty when none did."""
    if not added and not removed:
        return {}
    return {"depends_on": {"added": [_edge(edge) for edge in added], "removed": [_edge(edge) for edge in removed]}}


def _edge(edge: Dependency) -> dict[str, str]:
    return {"kind": edge.kind, "id": str(edge.dependency_id), "name": edge.dependency.name}


def change_of(
    ci: ConfigurationItem, action: ChangeAction, changes: Changes, *, actor: Actor, moment: datetime, source: str = ""
) -> ConfigurationItemChange:
    """The history row of one change, to be inserted; the item stands at its new version already."""
    return ConfigurationItemChange(
        org_id=ci.org_id,
        ci=ci,
        version=ci.version,
        action=action,
        changes=changes,
        source=source,
        actor_kind=actor.kind.value,
        actor_ref=actor.ref,
        request_id=current_request_id(),
        recorded_at=moment,
    )

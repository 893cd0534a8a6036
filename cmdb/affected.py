"""The configuration items that a record touches: found by whatever names them, and as events name them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from cmdb.models import ConfigurationItem
from cmdb.queries import resolve_cis
from orgs.checking import is_list
from orgs.errors import Invalid

CiRef = dict[str, str]
"""A configuration item as events name it: id and name, so that renaming or retiring it blanks nothing."""
MOST_CIS = 1000


def find_affected(idents: Sequence[Any], org_id: UUID) -> list[ConfigurationItem]:
    """The configuration items by row, id or name, each once. Raises ``Invalid`` that names the unknown ones.

    A row of another organisation than ``org_id`` is as unknown as one that never was.
    """
    if not is_list(idents) or len(idents) > MOST_CIS:
        raise Invalid.one("affected_cis", "items", f"Give a list of at most {MOST_CIS} configuration items.")
    given = [item for item in idents if isinstance(item, ConfigurationItem) and item.org_id == org_id]
    others = [item for item in idents if not (isinstance(item, ConfigurationItem) and item.org_id == org_id)]
    named = [str(item.pk if isinstance(item, ConfigurationItem) else item) for item in others]
    found = [*given, *(resolve_cis(named) if named else [])]
    return list({ci.pk: ci for ci in found}.values())


def as_refs(cis: Iterable[ConfigurationItem]) -> list[CiRef]:
    """Configuration items as events name them, in a stable order."""
    return sorted(({"id": str(ci.pk), "name": ci.name} for ci in cis), key=lambda ref: (ref["name"], ref["id"]))

"""ServiceNow: CMDB instance lists and details, table rows of CI classes, and pages of ``cmdb_rel_ci``.

In the name of a relation's type the parent comes first: under "Depends on::Used by" it depends on the child.
"""

from __future__ import annotations

from typing import Any

from cmdb.imports.batch import MOST_ROWS, Batch, Collector, ItemRow, RelationRow, Target, unreadable
from cmdb.imports.body import UnreadableBody, json_of, member, text_or_none
from cmdb.imports.words import criticality_of

NAME = "servicenow"

_TYPES: dict[str, tuple[str, bool]] = {
    "depends on::used by": ("depends_on", True),
    "runs on::runs": ("runs_on", True),
    "hosted on::hosts": ("hosted_on", True),
    "virtualized by::virtualizes": ("runs_on", True),
    "instantiates::instantiated by": ("runs_on", False),
    "member of::members": ("member_of", True),
    "members::member of": ("member_of", False),
    "contains::contained by": ("member_of", False),
    "connects to::connected by": ("connects_to", True),
    "uses::used by": ("uses", True),
}
"""Name of a relation type to our kind, and whether the parent is the dependent end."""

_TYPE_IDS = {
    "1a9cb166f1571100a92eb60da2bce5c5": "depends on::used by",
    "60bc4e22c0a8010e01f074cbe6bd73c3": "runs on::runs",
    "5f985e0ec0a8010e00a9714f2a172815": "hosted on::hosts",
    "55c95bf6c0a8010e0118ec7056ebc54d": "contains::contained by",
    "cb5592603751200032ff8c00dfbe5d17": "uses::used by",
}
"""The ids that every instance ships with, for answers that leave the type's name out."""

_INSTALL_STATUSES = {
    "1": "active",
    "installed": "active",
    "7": "retired",
    "retired": "retired",
    "2": "planned",
    "on order": "planned",
    "4": "planned",
    "pending install": "planned",
}
_OPERATIONAL_STATUSES = {"1": "active", "operational": "active", "6": "retired", "retired": "retired"}
_CONSUMED = frozenset({"sys_id", "name", "sys_class_name", "environment", "used_for", "support_group"})
_INTERNAL_PREFIX = "sys_"
_ATTRIBUTE_NAMES = {"host_name": "hostname"}


def read(raw: bytes) -> Batch:
    """Read any of the four kinds of answer; faults are in the batch, never raised."""
    try:
        body = json_of(raw)
    except UnreadableBody as error:
        return unreadable(NAME, str(error))
    result = member(body, "result")
    found = Collector(NAME)
    if isinstance(result, dict):
        _read_member(found, 1, result)
    elif isinstance(result, list):
        if len(result) > MOST_ROWS:
            return unreadable(NAME, f"Import at most {MOST_ROWS:,} rows at once.", code="too_many")
        for number, record in enumerate(result, 1):
            _read_member(found, number, record)
        if found.items:
            # Ids carry no class: a complete import has to bring every class that was imported before.
            found.listings.add("")
    else:
        detail = text_or_none(member(body, "error", "message")) or "there is no result in it"
        return unreadable(NAME, f"Not an answer of a ServiceNow table or CMDB: {detail}")
    return found.batch()


def _read_member(found: Collector, number: int, record: Any) -> None:
    if not isinstance(record, dict):
        found.fault(number, "row", "type", "A record is an object.")
        found.saw("")
    elif "parent" in record and "child" in record:
        _read_relation(found, number, record)
    elif isinstance(record.get("attributes"), dict):
        tells = "outbound_relations" in record and "inbound_relations" in record
        if here := _read_item(found, number, record["attributes"], tells_relations=tells):
            _read_relations_of(found, number, record, here)
    else:
        _read_item(found, number, record)


def _read_item(
    found: Collector, number: int, values: dict[str, Any], *, tells_relations: bool = False
) -> Target | None:
    external_id = _value(values.get("sys_id")) or ""
    found.saw(external_id)
    if not external_id:
        found.fault(number, "sys_id", "required", "The record has no sys_id.")
        return None
    name = _shown(values.get("name"))
    found.items.append(
        ItemRow(
            number,
            external_id=external_id,
            name=name,
            kind=_value(values.get("sys_class_name")),
            environment=_shown(values.get("environment")) or _shown(values.get("used_for")),
            criticality=criticality_of(_shown(values.get("busines_criticality"))),
            owner=_shown(values.get("support_group")) or _shown(values.get("assignment_group")),
            status=_status(values),
            attributes=_attributes(values),
            tells_relations=tells_relations,
        )
    )
    return Target(external_id, name or "")


def _read_relations_of(found: Collector, number: int, record: dict[str, Any], here: Target) -> None:
    for field, here_is_parent in (("outbound_relations", True), ("inbound_relations", False)):
        entries = record.get(field)
        for entry in entries if isinstance(entries, list) else []:
            there = _target(member(entry, "target"))
            parent, child = (here, there) if here_is_parent else (there, here)
            _add_relation(found, number, field, (parent, child), member(entry, "type"))


def _read_relation(found: Collector, number: int, record: dict[str, Any]) -> None:
    ends = (_target(record["parent"]), _target(record["child"]))
    kind = record.get("type") if record.get("type") is not None else record.get("type.name")
    _add_relation(found, number, "type", ends, kind)


def _add_relation(
    found: Collector, number: int, field: str, ends: tuple[Target | None, Target | None], kind: Any
) -> None:
    parent, child = ends
    if parent is None or child is None:
        found.fault(number, field, "invalid", "The relation does not say what it links.")
        return
    shown = (_shown(kind) or "").casefold()
    known = _TYPES.get(shown) or _TYPES.get(_TYPE_IDS.get(_value(kind) or "", ""))
    if known is None:
        message = f"The relation type {(_shown(kind) or 'without a name')[:100]} is no dependency that is known here."
        found.fault(number, field, "unknown_type", message)
        return
    name, parent_depends = known
    dependent, dependency = (parent, child) if parent_depends else (child, parent)
    found.relations.append(RelationRow(number, dependent, dependency, name))


def _target(value: Any) -> Target | None:
    ident = _value(value)
    if ident is None:
        return None
    shown = text_or_none(member(value, "display_value"))
    return Target(ident, shown if shown and shown != ident else "")


def _value(field: Any) -> str | None:
    """The stored value of a field: given plainly, or as ``{value, display_value, link}``."""
    return text_or_none(field["value"]) if isinstance(field, dict) and "value" in field else text_or_none(field)


def _shown(field: Any) -> str | None:
    """What people see of a field: its display value where the answer has one."""
    return text_or_none(member(field, "display_value")) or _value(field)


def _status(values: dict[str, Any]) -> str | None:
    for field, table in (("install_status", _INSTALL_STATUSES), ("operational_status", _OPERATIONAL_STATUSES)):
        for text in (_value(values.get(field)), _shown(values.get(field))):
            if status := table.get((text or "").casefold()):
                return status
    return None


def _attributes(values: dict[str, Any]) -> dict[str, Any]:
    return {
        _ATTRIBUTE_NAMES.get(name, name): _shown(value)
        for name, value in values.items()
        if name not in _CONSUMED and not name.startswith(_INTERNAL_PREFIX)
    }

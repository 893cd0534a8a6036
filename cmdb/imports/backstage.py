"""Backstage: pages of ``/entities/by-query``, lists of entities, and single ones.

The external id is the entity's reference ``kind:namespace/name`` in lower case: ``metadata.uid`` changes when an entity
is registered anew.
"""

from __future__ import annotations

import re
from typing import Any

from cmdb.imports.batch import MOST_ROWS, Batch, Collector, ItemRow, RelationRow, Target, unreadable
from cmdb.imports.body import UnreadableBody, json_of, member, text_or_none
from cmdb.imports.words import criticality_of, criticality_of_tags

NAME = "backstage"

_REFERENCE = re.compile(r"(?:(?P<kind>[^:/]+):)?(?:(?P<namespace>[^:/]+)/)?(?P<name>[^:/]+)")
_RELATIONS = {"dependsOn": "depends_on", "partOf": "member_of"}
"""The relations that point at what an entity needs; their inverses come with the other end."""

_SPEC_RELATIONS = {"dependsOn": ("dependsOn", "component"), "system": ("partOf", "system")}
"""Where an entity without relations says the same in its spec, and the kind that is meant where none is written."""

_NO_ITEMS = frozenset({"group", "user", "location", "template"})
_LISTED = re.compile(r"[^:]+:")


def read(raw: bytes) -> Batch:
    """Read a page, a list or an entity; faults are in the batch, never raised."""
    try:
        body = json_of(raw)
    except UnreadableBody as error:
        return unreadable(NAME, str(error))
    found = Collector(NAME)
    if isinstance(body, dict) and "metadata" in body:
        _read_entity(found, 1, body)
        return found.batch()
    entities = body.get("items") if isinstance(body, dict) else body
    if not isinstance(entities, list):
        detail = text_or_none(member(body, "error", "message")) or "there are no entities in it"
        return unreadable(NAME, f"Not an answer of a Backstage catalogue: {detail}")
    if len(entities) > MOST_ROWS:
        return unreadable(NAME, f"Import at most {MOST_ROWS:,} rows at once.", code="too_many")
    for number, entity in enumerate(entities, 1):
        _read_entity(found, number, entity)
    found.listings.update(match[0] for item in found.items if (match := _LISTED.match(item.external_id)))
    total = member(body, "totalItems")
    if isinstance(total, int) and not isinstance(total, bool):
        # One query spans several kinds: its total is over all of them.
        found.totals[""] = total
    return found.batch()


def _read_entity(found: Collector, number: int, entity: Any) -> None:
    kind, name = text_or_none(member(entity, "kind")), text_or_none(member(entity, "metadata", "name"))
    if not kind or not name:
        found.fault(number, "metadata.name" if kind else "kind", "required", "An entity has a kind and a name.")
        found.saw("")
        return
    namespace = text_or_none(member(entity, "metadata", "namespace")) or "default"
    external_id = f"{kind}:{namespace}/{name}".casefold()
    found.saw(external_id)
    if kind.casefold() in _NO_ITEMS:
        return
    tags = [tag for tag in _list(member(entity, "metadata", "tags")) if isinstance(tag, str)]
    title = text_or_none(member(entity, "metadata", "title")) or name
    sort = text_or_none(member(entity, "spec", "type"))
    found.items.append(
        ItemRow(
            number,
            external_id=external_id,
            name=title,
            kind=f"{kind}/{sort}" if sort else kind,
            environment=text_or_none(member(entity, "spec", "lifecycle")),
            criticality=_annotated_criticality(entity) or criticality_of_tags(tags),
            owner=_owner(entity),
            attributes={**_attributes(entity, tags), "alias": name if title != name else None},
            tells_relations=isinstance(entity.get("relations"), list),
            qualifier=f"{namespace}/{name}" if title != name else f"{kind.casefold()}:{namespace}",
        )
    )
    here = Target(external_id, title)
    for relation, reference in _relations_of(entity, namespace):
        if target := _target(reference, namespace):
            found.relations.append(RelationRow(number, here, target, _RELATIONS[relation]))
        else:
            found.fault(number, "relations", "invalid", f"{reference[:100]} is no entity reference.")


def _relations_of(entity: dict[str, Any], namespace: str) -> list[tuple[str, str]]:
    """The relations that matter, as the catalogue states them; else as the entity's own spec does."""
    if isinstance(entity.get("relations"), list):
        stated = [(member(each, "type"), text_or_none(member(each, "targetRef"))) for each in entity["relations"]]
        return list(dict.fromkeys((sort, ref) for sort, ref in stated if sort in _RELATIONS and ref))
    found = []
    for field, (relation, kind) in _SPEC_RELATIONS.items():
        value = member(entity, "spec", field)
        texts = [text_or_none(reference) for reference in (value if isinstance(value, list) else [value])]
        found += [(relation, text if ":" in text else f"{kind}:{text}") for text in texts if text]
    return found


def _target(reference: str, namespace: str) -> Target | None:
    match = _REFERENCE.fullmatch(reference.casefold())
    if match is None or not match["kind"]:
        return None
    return Target(f"{match['kind']}:{match['namespace'] or namespace.casefold()}/{match['name']}", match["name"])


def _owner(entity: dict[str, Any]) -> str | None:
    """The owner's name out of its reference: ``group:default/payments-sre`` is payments-sre."""
    reference = text_or_none(member(entity, "spec", "owner"))
    match = _REFERENCE.fullmatch(reference) if reference else None
    return match["name"] if match else reference


def _annotated_criticality(entity: dict[str, Any]) -> str | None:
    annotations = member(entity, "metadata", "annotations")
    for name, value in annotations.items() if isinstance(annotations, dict) else ():
        if name.rsplit("/", 1)[-1] in ("criticality", "tier") and (found := _word(text_or_none(value))):
            return found
    return None


def _word(value: str | None) -> str | None:
    return criticality_of(value) or criticality_of(f"tier-{value}")


def _attributes(entity: dict[str, Any], tags: list[str]) -> dict[str, Any]:
    source = text_or_none(member(entity, "metadata", "annotations", "backstage.io/managed-by-location"))
    return {
        "description": text_or_none(member(entity, "metadata", "description")),
        "tags": tags or None,
        "system": text_or_none(member(entity, "spec", "system")),
        "domain": text_or_none(member(entity, "spec", "domain")),
        "url": source.removeprefix("url:") if source else None,
    }


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []

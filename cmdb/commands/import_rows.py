"""The rows of an import before they meet the database: pages laid over each other, values made storable."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from cmdb.cleaning import clean_attributes
from cmdb.imports.batch import ItemRow
from cmdb.vocabulary import NAME_LENGTH, storable

RULED = ("name", "kind", "environment", "criticality", "status", "external_id")
"""The fields of a row that one rule each decides."""


def merged(rows: Sequence[ItemRow]) -> Iterator[ItemRow]:
    """Rows with one id as one: what a later page says is laid over the earlier."""
    by_id: dict[str, ItemRow] = {}
    for row in rows:
        held = by_id.get(row.external_id) if row.external_id else None
        if held is None:
            by_id[row.external_id or f"\0{len(by_id)}"] = row
        else:
            by_id[row.external_id] = replace(
                held,
                **given(row),
                owner=row.owner or held.owner,
                attributes={**held.attributes, **row.attributes},
                tells_relations=held.tells_relations or row.tells_relations,
            )
    yield from by_id.values()


def given(row: ItemRow) -> dict[str, Any]:
    """The fields that a row speaks of, without owner and attributes, which take more than a rule."""
    return {name: value for name in RULED if (value := getattr(row, name)) is not None}


def longer_names(row: ItemRow) -> list[str]:
    """Names that tell a namesake apart, the most readable first."""
    tails = [f" ({tail[:100]})" for tail in (row.qualifier, row.external_id) if tail]
    return [f"{(row.name or '')[: NAME_LENGTH - len(tail)]}{tail}" for tail in tails]


def laid_over(present: dict[str, Any], told: dict[str, Any]) -> dict[str, Any]:
    """The attributes with a source's laid over them: None removes one, characters that no database takes are replaced.

    Raises ``BadValue``.
    """
    both = {**present, **{storable(name): _storable(value) for name, value in told.items()}}
    return clean_attributes({name: value for name, value in both.items() if value is not None})


def _storable(value: Any) -> Any:
    match value:
        case str():
            return storable(value)
        case list():
            return [_storable(each) for each in value]
        case dict():
            return {storable(str(name)): _storable(each) for name, each in value.items()}
        case _:
            return value

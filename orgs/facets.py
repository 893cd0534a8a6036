"""Lists with facets: the filters in an address, the number beside each choice, and the links that toggle them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from orgs.errors import Invalid
from orgs.neutral import neutral

LONGEST_VALUE = 200
MOST_OPTIONS = 10
MOST_COUNTED = 5_000
"""Rows that are looked at for the numbers; beyond them the numbers speak of the first so many."""

Row = Sequence[Any]


@dataclass(frozen=True)
class Facet:
    """One thing to filter by. ``words`` are its fixed choices; without them the values that occur are offered."""

    name: str
    title: str
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Address:
    """The address of a filtered list: ``chosen`` values by facet, words to search for, and where the page begins."""

    path: str
    chosen: Mapping[str, tuple[str, ...]]
    q: str = ""
    cursor: str = ""

    def values(self, name: str) -> tuple[str, ...]:
        """What is chosen of a facet."""
        return self.chosen.get(name, ())

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The filters as parameters, the place left out."""
        found = [(name, value) for name, values in self.chosen.items() for value in values]
        return [*found, ("q", self.q)] if self.q else found

    def url(self, *, cursor: str = "") -> str:
        """The address itself, from the first page on unless a cursor is given."""
        pairs = [*self.pairs, ("cursor", cursor)] if cursor else self.pairs
        return self.path + (f"?{urlencode(pairs)}" if pairs else "")

    def toggled(self, name: str, value: str) -> str:
        """The address with one choice put in or taken out."""
        held = self.values(name)
        values = tuple(other for other in held if other != value) if value in held else (*held, value)
        return replace(self, chosen={**self.chosen, name: values}).url()

    def without_search(self) -> str:
        """The address without the words searched for."""
        return replace(self, q="").url()


def read_address(path: str, query: QueryDict, facets: Sequence[Facet]) -> Address:
    """The address that a query names. Raises ``Invalid`` for a filter or a choice that does not exist."""
    known = {facet.name: facet for facet in facets}
    for name in query:
        if name not in known and name not in ("q", "cursor", "panel"):
            raise Invalid.one(name[:50], "unknown", "There is no such filter.")
    chosen: dict[str, tuple[str, ...]] = {}
    for facet in facets:
        values = tuple(dict.fromkeys(value for value in query.getlist(facet.name) if value))
        if any(len(value) > LONGEST_VALUE or "\0" in value for value in values):
            raise Invalid.one(facet.name, "invalid", "That is no value of this filter.")
        if facet.words and not set(values) <= set(facet.words):
            raise Invalid.one(facet.name, "choice", f"Choose among {', '.join(facet.words)}.")
        if values:
            chosen[facet.name] = values
    text = query.get("q", "").replace("\0", "").strip()[:LONGEST_VALUE]
    return Address(path, chosen, text, query.get("cursor", ""))


def _among(at: int, values: frozenset[str]) -> Callable[[Row], bool]:
    return lambda row: str(row[at]) in values


def count(rows: Sequence[Row], columns: Mapping[str, int], address: Address) -> dict[str, dict[str, int]]:
    """The number beside each value of each facet: the other facets applied, its own left open."""
    tests = {
        name: _among(columns[name], frozenset(values)) for name, values in address.chosen.items() if name in columns
    }
    numbers = {}
    for name, at in columns.items():
        others = [test for other, test in tests.items() if other != name]
        counted = Counter(
            str(row[at]) for row in rows if row[at] not in ("", None) and all(test(row) for test in others)
        )
        numbers[name] = dict(counted.most_common())
    return numbers


def options_of(
    facets: Sequence[Facet],
    address: Address,
    numbers: Mapping[str, Mapping[str, int]],
    labels: Mapping[str, Mapping[str, str]] | None = None,
) -> list[dict[str, Any]]:
    """What `components/facets.html` prints. ``labels`` are the words of values that are not known beforehand."""
    found = []
    for facet in facets:
        counted = numbers.get(facet.name, {})
        values = list(facet.words) or list(dict.fromkeys((*address.values(facet.name), *list(counted)[:MOST_OPTIONS])))
        options = [
            {
                "label": word_of(facet, value, labels),
                "count": str(counted.get(value, 0)),
                "url": address.toggled(facet.name, value),
                "current": value in address.values(facet.name),
            }
            for value in values
        ]
        if options:
            found.append({"name": facet.title, "options": options})
    return found


def word_of(facet: Facet, value: str, labels: Mapping[str, Mapping[str, str]] | None = None) -> str:
    """A value as people read it."""
    return facet.words.get(value) or neutral((labels or {}).get(facet.name, {}).get(value, value))


def chips_of(
    facets: Sequence[Facet], address: Address, labels: Mapping[str, Mapping[str, str]] | None = None
) -> list[dict[str, str]]:
    """What is filtered by, each with the address without it."""
    chips = [
        {"label": word_of(facet, value, labels), "url": address.toggled(facet.name, value)}
        for facet in facets
        for value in address.values(facet.name)
    ]
    if address.q:
        chips.append({"label": f"“{neutral(address.q)}”", "url": address.without_search()})
    return chips

"""Signatures: what makes two incidents on one configuration item alike, and which of them recur. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

DEFAULT_INCIDENTS = 3
DEFAULT_DAYS = 14
TITLE = "title: "
KEY = "key: "
LONGEST = 500

# What tells one occurrence from the next: addresses, ids, times, amounts, and the names of hosts.
_VARIABLE = re.compile(
    r"""
      \w+://\S+                                     # an address of the web
    | [0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}   # a UUID
    | (?<![\w.-])[\w-]+(?:\.[\w-]+)+(?![\w-])       # a host name in parts, an IPv4 address, a decimal
    | (?<![\w-])(?=[\w:-]*\d)[\w:-]+(?![\w-])       # whatever holds a digit: web-12, 0x1f, 10:42, P99
    | (?<!\w)[a-f]{8,}(?!\w)                        # a hexadecimal id that happens to hold none
    """,
    re.VERBOSE,
)
_LEADING_ON = frozenset({"at", "by", "for", "from", "in", "of", "on", "the", "to", "with"})
"""Words that are left over at the end where what they led on to is taken out."""
_NO_WORD = re.compile(r"[^\w]+|_+")


def title_signature(title: str, names: Iterable[str] = ()) -> str:
    """The title without what varies between occurrences; ``names`` are stripped too, such as the affected item's.

    Empty where nothing is left to compare.
    """
    text = title.casefold()
    for name in sorted({name.casefold() for name in names if name}, key=len, reverse=True):
        text = re.sub(rf"(?<![\w-]){re.escape(name)}(?![\w-])", " ", text)
    words = _NO_WORD.sub(" ", _VARIABLE.sub(" ", text)).split()
    while words and words[-1] in _LEADING_ON:
        words.pop()
    kept = " ".join(words)[:LONGEST].strip()
    return f"{TITLE}{kept}" if kept else ""


def signatures_of(title: str, keys: Iterable[str], names: Iterable[str] = ()) -> list[str]:
    """Everything that an incident may be recognised by: its title's signature, then its correlation keys."""
    found = [title_signature(title, names), *(f"{KEY}{key[:LONGEST]}" for key in keys if key)]
    return [signature for signature in found if signature]


def shown(signature: str) -> str:
    """A signature as people read it."""
    return signature.removeprefix(TITLE).removeprefix(KEY)


@dataclass(frozen=True)
class Occurrence:
    """One incident on a configuration item, as the comparison needs it."""

    pk: UUID
    reference: str
    title: str
    keys: Sequence[str]
    at: datetime


@dataclass(frozen=True)
class Group:
    """Incidents that share a signature, the newest first."""

    signature: str
    occurrences: tuple[Occurrence, ...]

    @property
    def ids(self) -> frozenset[UUID]:
        """The incidents."""
        return frozenset(found.pk for found in self.occurrences)


def recurring(occurrences: Iterable[Occurrence], *, least: int, names: Iterable[str] = ()) -> list[Group]:
    """The groups of at least ``least`` incidents that are alike, the largest first.

    A group whose incidents all stand in another one says nothing new and is left out.
    """
    given = list(names)
    by_signature: dict[str, dict[UUID, Occurrence]] = {}
    for found in sorted(occurrences, key=lambda found: (found.at, found.pk), reverse=True):
        for signature in signatures_of(found.title, found.keys, given):
            by_signature.setdefault(signature, {})[found.pk] = found
    groups = [Group(signature, tuple(rows.values())) for signature, rows in by_signature.items() if len(rows) >= least]
    # Of two that hold the same incidents the title says more than a key.
    groups.sort(key=lambda group: (-len(group.occurrences), not group.signature.startswith(TITLE), group.signature))
    kept: list[Group] = []
    for group in groups:
        if not any(group.ids <= other.ids for other in kept):
            kept.append(group)
    return kept


def as_refs(group: Group, most: int) -> list[Mapping[str, str]]:
    """The newest incidents of a group as rows and events name them."""
    return [{"id": str(found.pk), "name": found.reference} for found in group.occurrences[:most]]

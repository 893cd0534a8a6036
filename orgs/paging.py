"""Pages of long lists by keyset: a page begins after the last row of the one before, whatever was inserted meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core import signing
from django.db.models import F, OrderBy, Q, QuerySet

_SALT = "orgs.paging"


@dataclass(frozen=True)
class Column:
    """One column of an order. ``nullable`` ones sort their empty values last, in both directions."""

    name: str
    descending: bool = False
    nullable: bool = False

    def order(self) -> OrderBy:
        """The expression to order by."""
        last = True if self.nullable else None
        return F(self.name).desc(nulls_last=last) if self.descending else F(self.name).asc(nulls_last=last)

    def after(self, value: Any) -> Q | None:
        """The rows behind a value of this column alone, or None where there are none."""
        if value is None:
            return None
        behind = Q(**{f"{self.name}__{'lt' if self.descending else 'gt'}": value})
        return behind | Q(**{f"{self.name}__isnull": True}) if self.nullable else behind

    def same(self, value: Any) -> Q:
        """The rows with exactly this value."""
        return Q(**{f"{self.name}__isnull": True}) if value is None else Q(**{self.name: value})


@dataclass(frozen=True)
class Page:
    """The rows of one page, and the cursor of the next where there is one."""

    rows: list[dict[str, Any]]
    next_cursor: str


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return {"t": value.isoformat()}
    return value if value is None or isinstance(value, int) else str(value)


def _lively(value: Any) -> Any:
    return datetime.fromisoformat(value["t"]) if isinstance(value, dict) else value


def make_cursor(order: str, columns: Sequence[Column], row: dict[str, Any]) -> str:
    """A signed token for the place behind a row."""
    return signing.dumps([order, *(_plain(row[column.name]) for column in columns)], salt=_SALT, compress=True)


def read_cursor(order: str, columns: Sequence[Column], token: str) -> list[Any] | None:
    """The values that a token of this order names, or None for a token that is not ours or of another order."""
    try:
        held = signing.loads(token, salt=_SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    if not isinstance(held, list) or len(held) != len(columns) + 1 or held[0] != order:
        return None
    return [_lively(value) for value in held[1:]]


def behind(columns: Sequence[Column], values: Sequence[Any]) -> Q:
    """The rows that come after the given values in the order of the columns, whose last one must be unique."""
    condition: Q | None = None
    for column, value in reversed(list(zip(columns, values, strict=True))):
        alone = column.after(value)
        ties = column.same(value) & condition if condition is not None else None
        parts = [part for part in (alone, ties) if part is not None]
        condition = parts[0] if len(parts) == 1 else parts[0] | parts[1]
    if condition is None:
        raise ValueError("an order needs at least one column")
    first, value = columns[0], values[0]
    if len(columns) > 1 and not first.nullable:
        # Says nothing new, but lets an index begin at the place instead of reading up to it.
        condition &= Q(**{f"{first.name}__{'lte' if first.descending else 'gte'}": value})
    return condition


def page_of(
    rows: QuerySet[Any], *, order: str, columns: Sequence[Column], fields: Sequence[str], cursor: str, size: int
) -> Page:
    """One page as plain dictionaries of ``fields``, which must include the order's columns."""
    rows = rows.order_by(*(column.order() for column in columns))
    place = read_cursor(order, columns, cursor) if cursor else None
    if place is not None:
        rows = rows.filter(behind(columns, place))
    found = list(rows.values(*fields)[: size + 1])
    more = len(found) > size
    found = found[:size]
    return Page(found, make_cursor(order, columns, found[-1]) if more else "")

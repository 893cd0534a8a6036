"""Keyset pages of the API's lists: `limit`, a signed `cursor`, and the ways in which a list may be sorted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest

from api.base.parameters import DEFAULT_LIMIT, Words
from orgs.errors import Invalid
from orgs.paging import Column, behind, make_cursor, read_cursor


@dataclass(frozen=True)
class Ordering:
    """One way to sort a list: columns that are never null, a minus before the descending ones; the last is unique."""

    order_by: tuple[str, ...]

    @property
    def columns(self) -> list[Column]:
        """The columns with their directions."""
        return [Column(column.lstrip("-"), descending=column[0] == "-") for column in self.order_by]

    @property
    def reversed(self) -> Ordering:
        """The same the other way round."""
        return Ordering(tuple(column[1:] if column[0] == "-" else f"-{column}" for column in self.order_by))


NEWEST_FIRST = Ordering(("-created_at", "-id"))


def both_ways(**descending: Ordering) -> dict[str, Ordering]:
    """`name` and `-name` for each ordering, which is given as it stands behind the minus."""
    table: dict[str, Ordering] = {}
    for name, ordering in descending.items():
        table |= {f"-{name}": ordering, name: ordering.reversed}
    return table


def ordering_parameter(table: Mapping[str, Ordering], default: str) -> Words:
    """The `ordering` parameter of a list that can be sorted in these ways."""
    return Words(f"How the list is sorted, a minus for descending; `{default}` unless told.", means=dict(table))


@dataclass(frozen=True)
class Page:
    """One page of rows and the cursor of the next, empty on the last page."""

    rows: list[dict[str, Any]]
    cursor: str


def page_of(
    rows: QuerySet[Any, Any], values: Mapping[str, Any], *, owner: UUID, ordering: Ordering = NEWEST_FIRST
) -> Page:
    """Cut one page out of `rows`, a `values()` queryset that holds the ordering's columns.

    `values` are the read query parameters (`limit`, `cursor`); `owner` is the organisation, which the cursor is bound to.
    Raises Invalid for a cursor that was not made for this list.
    """
    limit = values.get("limit", DEFAULT_LIMIT)
    order = f"{owner}:{rows.model._meta.label}:{','.join(ordering.order_by)}"
    columns = ordering.columns
    if "cursor" in values:
        place = read_cursor(order, columns, values["cursor"])
        if place is None:
            raise Invalid.one("cursor", "invalid", "This cursor was not made for this list; begin without one.")
        rows = rows.filter(behind(columns, place))
    found = list(rows.order_by(*(column.order() for column in columns))[: limit + 1])
    more = len(found) > limit
    return Page(found[:limit], make_cursor(order, columns, found[limit - 1]) if more else "")


def next_link(request: HttpRequest, page: Page) -> dict[str, str]:
    """The `Link` header that leads to the next page; nothing on the last."""
    if not page.cursor:
        return {}
    kept = [(name, value) for name, values in request.GET.lists() if name != "cursor" for value in values]
    address = f"{request.build_absolute_uri(request.path)}?{urlencode([*kept, ('cursor', page.cursor)])}"
    return {"Link": f'<{address}>; rel="next"'}

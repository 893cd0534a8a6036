"""Lists of the admin: filters with fixed choices, parameters that are all known, and a count that ends somewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.templatetags.admin_list import result_headers
from django.contrib.admin.views.main import ALL_VAR, ORDER_VAR, PAGE_VAR, SEARCH_VAR, ChangeList
from django.core.paginator import Paginator
from django.db import models
from django.http import HttpRequest
from django.utils.text import capfirst

from orgs.admin_values import fact
from orgs.errors import DomainError

MOST_COUNTED = 10_000
LONGEST_SEARCH = 200
_OWN = frozenset({ALL_VAR, ORDER_VAR, PAGE_VAR, SEARCH_VAR})
# What Django's filters of a plain field ask for; `…__regex`, `…__startswith` and paths over relations are not here.
_FIELD_SUFFIXES = ("__exact", "__isnull", "__gte", "__lt", "__id__exact", "__pk__exact", "__in")

if TYPE_CHECKING:
    _SimpleListFilter = admin.SimpleListFilter
    _Admin = admin.ModelAdmin[Any]
    _Paginator = Paginator[Any]
else:
    _SimpleListFilter = admin.SimpleListFilter
    _Admin = admin.ModelAdmin
    _Paginator = Paginator


class BoundedPaginator(_Paginator):
    """Counts at most ``MOST_COUNTED`` rows: a list of a million is not counted to say so."""

    @cached_property
    def count(self) -> int:
        """The number of rows, or the bound."""
        rows: Any = self.object_list
        if isinstance(rows, models.QuerySet):
            return int(rows.order_by()[:MOST_COUNTED].count())
        return len(rows)


class ChoiceFilter(_SimpleListFilter):
    """A filter with fixed choices; any other value in the address is refused.

    A subclass names ``title``, ``parameter_name`` and either ``choices_of`` (value to label) or overrides ``lookups``,
    and ``narrow``. ``default`` is what holds without the parameter.
    """

    choices_of: Sequence[tuple[str, str]] = ()
    default: str | None = None

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        """The choices."""
        return self.choices_of

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        """The rows of the chosen value."""
        value = self.value() or self.default
        if value is None:
            return queryset
        if self.value() is not None and value not in {str(key) for key, _ in self.lookup_choices}:
            raise IncorrectLookupParameters
        return self.narrow(request, queryset, value)

    def has_output(self) -> bool:
        """Whether there is anything to choose, or something was chosen that may have to be refused."""
        return super().has_output() or self.value() is not None

    def choices(self, changelist: Any) -> Any:
        """What the page prints; the chosen one takes itself off again."""
        chosen = self.value() or self.default
        for value, label in self.lookup_choices:
            takes_off = str(value) in (chosen, self.default)
            query = _without(changelist, self) if takes_off else _with(changelist, self, value)
            yield {"selected": str(value) == chosen, "query_string": query, "display": label}

    def narrow(self, request: HttpRequest, queryset: models.QuerySet[Any], value: str) -> models.QuerySet[Any]:
        """The rows of one choice."""
        raise TypeError(f"{type(self).__name__} does not say what it narrows to")


def _without(changelist: Any, spec: ChoiceFilter) -> str:
    query: str = changelist.get_query_string(remove=[spec.parameter_name])
    return query


def _with(changelist: Any, spec: ChoiceFilter, value: Any) -> str:
    query: str = changelist.get_query_string({spec.parameter_name: value})
    return query


def choice_filter(
    name: str, title: str, choices: Sequence[tuple[str, str]], narrow: Callable[[str], models.Q] | None = None
) -> type[ChoiceFilter]:
    """A filter of a column called ``name``; ``narrow`` makes the condition of a value where it is not mere equality."""

    def rows(
        self: ChoiceFilter, request: HttpRequest, queryset: models.QuerySet[Any], value: str
    ) -> models.QuerySet[Any]:
        return queryset.filter(narrow(value) if narrow else models.Q(**{name: value}))

    attributes = {"title": title, "parameter_name": name, "choices_of": tuple(choices), "narrow": rows}
    return type(f"{name.title().replace('_', '')}Filter", (ChoiceFilter,), {"__doc__": title, **attributes})


@dataclass(frozen=True)
class Head:
    """The heading of a column: its words, a class for its place, the address that sorts by it, and how it is sorted."""

    text: str
    place: str
    url: str
    sorted: str


@dataclass(frozen=True)
class Cell:
    """One cell of a list: the column's name and heading, a class for its place, what stands in it, and a link."""

    name: str
    heading: str
    place: str
    value: Any
    url: str = ""


class StrictChangeList(ChangeList):
    """Django's list with an order and a page that must exist, and rows made of plain cells."""

    def get_results(self, request: HttpRequest) -> None:
        """Fetch the page, and the choices of every filter for it to print."""
        super().get_results(request)
        self.facets = [{"title": spec.title, "choices": list(spec.choices(self))} for spec in self.filter_specs]

    def heads(self) -> list[Head]:
        """The headings; a column that can be sorted by carries the address that does it."""
        places = getattr(self.model_admin, "column_places", {})
        found = []
        for name, head in zip(self.list_display, result_headers(self), strict=True):
            place = "tick" if name == "action_checkbox" else places.get(name, "")
            sorted_by = head.get("sortable") and head.get("sorted")
            direction = ("ascending" if head["ascending"] else "descending") if sorted_by else ""
            url = str(head["url_primary"]) if head.get("sortable") else ""
            found.append(Head(capfirst(str(head["text"])), place, url, direction))
        return found

    @property
    def is_narrowed(self) -> bool:
        """Whether a search or a filter leaves rows out."""
        return bool(self.query or self.has_active_filters)

    @property
    def kept_params(self) -> list[tuple[str, str]]:
        """What the search's form must carry along."""
        return [(name, value) for name, value in self.params.items() if name != SEARCH_VAR]

    @property
    def previous_url(self) -> str:
        """The address of the page before."""
        return self.get_query_string({PAGE_VAR: self.page_num - 1}) if self._paged and self.page_num > 1 else ""

    @property
    def next_url(self) -> str:
        """The address of the page after."""
        more = self._paged and self.page_num < self.paginator.num_pages
        return self.get_query_string({PAGE_VAR: self.page_num + 1}) if more else ""

    @property
    def place_in_words(self) -> str:
        """Which rows are shown of how many."""
        count = self.result_count
        many = f"{count:,} or more" if count >= MOST_COUNTED else f"{count:,}"
        if not self._paged:
            return f"{many} in all"
        first = (self.page_num - 1) * self.list_per_page + 1
        return f"{first:,} to {first - 1 + len(self.result_list):,} of {many}"

    @property
    def _paged(self) -> bool:
        return bool(self.multi_page and not (self.show_all and self.can_show_all))

    def lines(self) -> list[list[Cell]]:
        """The rows of the page, cell by cell."""
        return [list(self._cells(row)) for row in self.result_list]

    def _cells(self, row: Any) -> Iterator[Cell]:
        admin_of: Any = self.model_admin
        places = getattr(admin_of, "column_places", {})
        links = self.list_display_links or ()
        for name in self.list_display:
            if name == "action_checkbox":
                yield Cell("action_checkbox", "", "tick", admin_of.action_checkbox(row))
                continue
            found = fact(name, row, admin_of)
            url = self.url_for_result(row) if name in links else ""
            yield Cell(found.name, found.heading, places.get(name, ""), found.value, url)

    def get_ordering(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> Any:
        """The order. Raises ``IncorrectLookupParameters`` for a column that is not there."""
        wanted = str(self.params.get(ORDER_VAR, ""))
        for part in wanted.split(".") if wanted else ():
            number = part.removeprefix("-")
            if not number.isascii() or not number.isdigit() or len(number) > 2 or int(number) >= len(self.list_display):
                raise IncorrectLookupParameters
        return super().get_ordering(request, queryset)


def filter_parameters(list_filter: Iterable[Any]) -> set[str]:
    """The names that the filters of a list read from the address."""
    names: set[str] = set()
    for item in list_filter:
        field = item[0] if isinstance(item, (tuple, list)) else item
        if isinstance(field, str):
            names.update({field, *(field + suffix for suffix in _FIELD_SUFFIXES)})
        else:
            names.add(field.parameter_name)
    return names


def refuse_unknown_parameters(request: HttpRequest, model_admin: _Admin) -> None:
    """Refuse what no filter of the list reads, so that no column can be guessed at through the address."""
    known = _OWN | filter_parameters(model_admin.get_list_filter(request))
    if any(name not in known for name in request.GET):
        raise DomainError("This list has no such filter.", code="unknown_parameter")
    page = request.GET.get(PAGE_VAR, "1")
    if not page.isascii() or not page.isdigit() or not 1 <= len(page) <= 6 or int(page) < 1:
        raise DomainError("This list has no such page.", code="unknown_page")
    if len(request.GET.get(SEARCH_VAR, "")) > LONGEST_SEARCH:
        raise DomainError(f"Search for at most {LONGEST_SEARCH} characters.", code="too_long")

"""Lists of changes by filters, the orders that they are read in, and what is overdue."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from changes.models import Change, ChangeCI
from changes.states import FINISHED
from orgs.checking import check_choice
from orgs.clock import now
from orgs.paging import Column
from orgs.text import is_storable

ORDERINGS: Mapping[str, tuple[Column, ...]] = {
    "-created_at": (Column("created_at", descending=True), Column("id", descending=True)),
    "created_at": (Column("created_at"), Column("id")),
    "-updated_at": (Column("updated_at", descending=True), Column("id", descending=True)),
    "updated_at": (Column("updated_at"), Column("id")),
    "scheduled_at": (Column("scheduled_at", nullable=True), Column("id")),
    "-scheduled_at": (Column("scheduled_at", descending=True, nullable=True), Column("id", descending=True)),
}
"""The orders that lists may be read in, each unique to its last column so that a cursor can continue it."""


@dataclass(frozen=True)
class ChangeFilter:
    """What a list of changes is narrowed to. Empty members narrow nothing; several values of one member are or-ed.

    ``scheduled_after`` and ``scheduled_before`` take windows that begin from the one until before the other;
    ``overlaps_from`` and ``overlaps_to``, given together, windows that hold at any time between them.
    """

    statuses: Sequence[str] = ()
    types: Sequence[str] = ()
    risks: Sequence[str] = ()
    assigned_to: Sequence[str] = ()
    team: UUID | None = None
    assignee: int | None = None
    requester: int | None = None
    ci: UUID | None = None
    template: UUID | None = None
    sources: Sequence[str] = ()
    scheduled_after: datetime | None = None
    scheduled_before: datetime | None = None
    overlaps_from: datetime | None = None
    overlaps_to: datetime | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    q: str = ""
    mark: str = ""
    """``approval_overdue``, ``review_due`` or ``unfinished``."""

    def without(self, *names: str) -> ChangeFilter:
        """The same filter with some members emptied, for counting what choosing another value would show."""
        empty = ChangeFilter()
        return replace(self, **{name: getattr(empty, name) for name in names})


NOTHING_NARROWED = ChangeFilter()


def changes(wanted: ChangeFilter = NOTHING_NARROWED) -> QuerySet[Change]:
    """The changes of the current organisation that a filter lets through, in no order. Raises ``Invalid``."""
    rows: QuerySet[Change] = Change.objects.order_by()
    if not all(is_storable(text) for text in _texts(wanted)):
        return rows.none()
    for condition in _conditions(wanted):
        rows = rows.filter(condition)
    return rows


def _texts(wanted: ChangeFilter) -> Iterator[str]:
    for value in vars(wanted).values():
        for text in (value,) if isinstance(value, str) else value if isinstance(value, (list, tuple)) else ():
            if isinstance(text, str):
                yield text


def _conditions(wanted: ChangeFilter) -> Iterable[Q]:
    simple: tuple[tuple[str, Any], ...] = (
        ("status__in", wanted.statuses),
        ("type__in", wanted.types),
        ("risk__in", wanted.risks),
        ("source__in", wanted.sources),
        ("assigned_team_id", wanted.team),
        ("assignee_id", wanted.assignee),
        ("requester_id", wanted.requester),
        ("template_id", wanted.template),
        ("scheduled_at__gte", wanted.scheduled_after),
        ("scheduled_at__lt", wanted.scheduled_before),
        ("scheduled_end__gt", wanted.overlaps_from),
        ("scheduled_at__lt", wanted.overlaps_to),
        ("created_at__gte", wanted.created_after),
        ("created_at__lt", wanted.created_before),
    )
    yield from (Q(**{lookup: value}) for lookup, value in simple if value not in (None, "", (), []))
    if wanted.assigned_to:
        matching = Q()
        for text in wanted.assigned_to:
            matching |= Q(assigned_to__iexact=text)
        yield matching
    if wanted.ci is not None:
        yield Q(Exists(ChangeCI.objects.filter(change=OuterRef("pk"), ci=wanted.ci)))
    if wanted.q:
        yield _search(wanted.q)
    if wanted.mark:
        yield _MARKS[check_choice("mark", wanted.mark, tuple(_MARKS))]()


def _search(text: str) -> Q:
    """Every word somewhere in the title or at the head of the reference."""
    found = Q()
    for word in text.split()[:8]:
        found &= Q(title__icontains=word) | Q(reference__istartswith=word)
    return found


_MARKS = {
    "approval_overdue": lambda: Q(approve_by__lt=now()),
    "review_due": lambda: Q(review_due_at__isnull=False, reviewed_at__isnull=True),
    "unfinished": lambda: ~Q(status__in=FINISHED),
}


def overdue_approvals() -> list[Change]:
    """The emergencies that were begun without approval and should have it by now, the longest overdue first."""
    return list(changes(ChangeFilter(mark="approval_overdue")).order_by("approve_by", "id"))


def reviews_due() -> list[Change]:
    """The changes whose review is still to be held, the most urgent first."""
    return list(changes(ChangeFilter(mark="review_due")).order_by("review_due_at", "id"))


def facets(wanted: ChangeFilter) -> dict[str, dict[str, int]]:
    """How many changes each choice of state, type, risk, source and team would show.

    A facet counts with the other facets applied and its own left open.
    """
    columns = {
        "status": ("statuses", "status"),
        "type": ("types", "type"),
        "risk": ("risks", "risk"),
        "source": ("sources", "source"),
        "team": ("team", "assigned_team_id"),
    }
    found: dict[str, dict[str, int]] = {}
    for facet, (member, column) in columns.items():
        counted = changes(wanted.without(member)).values_list(column).annotate(n=Count("pk")).order_by("-n")[:12]
        found[facet] = {str(value): n for value, n in counted if value not in ("", None)}
    return found

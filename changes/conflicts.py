"""Conflicts: what is in the way of a planned change, told by reason and not item by item.

Windows are half-open: a change that begins when another ends is not in its way. What is asked of the database is the
same number of queries whatever the size of the plan, of the graph and of the calendar.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models

from changes.freezes import Interval
from changes.models import Change, ChangeCI
from changes.surroundings import Coverage, Plan, Surroundings, coverages, overlapping, plan_of, surroundings_of

MOST_SHOWN = 20
"""Entries of one reason that are told; the rest is counted."""
NAMES_SHOWN = 5
MOST_PLACES = 5_000
"""Places of other changes on items that are looked at, the earliest first."""
MOST_OF_TEAM = 1_000


class Reason(models.TextChoices):
    """Why something is in the way, in the order in which it is told."""

    HARD_FREEZE = "hard_freeze", "A hard freeze holds"
    SAME_CI = "same_ci", "Another change on the same items"
    DEPENDENCY = "dependency", "A change on what its items depend on"
    DEPENDENT = "dependent", "A change on what depends on its items"
    SAME_TEAM = "same_team", "The same crew at the same time"
    SOFT_FREEZE = "soft_freeze", "A soft freeze holds"


FREEZES = (Reason.HARD_FREEZE, Reason.SOFT_FREEZE)
OVERLAPS = (Reason.SAME_CI, Reason.DEPENDENCY, Reason.DEPENDENT)
"""The reasons that are other changes on the same or dependent items."""


@dataclass(frozen=True)
class Conflict:
    """One thing in the way: a freeze or another change, when, and on which items.

    ``reference`` is empty for a freeze. ``names`` are the first of ``count`` items; for a freeze they are items of this
    change, which has ``of``, and ``because`` is why it was declared. A ``start`` or ``end`` of None is a freeze without
    that bound.
    """

    reason: Reason
    id: UUID
    reference: str
    title: str
    start: datetime | None
    end: datetime | None
    names: tuple[str, ...] = ()
    count: int = 0
    of: int = 0
    because: str = ""

    def in_words(self) -> str:
        """For people, without the times."""
        if self.reason in FREEZES:
            held = (
                f"covers {self.count:,} of {self.of:,} {'item' if self.of == 1 else 'items'}"
                if self.of
                else "holds for everything"
            )
            return f"Freeze {self.title} {held}."
        if self.reason == Reason.SAME_TEAM:
            return f"{self.reference} {self.title} is carried out by the same team."
        more = f" and {self.count - len(self.names):,} more" if self.count > len(self.names) else ""
        return f"{self.reference} {self.title}: {', '.join(self.names)}{more}."

    def as_data(self) -> dict[str, Any]:
        """As JSON, with times as they are."""
        return {
            "id": self.id,
            "reference": self.reference,
            "title": self.title,
            "start": self.start,
            "end": self.end,
            "names": self.names,
            "count": self.count,
            "of": self.of,
            "because": self.because,
            "words": self.in_words(),
        }


@dataclass(frozen=True)
class Group:
    """All that is in the way for one reason: the first of them by time, and how many there are (``more``: at least)."""

    reason: Reason
    conflicts: tuple[Conflict, ...]
    count: int
    more: bool = False

    def as_data(self) -> dict[str, Any]:
        """As JSON, with times as they are."""
        return {
            "reason": self.reason.value,
            "label": self.reason.label,
            "count": self.count,
            "more": self.more,
            "conflicts": [conflict.as_data() for conflict in self.conflicts],
        }


@dataclass(frozen=True)
class Conflicts:
    """What is in the way of a change, by reason. ``partial``: more lies around its items than was looked at."""

    groups: tuple[Group, ...] = ()
    partial: bool = False

    def __bool__(self) -> bool:
        return bool(self.groups)

    def count(self, *reasons: Reason) -> int:
        """How many there are for any of the reasons."""
        return sum(group.count for group in self.groups if group.reason in reasons)

    def as_data(self) -> dict[str, Any]:
        """As JSON, with times as they are."""
        return {"groups": [group.as_data() for group in self.groups], "partial": self.partial}


def conflicts_of(change: Change) -> Conflicts:
    """What is in the way of a change in its window; nothing where it has none."""
    return conflicts_with(plan_of(change))


def conflicts_with(plan: Plan, around: Surroundings | None = None) -> Conflicts:
    """What is in the way of a plan in its window. ``around`` is its surroundings where they are known already."""
    if plan.window is None:
        return Conflicts()
    around = surroundings_of(plan.ci_ids) if around is None else around
    groups = [
        *_freezes(around, plan.window),
        *_others(plan, plan.window, around),
        *_same_team(plan, plan.window),
    ]
    order = list(Reason)
    return Conflicts(tuple(sorted(groups, key=lambda group: order.index(group.reason))), around.partial)


def _freezes(around: Surroundings, window: Interval) -> list[Group]:
    found: dict[Reason, list[Conflict]] = {reason: [] for reason in FREEZES}
    for coverage in coverages(around.own, window):
        conflict = _of_freeze(coverage, len(around.own))
        found[conflict.reason].append(conflict)
    return [_group(reason, conflicts) for reason, conflicts in found.items() if conflicts]


def _of_freeze(coverage: Coverage, of: int) -> Conflict:
    freeze, first = coverage.freeze, coverage.times[0]
    single = freeze.recurrence is None
    return Conflict(
        Reason.HARD_FREEZE if freeze.is_hard else Reason.SOFT_FREEZE,
        freeze.pk,
        "",
        freeze.name,
        freeze.starts_at if single else first.start,
        freeze.ends_at if single else first.end,
        coverage.names[:NAMES_SHOWN],
        len(coverage.names),
        of,
        freeze.reason,
    )


def _others(plan: Plan, window: Interval, around: Surroundings) -> list[Group]:
    """Other changes on the same items or on those next to them."""
    names = {
        **{ident: (Reason.DEPENDENT, node.name) for ident, node in around.dependents.items()},
        **{ident: (Reason.DEPENDENCY, node.name) for ident, node in around.dependencies.items()},
        **{node.id: (Reason.SAME_CI, node.name) for node in around.own},
    }
    if not names:
        return []
    rows = (
        ChangeCI.objects.filter(overlapping(window.start, window.end, "change__"), ci_id__in=list(names))
        .exclude(change_id=plan.change_id)
        .order_by("change__scheduled_at", "change__reference", "ci_id")
    )
    columns = ("change_id", "change__reference", "change__title", "change__scheduled_at", "change__scheduled_end")
    places = list(rows.values_list(*columns, "ci_id")[: MOST_PLACES + 1])
    touched: defaultdict[tuple[Reason, UUID], list[str]] = defaultdict(list)
    others: dict[UUID, tuple[str, str, datetime, datetime]] = {}
    for pk, reference, title, start, end, ci_id in places[:MOST_PLACES]:
        reason, name = names[ci_id]
        touched[reason, pk].append(name)
        others[pk] = (reference, title, start, end)
    found: dict[Reason, list[Conflict]] = {reason: [] for reason in OVERLAPS}
    for (reason, pk), named in touched.items():
        first = tuple(sorted(named)[:NAMES_SHOWN])
        found[reason].append(Conflict(reason, pk, *others[pk], first, len(named)))
    more = len(places) > MOST_PLACES
    return [_group(reason, conflicts, more) for reason, conflicts in found.items() if conflicts]


def _same_team(plan: Plan, window: Interval) -> list[Group]:
    if plan.team_id is None:
        return []
    rows = (
        Change.objects.filter(overlapping(window.start, window.end), assigned_team_id=plan.team_id)
        .exclude(pk=plan.change_id)
        .order_by("scheduled_at", "reference")
        .values_list("pk", "reference", "title", "scheduled_at", "scheduled_end")
    )
    found = [Conflict(Reason.SAME_TEAM, *row) for row in rows[: MOST_OF_TEAM + 1]]
    return [_group(Reason.SAME_TEAM, found[:MOST_OF_TEAM], len(found) > MOST_OF_TEAM)] if found else []


def _group(reason: Reason, conflicts: Iterable[Conflict], more: bool = False) -> Group:
    told = list(conflicts)
    return Group(reason, tuple(told[:MOST_SHOWN]), len(told), more)

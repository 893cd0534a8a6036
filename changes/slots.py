"""Slots: the next time at which nothing is in the way of a change."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from changes.freezes import Interval
from changes.models import Change, ChangeCI
from changes.surroundings import Plan, coverages, overlapping, plan_of, surroundings_of
from orgs.errors import Invalid

HORIZON = timedelta(days=90)
"""How far ahead a slot is looked for."""
MINUTE = timedelta(minutes=1)
MOST_CLAIMS = 20_000
"""Places of other changes that are looked at; where there are more, the search ends where they end."""


def next_free_slot(change: Change, after: datetime, duration: timedelta) -> Interval | None:
    """The next window of that length for a change, as ``next_slot_for`` finds it."""
    return next_slot_for(plan_of(change), after, duration)


def next_slot_for(plan: Plan, after: datetime, duration: timedelta) -> Interval | None:
    """The earliest window of that length, on a whole minute from ``after`` on, in which nothing is in a plan's way.

    That is: no hard freeze covers any of its items, and no other change is planned on them, on what depends on them or
    on what they depend on. None where there is no such window within ``HORIZON``. Everything is read at once, by a
    bounded number of queries; the rest is arithmetic. Raises ``Invalid``.
    """
    if not timedelta(0) < duration <= HORIZON:
        raise Invalid.one("duration", "range", f"Give a duration of more than nothing and at most {HORIZON.days} days.")
    start = _whole_minute(after)
    search = Interval(start, start + HORIZON)
    around = surroundings_of(plan.ci_ids)
    frozen = [time for coverage in coverages(around.own, search, hard_only=True) for time in coverage.times]
    rows = (
        ChangeCI.objects.filter(overlapping(search.start, search.end, "change__"), ci_id__in=around.ids())
        .exclude(change_id=plan.change_id)
        .order_by("change__scheduled_at", "change__scheduled_end", "change_id")
        .values_list("change__scheduled_at", "change__scheduled_end", "change_id")
        .distinct()
    )
    claims = [Interval(begins, ends) for begins, ends, _ in rows[: MOST_CLAIMS + 1]]
    if len(claims) > MOST_CLAIMS:
        search = Interval(search.start, min(search.end, claims[-1].start))
    return first_gap([*frozen, *claims], search, duration)


def first_gap(busy: Iterable[Interval], within: Interval, duration: timedelta) -> Interval | None:
    """The first interval of that length within another that overlaps none of the busy ones, on a whole minute. Pure."""
    start = _whole_minute(within.start)
    for taken in sorted(busy):
        if start + duration <= taken.start:
            break
        if taken.end > start:
            start = _whole_minute(taken.end)
    return Interval(start, start + duration) if start + duration <= within.end else None


def _whole_minute(moment: datetime) -> datetime:
    """The moment itself, or the next whole minute."""
    whole = moment.replace(second=0, microsecond=0)
    return whole if whole == moment else whole + MINUTE

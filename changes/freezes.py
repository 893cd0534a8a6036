"""Freezes: when one holds, and which configuration items it covers. Pure.

A wall-clock time that a zone leaves out counts as the moment of the jump, and of one that comes twice a freeze begins
at the first and ends with the second: it holds from the first moment whose clock has reached its begin until the last
whose clock has not reached its end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from changes.recurrences import Recurrence, Span

_EARLIEST = datetime(1, 1, 5, tzinfo=UTC)
_LATEST = datetime(9999, 12, 26, tzinfo=UTC)
_TICK = timedelta(microseconds=1)
_SECOND = timedelta(seconds=1)
_SKEW = timedelta(days=2)
"""More than any zone's distance from UTC and any jump of its clock."""


@dataclass(frozen=True, order=True)
class Interval:
    """From ``start`` until ``end``, which no longer belongs to it."""

    start: datetime
    end: datetime

    def overlaps(self, other: Interval) -> bool:
        """Whether the two share a moment; those that only touch do not."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True)
class Timing:
    """When a freeze holds: from ``begins`` until ``ends`` (None: without a bound), throughout.

    Where there is a ``recurrence`` it holds between the two only in the spans of that, read on the clock of ``zone``.
    """

    begins: datetime | None
    ends: datetime | None
    recurrence: Recurrence | None = None
    zone: str = "UTC"


def occurrences(timing: Timing, start: datetime, end: datetime) -> Iterator[Interval]:
    """The intervals in which a freeze holds that overlap ``start`` to ``end``, in order, one after the other as asked.

    Each is whole, not cut off at ``start`` and ``end``, save that none reaches beyond the bounds of the timing. Costs at
    most one look at every day between the two; nothing is looked at before it is asked for.
    """
    first = max(start, timing.begins or _EARLIEST, _EARLIEST)
    last = min(end, timing.ends or _LATEST, _LATEST)
    if not first < last:
        return
    bounds = Interval(timing.begins or _EARLIEST, timing.ends or _LATEST)
    if timing.recurrence is None:
        yield bounds
        return
    zone = ZoneInfo(timing.zone)
    wanted = Interval(first, last)
    reach = timing.recurrence.LONGEST + _SKEW
    since = _day(first, -reach)
    for span in timing.recurrence.spans(since, _day(last, _SKEW)):
        whole = as_interval(span, zone)
        found = Interval(max(whole.start, bounds.start), min(whole.end, bounds.end))
        if found.start < found.end and found.overlaps(wanted):
            yield found


def _day(moment: datetime, distance: timedelta) -> date:
    """The day at a distance, kept within the calendar."""
    ordinal = moment.toordinal() + distance.days
    return date.fromordinal(min(max(ordinal, date.min.toordinal() + 3), date.max.toordinal() - 3))


def as_interval(span: Span, zone: ZoneInfo) -> Interval:
    """The moments that a span of the wall clock means in a zone; empty (end not after start) where the clock skips it."""
    return Interval(_first_reached(span[0], zone), _last_short_of(span[1], zone))


def _first_reached(wall: datetime, zone: ZoneInfo) -> datetime:
    moment = wall.replace(tzinfo=zone).astimezone(UTC)
    return moment if _wall(moment, zone) == wall else _jump(wall, zone)


def _last_short_of(wall: datetime, zone: ZoneInfo) -> datetime:
    moment = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if _wall(moment, zone) != wall:
        return _jump(wall, zone)
    # Where the clock was set back to this very time, it was not short of it in between.
    return moment if _wall(moment - _TICK, zone) < wall else wall.replace(tzinfo=zone).astimezone(UTC)


def _wall(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)


def _jump(wall: datetime, zone: ZoneInfo) -> datetime:
    """The moment at which the clock jumped over a time: the first that shows a later one."""
    before = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    after = wall.replace(tzinfo=zone).astimezone(UTC)
    while after - before > _SECOND:
        middle = before + (after - before) // 2
        if _wall(middle, zone) < wall:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)


@dataclass(frozen=True)
class Item:
    """A configuration item as scopes look at it; ``services`` are the ids of itself and of all that stands on it."""

    id: UUID
    name: str
    kind: str
    environment: str
    services: frozenset[UUID] = frozenset()


@dataclass(frozen=True)
class Scope:
    """What a freeze covers: ``everything``, or the items that every list which is not empty names.

    A list names an item by its id, its kind, its environment, or by a service that stands on it.
    """

    everything: bool = False
    ci_ids: frozenset[UUID] = field(default_factory=frozenset)
    kinds: frozenset[str] = field(default_factory=frozenset)
    environments: frozenset[str] = field(default_factory=frozenset)
    service_ids: frozenset[UUID] = field(default_factory=frozenset)

    def covers(self, item: Item) -> bool:
        """Whether the freeze holds for an item. A scope that names nothing covers nothing."""
        if self.everything:
            return True
        if not (self.ci_ids or self.kinds or self.environments or self.service_ids):
            return False
        return (
            (not self.ci_ids or item.id in self.ci_ids)
            and (not self.kinds or item.kind in self.kinds)
            and (not self.environments or item.environment in self.environments)
            and (not self.service_ids or not self.service_ids.isdisjoint(item.services))
        )

    def covered(self, items: Iterable[Item]) -> list[Item]:
        """Those of the items that the freeze holds for."""
        return [item for item in items if self.covers(item)]

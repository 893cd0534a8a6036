"""SLA clocks: a pure fold over what happened, and when the next threshold is due.

A clock is kept as plain JSON so that it can stand in the row: ``target`` and ``used`` in whole seconds and
microseconds, ``since`` (running from this moment on, or null), ``met_at`` and ``breached_at``, the ``warned`` shares,
and the ones that were reached before the clock stopped or its target changed, but not announced yet (``reached``: pairs
of share and moment). So nobody escapes a missed target by stopping its clock before the next sweep.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from incidents.states import Severity

ACKNOWLEDGE = "acknowledge"
RESOLVE = "resolve"
CLOCKS = (ACKNOWLEDGE, RESOLVE)
WARNINGS = (50, 75)
BREACH = 100

Clock = dict[str, Any]
Clocks = dict[str, Clock]

DEFAULT_TARGETS: Mapping[str, Mapping[str, int]] = {
    Severity.P1: {ACKNOWLEDGE: 15 * 60, RESOLVE: 4 * 3600},
    Severity.P2: {ACKNOWLEDGE: 30 * 60, RESOLVE: 24 * 3600},
    Severity.P3: {ACKNOWLEDGE: 2 * 3600, RESOLVE: 72 * 3600},
    Severity.P4: {ACKNOWLEDGE: 8 * 3600, RESOLVE: 7 * 24 * 3600},
}
"""Seconds to acknowledge and to resolve, from seed 002."""


@dataclass(frozen=True)
class Threshold:
    """A share of a target and the moment at which it is used up."""

    clock: str
    percent: int
    at: datetime


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def start(targets: Mapping[str, int], at: datetime) -> Clocks:
    """Both clocks, running from the moment."""
    idle: Clock = {"used": 0, "since": None, "met_at": None, "breached_at": None, "warned": [], "reached": []}
    return {name: {**idle, "target": targets[name], "since": _text(at)} for name in CLOCKS}


def used(clock: Clock, at: datetime) -> timedelta:
    """How much of the target is used at a moment."""
    total = timedelta(microseconds=clock["used"])
    if clock["since"] is not None:
        total += max(at - _time(clock["since"]), timedelta(0))
    return total


def due_at(clock: Clock, percent: int = BREACH) -> datetime | None:
    """When a share of the target is used up if nothing happens; None while the clock stands still."""
    if clock["since"] is None:
        return None
    return _time(clock["since"]) + _share(clock, percent) - timedelta(microseconds=clock["used"])


def _share(clock: Clock, percent: int) -> timedelta:
    return timedelta(seconds=clock["target"]) * percent / 100


def pause(clocks: Clocks, at: datetime) -> Clocks:
    """Both clocks standing still from the moment on."""
    return {name: _stopped(clock, at) for name, clock in clocks.items()}


def resume(clocks: Clocks, at: datetime) -> Clocks:
    """Every clock that is not met yet, running again."""
    return {name: _running(clock, at) if clock["met_at"] is None else clock for name, clock in clocks.items()}


def meet(clocks: Clocks, name: str, at: datetime) -> Clocks:
    """The named clock's aim is reached: it stops; a second time changes nothing."""
    clock = clocks[name]
    if clock["met_at"] is not None:
        return clocks
    return {**clocks, name: {**_stopped(clock, at), "met_at": _text(at)}}


def reopen(clocks: Clocks, at: datetime, *, held: bool) -> Clocks:
    """The resolve clock runs on where it stopped; the acknowledgement was given once and stays."""
    clock = {**clocks[RESOLVE], "met_at": None}
    return {**clocks, RESOLVE: clock if held else _running(clock, at)}


def retarget(clocks: Clocks, targets: Mapping[str, int], at: datetime) -> Clocks:
    """New targets for the clocks that are not met; the time used stays used. A met clock was judged by its old one."""
    return {
        name: _retargeted(clock, targets[name], at) if clock["met_at"] is None else clock
        for name, clock in clocks.items()
    }


def _retargeted(clock: Clock, target: int, at: datetime) -> Clock:
    """What was reached under the old target stays reached; the new one may be passed as it comes into force."""
    before = _with_reached(clock, at)
    after = {**before, "target": target}
    over = [[percent, _text(at)] for percent in _open_shares(after) if _share(after, percent) <= used(after, at)]
    return {**after, "reached": before["reached"] + over}


def warn(clocks: Clocks, name: str, percent: int) -> Clocks:
    """Note that a share was announced."""
    clock = clocks[name]
    warned = sorted({*clock["warned"], percent})
    return {**clocks, name: {**clock, "warned": warned, "reached": _without(clock, percent)}}


def breach(clocks: Clocks, name: str, at: datetime) -> Clocks:
    """Note that it was announced that the target was missed at a moment."""
    clock = clocks[name]
    return {**clocks, name: {**clock, "breached_at": _text(at), "reached": _without(clock, BREACH)}}


def _without(clock: Clock, percent: int) -> list[list[Any]]:
    return [entry for entry in clock["reached"] if entry[0] != percent]


def _open_shares(clock: Clock) -> list[int]:
    """The shares that were neither announced nor noted as reached."""
    if clock["breached_at"] is not None:
        return []
    known = {*clock["warned"], *(percent for percent, _ in clock["reached"])}
    return [percent for percent in (*WARNINGS, BREACH) if percent not in known]


def _with_reached(clock: Clock, at: datetime) -> Clock:
    """The clock with the shares noted that it has reached by a moment while it ran."""
    due = [(percent, due_at(clock, percent)) for percent in _open_shares(clock)]
    fresh = [[percent, _text(moment)] for percent, moment in due if moment is not None and moment <= at]
    return {**clock, "reached": clock["reached"] + fresh}


def _stopped(clock: Clock, at: datetime) -> Clock:
    microseconds = used(clock, at) // timedelta(microseconds=1)
    return {**_with_reached(clock, at), "used": microseconds, "since": None}


def _running(clock: Clock, at: datetime) -> Clock:
    return clock if clock["since"] is not None else {**clock, "since": _text(at)}


def pending(clocks: Clocks) -> list[Threshold]:
    """The thresholds that were not announced yet, the earliest first."""
    found = [threshold for name, clock in clocks.items() for threshold in _pending(name, clock)]
    return sorted(found, key=lambda threshold: threshold.at)


def passed(clocks: Clocks, at: datetime) -> list[Threshold]:
    """The thresholds that are to be announced at a moment, the earliest first."""
    return [threshold for threshold in pending(clocks) if threshold.at <= at]


def _pending(name: str, clock: Clock) -> Iterator[Threshold]:
    for percent, at in clock["reached"]:
        yield Threshold(name, percent, _time(at))
    for percent in _open_shares(clock):
        if (moment := due_at(clock, percent)) is not None:
            yield Threshold(name, percent, moment)


def next_deadline(clocks: Clocks) -> datetime | None:
    """The earlier of the two deadlines that still run, breached or not."""
    return min((at for clock in clocks.values() if (at := due_at(clock)) is not None), default=None)


@dataclass(frozen=True)
class Step:
    """One line of "why this deadline": when, what happened, and where the deadlines stood afterwards."""

    at: datetime
    what: str
    acknowledge_due: datetime | None
    resolve_due: datetime | None


def explain(states: Iterable[tuple[datetime, str, Clocks]]) -> list[Step]:
    """The steps at which a deadline moved, from (moment, sentence, clocks after it) in order."""
    steps: list[Step] = []
    for at, what, clocks in states:
        step = Step(at, what, due_at(clocks[ACKNOWLEDGE]), due_at(clocks[RESOLVE]))
        if not steps or (step.acknowledge_due, step.resolve_due) != (steps[-1].acknowledge_due, steps[-1].resolve_due):
            steps.append(step)
    return steps

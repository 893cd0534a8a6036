"""Risk: what may go wrong with a change, computed from what is known of it, and explained point by point. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from changes.states import Kind, Risk
from cmdb.vocabulary import Criticality

MEDIUM_FROM = 4
HIGH_FROM = 8
FEW_DEPENDENTS, MANY_DEPENDENTS = 10, 50
_CRITICALITY_POINTS: dict[str, int] = {Criticality.CRITICAL: 3, Criticality.HIGH: 2, Criticality.MEDIUM: 1}


@dataclass(frozen=True)
class Circumstances:
    """What risk is computed from.

    ``dependents`` counts what depends on the affected items (``more_dependents``: at least so many), ``criticality`` is
    the highest reached, them included. ``outcomes`` says of the last similar changes, newest first, whether each failed.
    ``overlaps`` counts other changes in its way, ``hard_freezes`` and ``soft_freezes`` what covers its window.
    """

    kind: str
    dependents: int = 0
    more_dependents: bool = False
    criticality: str | None = None
    outcomes: Sequence[bool] = ()
    has_rollback_plan: bool = False
    has_test_plan: bool = False
    overlaps: int = 0
    hard_freezes: int = 0
    soft_freezes: int = 0


@dataclass(frozen=True)
class Factor:
    """One reason for a risk: a stable code, how much it weighs, and the reason in words."""

    code: str
    points: int
    words: str

    def as_data(self) -> dict[str, Any]:
        """As plain JSON."""
        return {"code": self.code, "points": self.points, "words": self.words}


@dataclass(frozen=True)
class Assessment:
    """The computed risk: its level, the sum of points, and the factors, the heaviest first."""

    level: str
    points: int
    factors: tuple[Factor, ...]

    def as_data(self) -> dict[str, Any]:
        """As plain JSON."""
        return {
            "level": self.level,
            "points": self.points,
            "factors": [factor.as_data() for factor in self.factors],
        }


def assess(known: Circumstances) -> Assessment:
    """The risk of a change in its circumstances; a factor of no points is left out."""
    found = [*_of_reach(known), *_of_history(known), *_of_plans(known), *_of_conflicts(known)]
    if known.kind == Kind.EMERGENCY:
        found.append(Factor("emergency", 2, "It is an emergency: there is less time to think."))
    factors = sorted(found, key=lambda factor: -factor.points)
    points = sum(factor.points for factor in factors)
    level = Risk.HIGH if points >= HIGH_FROM else Risk.MEDIUM if points >= MEDIUM_FROM else Risk.LOW
    return Assessment(level.value, points, tuple(factors))


def _of_reach(known: Circumstances) -> Iterator[Factor]:
    count = known.dependents
    if count:
        points = 3 if count >= MANY_DEPENDENTS else 2 if count >= FEW_DEPENDENTS else 1
        amount = (
            f"{'At least ' if known.more_dependents else ''}{count:,} {_plural(count, 'item depends', 'items depend')}"
        )
        yield Factor("blast_radius", points, f"{amount} on what it touches.")
    if points := _CRITICALITY_POINTS.get(known.criticality or "", 0):
        grade = Criticality(str(known.criticality)).label.lower()
        yield Factor("criticality", points, f"It reaches items of {grade} criticality.")


def _of_history(known: Circumstances) -> Iterator[Factor]:
    past, failures = len(known.outcomes), sum(known.outcomes)
    if not past:
        yield Factor("no_history", 1, "Nothing like it was done before.")
    elif failures:
        points = 3 if failures * 2 >= past else 2 if failures * 5 >= past else 1
        yield Factor("failures", points, f"{failures} of the last {past} similar changes failed.")


def _of_plans(known: Circumstances) -> Iterator[Factor]:
    if not known.has_rollback_plan:
        yield Factor("no_rollback_plan", 2, "There is no rollback plan.")
    if not known.has_test_plan:
        yield Factor("no_test_plan", 1, "There is no test plan.")


def _of_conflicts(known: Circumstances) -> Iterator[Factor]:
    if count := known.hard_freezes:
        yield Factor("hard_freeze", 3, f"{count:,} hard {_plural(count, 'freeze covers', 'freezes cover')} its window.")
    if count := known.soft_freezes:
        yield Factor("soft_freeze", 1, f"{count:,} soft {_plural(count, 'freeze covers', 'freezes cover')} its window.")
    if count := known.overlaps:
        points = 1 if count == 1 else 2
        words = _plural(count, "other change is", "other changes are")
        yield Factor("overlap", points, f"{count:,} {words} planned at the same time on the same or dependent items.")


def _plural(count: int, one: str, many: str) -> str:
    return one if count == 1 else many

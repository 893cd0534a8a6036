"""The geometry of bar charts: numbers in, rectangles out; `components/bars.html` prints them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

LEFT = 30
FOOT = 18
HEAD = 6


@dataclass(frozen=True)
class Pair:
    """One place on the horizontal axis with two counts."""

    label: str
    first: int
    second: int


def _top(highest: int) -> int:
    """The lowest of 2, 4, 6, 8, 10, 20, 40 … that no bar rises above."""
    unit = 1
    while True:
        for step in (2, 4, 6, 8):
            if highest <= step * unit:
                return step * unit
        unit *= 10


def pair_bars(
    pairs: Sequence[Pair], *, names: tuple[str, str], width: int = 1100, height: int = 170, every: int = 1
) -> dict[str, object]:
    """Two bars for each place, a label under each ``every``-th, and a sentence for who cannot see them."""
    top = _top(max((max(pair.first, pair.second) for pair in pairs), default=0))
    room = height - FOOT - HEAD
    slot = (width - LEFT) / max(1, len(pairs))
    thick = min(14.0, slot * 0.36)
    bars, ticks = [], []
    for at, pair in enumerate(pairs):
        middle = LEFT + slot * (at + 0.5)
        for name, count, kind, x in (
            (names[0], pair.first, "bar-a", middle - thick - 0.5),
            (names[1], pair.second, "bar-b", middle + 0.5),
        ):
            tall = room * count / top
            bars.append(
                {
                    "kind": kind,
                    "x": f"{x:.1f}",
                    "y": f"{HEAD + room - tall:.1f}",
                    "width": f"{thick:.1f}",
                    "height": f"{tall:.1f}",
                    "title": f"{pair.label}: {count} {name}",
                }
            )
        if at % every == 0:
            ticks.append({"x": f"{middle:.1f}", "label": pair.label})
    totals = sum(pair.first for pair in pairs), sum(pair.second for pair in pairs)
    return {
        "width": width,
        "height": height,
        "left": LEFT,
        "bars": bars,
        "ticks": ticks,
        "lines": [{"y": f"{HEAD + room * (1 - part):.1f}", "label": f"{top * part:.0f}"} for part in (0, 0.5, 1)],
        "summary": f"{totals[0]} {names[0]} and {totals[1]} {names[1]} over {len(pairs)} days",
    }

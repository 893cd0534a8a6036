"""The picture of what a configuration item stands on and what stands on it: columns by distance, curves between."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

MOST_IN_COLUMN = 9


@dataclass(frozen=True)
class Size:
    """The measures of a drawing in pixels; ``longest`` is how many letters of a name fit. ``two_lines``: kind below."""

    width: int
    height: int
    gap_x: int
    gap_y: int
    longest: int
    two_lines: bool
    css: str = ""


LARGE = Size(152, 44, 42, 12, 18, two_lines=True)
SMALL = Size(102, 28, 21, 8, 12, two_lines=False, css=" graph-small")


@dataclass(frozen=True)
class GraphNode:
    """One item to draw. ``column`` is its distance: below zero what it depends on, above zero what depends on it."""

    id: UUID
    name: str
    kind: str
    criticality: str
    column: int
    url: str
    hurt: bool = False


def _shape(criticality: str, x: float, y: float) -> str:
    """The criticality as a shape, the same as a severity's: octagon, triangle, diamond, disc."""
    if criticality == "critical":
        return f"M{x - 2} {y - 5}h4l3 3v4l-3 3h-4l-3-3v-4z"
    if criticality == "high":
        return f"M{x} {y - 5}l5 9.5h-10z"
    if criticality == "medium":
        return f"M{x} {y - 5}l5 5-5 5-5-5z"
    return f"M{x - 4} {y}a4 4 0 1 0 8 0a4 4 0 1 0-8 0"


def _short(name: str, longest: int) -> str:
    return name if len(name) <= longest else name[: longest - 1] + "…"


def draw(nodes: Sequence[GraphNode], edges: Iterable[tuple[UUID, UUID]], size: Size = LARGE) -> dict[str, object]:
    """Rectangles and curves for `components/graph.html`; at most nine to a column, the rest counted in ``hidden``.

    ``edges`` are (dependent, dependency) pairs; those with an end that is not drawn are left out.
    """
    columns: dict[int, list[GraphNode]] = {}
    for node in nodes:
        columns.setdefault(node.column, []).append(node)
    order = sorted(columns)
    tallest = max((min(len(column), MOST_IN_COLUMN) for column in columns.values()), default=1)
    height = tallest * (size.height + size.gap_y) - size.gap_y + 8
    places: dict[UUID, tuple[float, float]] = {}
    drawn = []
    hidden = 0
    for at, number in enumerate(order):
        column = columns[number]
        shown = column[:MOST_IN_COLUMN]
        hidden += len(column) - len(shown)
        top = (height - (len(shown) * (size.height + size.gap_y) - size.gap_y)) / 2
        for row, node in enumerate(shown):
            x, y = 2 + at * (size.width + size.gap_x), top + row * (size.height + size.gap_y)
            places[node.id] = (x, y)
            drawn.append(_box(node, x, y, size))
    paths = [
        {"path": _curve(places[dependency], places[dependent], size)}
        for dependent, dependency in edges
        if dependent in places and dependency in places
    ]
    return {
        "width": max(1, len(order)) * (size.width + size.gap_x) - size.gap_x + 4,
        "height": f"{height:g}",
        "nodes": drawn,
        "edges": paths,
        "css": size.css,
        "hidden": hidden,
        "summary": f"{len(nodes)} configuration items, what is depended on at the left, what depends on it at the right",
    }


def _box(node: GraphNode, x: float, y: float, size: Size) -> dict[str, object]:
    tone = f"crit-{node.criticality}" + (" self" if node.column == 0 else "") + (" hurt" if node.hurt else "")
    hurt = ", has a live incident" if node.hurt else ""
    return {
        "url": node.url,
        "name": _short(node.name, size.longest),
        "sub": f"{node.kind}, {node.criticality}" if size.two_lines else "",
        "spoken": f"{node.name}, {node.kind}, criticality {node.criticality}{hurt}",
        "tone": tone,
        "x": f"{x:g}",
        "y": f"{y:g}",
        "width": size.width,
        "height": size.height,
        "shape": _shape(node.criticality, x + 13, y + size.height / 2),
        "text_x": f"{x + 24:g}",
        "text_y": f"{y + (18 if size.two_lines else size.height / 2 + 4):g}",
        "sub_y": f"{y + 33:g}",
    }


def _curve(dependency: tuple[float, float], dependent: tuple[float, float], size: Size) -> str:
    """From the right edge of what is depended on to the left edge of what depends on it."""
    (x1, y1), (x2, y2) = dependency, dependent
    x1, y1, y2 = x1 + size.width, y1 + size.height / 2, y2 + size.height / 2
    if x2 < x1:
        # In the same column or against the flow: out at the right and back in at the right.
        x2 += size.width
        out = max(x1, x2) + size.gap_x * 0.9
        return f"M{x1:g} {y1:g}C{out:g} {y1:g} {out:g} {y2:g} {x2:g} {y2:g}"
    bend = max(12.0, abs(x2 - x1) / 2)
    return f"M{x1:g} {y1:g}C{x1 + bend:g} {y1:g} {x2 - bend:g} {y2:g} {x2:g} {y2:g}"

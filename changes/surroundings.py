"""What a planned change has around it: its items, those next to them in the graph, and the freezes that cover them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from uuid import UUID

from django.db.models import Q

from changes.freezes import Interval, Item, occurrences
from changes.models import Change, ChangeCI
from changes.models.change import PLANNED_VALUES
from changes.models.planning import Freeze, Hardness
from cmdb.queries import ImpactNode, edges_among, impact
from cmdb.queries.impact import LARGEST

HOPS = 2
"""How far along the dependencies a change gets into another's way."""
MOST_NEAR = 1_000
"""Items in each direction that are looked at; nearest and most critical first."""
MOST_EDGES = 20_000
MOST_TIMES = 400
"""Occurrences of one freeze that are told: more than one a day for the longest search for a slot."""


@dataclass(frozen=True)
class Plan:
    """What somebody means to do, as far as others may be in its way: of a change, or before there is one."""

    ci_ids: tuple[UUID, ...]
    window: Interval | None
    team_id: UUID | None = None
    change_id: UUID | None = None


@dataclass(frozen=True)
class Surroundings:
    """A plan's items (``own``), and what depends on them or what they depend on, by id, the nearer way of both.

    ``partial`` says that there is more around them than was looked at.
    """

    own: tuple[ImpactNode, ...] = ()
    dependents: dict[UUID, ImpactNode] = field(default_factory=dict)
    dependencies: dict[UUID, ImpactNode] = field(default_factory=dict)
    partial: bool = False

    def ids(self) -> set[UUID]:
        """All of them."""
        return {node.id for node in self.own} | self.dependents.keys() | self.dependencies.keys()


@dataclass(frozen=True)
class Coverage:
    """A freeze that holds at some time of an interval, and the items of a plan that it covers, by name."""

    freeze: Freeze
    names: tuple[str, ...]
    times: tuple[Interval, ...]


def plan_of(change: Change) -> Plan:
    """What a change plans."""
    window = None
    if change.scheduled_at is not None and change.scheduled_end is not None:
        window = Interval(change.scheduled_at, change.scheduled_end)
    ids = ChangeCI.objects.filter(change_id=change.pk).order_by("name", "ci_id").values_list("ci_id", flat=True)
    return Plan(tuple(ids), window, change.assigned_team_id, change.pk)


def surroundings_of(ci_ids: Iterable[UUID]) -> Surroundings:
    """What lies around the items, by two queries."""
    ids = list(ci_ids)
    if not ids:
        return Surroundings()
    down = impact(ids, direction="dependents", depth=HOPS, limit=MOST_NEAR, look_beyond=False)
    up = impact(ids, direction="dependencies", depth=HOPS, limit=MOST_NEAR, look_beyond=False)
    dependents = {node.id: node for node in down.nodes}
    dependencies = {node.id: node for node in up.nodes}
    for each in dependents.keys() & dependencies.keys():
        further = dependents if dependents[each].distance > dependencies[each].distance else dependencies
        del further[each]
    cut = "nodes" in (down.truncated_by, up.truncated_by)
    own = sorted(down.origins, key=lambda node: (node.name, str(node.id)))
    return Surroundings(tuple(own), dependents, dependencies, cut)


def coverages(own: Iterable[ImpactNode], interval: Interval, *, hard_only: bool = False) -> list[Coverage]:
    """The freezes that hold at some time of the interval for at least one of the items, or for everything, by name.

    One query, and two more where a freeze names services.
    """
    rows = Freeze.objects.filter(
        Q(starts_at=None) | Q(starts_at__lt=interval.end), Q(ends_at=None) | Q(ends_at__gt=interval.start)
    )
    if hard_only:
        rows = rows.filter(hardness=Hardness.HARD)
    held = [(freeze, freeze.scope(), _times(freeze, interval)) for freeze in rows.order_by("name", "id")]
    held = [entry for entry in held if entry[2]]
    nodes = list(own)
    services = _services_on(nodes, {service for _, scope, _ in held for service in scope.service_ids})
    items = [Item(node.id, node.name, node.kind, node.environment, services[node.id]) for node in nodes]
    found = []
    for freeze, scope, times in held:
        names = tuple(item.name for item in scope.covered(items))
        if names or scope.everything:
            found.append(Coverage(freeze, names, times))
    return found


def _times(freeze: Freeze, interval: Interval) -> tuple[Interval, ...]:
    return tuple(islice(occurrences(freeze.timing(), interval.start, interval.end), MOST_TIMES))


def _services_on(own: list[ImpactNode], wanted: set[UUID]) -> defaultdict[UUID, frozenset[UUID]]:
    """Each item with those of the wanted services that it is or that stand on it, as far as impact reaches."""
    found: defaultdict[UUID, frozenset[UUID]] = defaultdict(frozenset)
    if not own or not wanted:
        return found
    ids = {node.id for node in own}
    reached = ids | {node.id for node in impact(ids, limit=LARGEST, look_beyond=False).nodes}
    if not (concerned := wanted & reached):
        return found
    stands_on: defaultdict[UUID, list[UUID]] = defaultdict(list)
    for edge in edges_among(reached, limit=MOST_EDGES):
        stands_on[edge.dependent].append(edge.dependency)
    for service in concerned:
        for each in _below(service, stands_on) & ids:
            found[each] |= {service}
    return found


def _below(service: UUID, stands_on: dict[UUID, list[UUID]]) -> set[UUID]:
    seen, waiting = {service}, [service]
    while waiting:
        for each in stands_on.get(waiting.pop(), ()):
            if each not in seen:
                seen.add(each)
                waiting.append(each)
    return seen


def overlapping(start: datetime, end: datetime, prefix: str = "") -> Q:
    """The condition of changes that lay claim to some time between two moments; ``prefix`` leads to the change."""
    return Q(
        (f"{prefix}status__in", PLANNED_VALUES),
        (f"{prefix}scheduled_at__lt", end),
        (f"{prefix}scheduled_end__gt", start),
    )

"""What an import finds in place: the items and edges that its rows may mean, read in few queries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q
from django.utils.text import slugify

from cmdb.models import ConfigurationItem, Dependency
from cmdb.vocabulary import CIStatus, name_key
from orgs.models import Team

CHUNK = 5_000
EdgeKey = tuple[UUID, UUID, str]
"""Dependent, dependency, kind."""


def chunked(values: Iterable[Any]) -> Iterator[list[Any]]:
    """The values in sorted runs that fit one query."""
    ordered = sorted(values)
    for start in range(0, len(ordered), CHUNK):
        yield ordered[start : start + CHUNK]


class Present:
    """Items by their id in the source and by name, the teams, and the edges of items."""

    def __init__(self, source: str, *, lock: bool) -> None:
        self._source = source
        self._lock = lock
        self._by_id: dict[UUID, ConfigurationItem] = {}
        self.by_external_id: dict[str, ConfigurationItem] = {}
        self.by_name: dict[str, ConfigurationItem] = {}
        self._teams: dict[str, Team] = {}
        team: Team
        for team in Team.objects.all():
            self._teams |= {team.name.casefold(): team, team.slug.casefold(): team}

    def load(self, *, external_ids: Iterable[str] = (), names: Iterable[str] = ()) -> None:
        """Read the items that have these ids in the source, or these name keys; locked, when the import commits."""
        ids: set[UUID] = set()
        for chunk in chunked(external_ids):
            ids.update(self._ids(Q(source=self._source, external_id__in=chunk)))
        for chunk in chunked(names):
            ids.update(self._ids(Q(name_key__in=chunk)))
        self._read(ids)

    def unmentioned(self, listings: Iterable[str], seen: frozenset[str]) -> list[ConfigurationItem]:
        """The items of the source whose ids begin as one of the listings does, and were not seen."""
        prefixes = tuple(listings)
        rows = ConfigurationItem.objects.filter(source=self._source).exclude(external_id="")
        rows = rows.exclude(status__in=(CIStatus.MISSING, CIStatus.RETIRED)).values_list("pk", "external_id")
        ids = {pk for pk, external_id in rows if external_id.startswith(prefixes) and external_id not in seen}
        self._read(ids)
        return [self._by_id[pk] for pk in sorted(ids)]

    def _ids(self, condition: Q) -> Iterable[UUID]:
        ids: Iterable[UUID] = ConfigurationItem.objects.filter(condition).values_list("pk", flat=True)
        return ids

    def _read(self, ids: set[UUID]) -> None:
        for chunk in chunked(ids - self._by_id.keys()):
            rows = ConfigurationItem.objects.filter(pk__in=chunk).select_related("owner_team").order_by("pk")
            no_key = connection.features.has_select_for_no_key_update
            for ci in rows.select_for_update(of=("self",), no_key=no_key) if self._lock else rows:
                self.add(ci)

    def add(self, ci: ConfigurationItem) -> None:
        """Know an item, also one that the import is about to create."""
        self._by_id[ci.pk] = ci
        self.by_name.setdefault(ci.name_key, ci)
        if ci.external_id and ci.source == self._source:
            self.by_external_id[ci.external_id] = ci

    def find(self, external_id: str, name: str) -> ConfigurationItem | None:
        """The item that a relation points at: by its id in the source, by name otherwise."""
        return self.by_external_id.get(external_id) or (self.by_name.get(name_key(name)) if name else None)

    def team(self, name: str) -> Team | None:
        """The team that a source's owner means, by name or slug."""
        return self._teams.get(name.casefold()) or self._teams.get(slugify(name))

    def edges(self, dependents: Iterable[UUID]) -> dict[EdgeKey, Dependency]:
        """Every edge that leaves these items, ended ones included."""
        found: dict[EdgeKey, Dependency] = {}
        for chunk in chunked(dependents):
            for edge in Dependency.objects.filter(dependent_id__in=chunk).select_related("dependency"):
                found[edge.dependent_id, edge.dependency_id, edge.kind] = edge
        return found

"""Finding configuration items: one, those that somebody names, and lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from cmdb.models import ConfigurationItem, ConfigurationItemChange, Dependency, LookupKey
from cmdb.vocabulary import NAME_LENGTH, lookup_key, name_key
from orgs.errors import FieldError, Invalid, NotFound
from orgs.queries import as_uuid

MOST_NAMED = 1_000
"""Configuration items that one call may name."""

SEARCH_LENGTH = 200

ORDERINGS: dict[str, tuple[str, ...]] = {
    "name": ("name_key", "id"),
    "-name": ("-name_key", "-id"),
    "updated_at": ("updated_at", "id"),
    "-updated_at": ("-updated_at", "-id"),
}
"""The orders that lists may be read in, each unique to its last column so that a cursor can continue it."""


@dataclass(frozen=True)
class CIFilter:
    """What a list of configuration items shows; empty members do not filter.

    ``owner_team`` takes slugs or ids. ``q`` finds part of a name, or a whole host name, address or external id.
    """

    kind: Sequence[str] = ()
    environment: Sequence[str] = ()
    criticality: Sequence[str] = ()
    status: Sequence[str] = ()
    owner_team: Sequence[str] = ()
    source: Sequence[str] = ()
    q: str = ""
    ordering: str = "name"


def find_ci(ident: UUID | str | ConfigurationItem) -> ConfigurationItem:
    """A configuration item by id or name. Raises ``NotFound``, for another organisation's as well."""
    found: ConfigurationItem | None = (
        ConfigurationItem.objects.filter(identity(ident)).select_related("owner_team").first()
    )
    if found is None:
        raise NotFound("configuration item")
    return found


def identity(ident: UUID | str | ConfigurationItem) -> Q:
    """The condition that picks the one item that an id or a name means."""
    if isinstance(ident, ConfigurationItem):
        return Q(pk=ident.pk)
    value = ident if isinstance(ident, UUID) else as_uuid(ident)
    return Q(pk=value) if value else Q(name_key=name_key(ident)) if isinstance(ident, str) else Q(pk=None)


def resolve_cis(idents: Sequence[Any], *, field: str = "affected_cis") -> list[ConfigurationItem]:
    """The items that ids or names mean, in their order and each once, by one query.

    Raises ``Invalid`` with an error on ``field`` for each that is unknown; another organisation's is as unknown
    as one that never was.
    """
    return list({ci.pk: ci for ci in cis_by_ident(idents, field=field).values()}.values())


def cis_by_ident(idents: Sequence[Any], *, field: str) -> dict[UUID | str, ConfigurationItem]:
    """Each id or name with the item it means. Raises ``Invalid`` as ``resolve_cis`` does."""
    if len(idents) > MOST_NAMED:
        raise Invalid.one(field, "too_many", f"Name at most {MOST_NAMED} configuration items.")
    if not all(isinstance(ident, UUID) or (isinstance(ident, str) and ident.strip()) for ident in idents):
        raise Invalid.one(field, "type", "Give ids or names of configuration items.")
    ids = {ident: ident if isinstance(ident, UUID) else as_uuid(ident.strip()) for ident in idents}
    keys = {ident: name_key(ident) for ident in idents if isinstance(ident, str)}
    condition = Q(pk__in={value for value in ids.values() if value}) | Q(name_key__in=set(keys.values()))
    rows = list(ConfigurationItem.objects.filter(condition).select_related("owner_team")) if ids else []
    by_id = {ci.pk: ci for ci in rows}
    by_key = {ci.name_key: ci for ci in rows}
    found: dict[UUID | str, ConfigurationItem] = {}
    errors: list[FieldError] = []
    for ident, value in ids.items():
        if ci := by_id.get(value) or by_key.get(keys.get(ident, "")):
            found[ident] = ci
        else:
            errors.append(FieldError(field, "not_found", f"There is no configuration item {str(ident)[:NAME_LENGTH]}."))
    if errors:
        raise Invalid(errors)
    return found


def list_cis(wanted: CIFilter | None = None) -> QuerySet[ConfigurationItem]:
    """The items that a filter keeps, in its order (see ``ORDERINGS``), with their teams. Raises ``Invalid``."""
    wanted = wanted or CIFilter()
    if wanted.ordering not in ORDERINGS:
        raise Invalid.one("ordering", "choice", f"Order by one of {', '.join(ORDERINGS)}.")
    condition = Q()
    for column in ("kind", "environment", "criticality", "status", "source"):
        if values := getattr(wanted, column):
            condition &= Q((f"{column}__in", [value.casefold() for value in values if "\x00" not in value]))
    if wanted.owner_team:
        condition &= _of_teams(wanted.owner_team)
    if wanted.q.strip():
        condition &= matching(wanted.q)
    rows: QuerySet[ConfigurationItem] = ConfigurationItem.objects.filter(condition)
    return rows.select_related("owner_team").order_by(*ORDERINGS[wanted.ordering])


def _of_teams(idents: Sequence[str]) -> Q:
    ids = [value for ident in idents if (value := as_uuid(ident))]
    return Q(owner_team_id__in=ids) | Q(
        owner_team__slug__in=[ident.casefold() for ident in idents if "\x00" not in ident]
    )


def matching(text: str) -> Q:
    """The condition of a search: part of a name, or a whole host name, address or external id."""
    text = text[:SEARCH_LENGTH]
    by_key = LookupKey.objects.filter(key=lookup_key(text)).values("ci")
    condition = Q(name_key__contains=name_key(text)) | Q(pk__in=by_key)
    return condition if "\x00" in text else condition | Q(external_id=text.strip())


def dependencies_of(ci: ConfigurationItem) -> list[Dependency]:
    """The live edges from an item to what it depends on, by name."""
    edges = Dependency.objects.filter(dependent=ci, ended_at=None).select_related("dependency")
    return list(edges.order_by("dependency__name_key", "kind"))


def history_of(ci: ConfigurationItem) -> QuerySet[ConfigurationItemChange]:
    """The changes of an item, newest first."""
    rows: QuerySet[ConfigurationItemChange] = ConfigurationItemChange.objects.filter(ci=ci).order_by("-version")
    return rows

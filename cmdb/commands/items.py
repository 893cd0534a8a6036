"""Creating and changing one configuration item, and what it depends on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from cmdb.cleaning import clean_fields, lookup_keys
from cmdb.commands.history import Changes, change_of, edges_changed, first_changes, value_of
from cmdb.models import ConfigurationItem, Dependency, LookupKey
from cmdb.models.change import ChangeAction
from cmdb.queries.items import cis_by_ident, identity
from cmdb.vocabulary import CIStatus, Criticality, DependencyKind, name_key
from orgs.actor import Actor
from orgs.clock import now
from orgs.errors import Conflict, FieldError, Invalid, NotFound, Stale
from orgs.models import Team
from orgs.policy import require
from orgs.queries import as_uuid
from timeline.commands import command

EDITABLE = frozenset({"name", "kind", "environment", "criticality", "owner_team", "status", "attributes", "depends_on"})


@dataclass(frozen=True)
class DependsOn:
    """One thing that an item depends on, by id or name. Without a kind, an edge that is there keeps its own."""

    target: str | UUID
    kind: str | None = None


@command
def create_ci(
    *,
    actor: Actor,
    name: str,
    kind: str,
    environment: str = "",
    criticality: str = Criticality.MEDIUM,
    owner_team: Team | UUID | str | None = None,
    status: str = CIStatus.ACTIVE,
    attributes: Mapping[str, Any] | None = None,
    source: str = "",
    external_id: str = "",
    depends_on: Sequence[DependsOn | str | UUID] = (),
) -> ConfigurationItem:
    """Create a configuration item, with what it depends on.

    ``owner_team`` is a team, its id, slug or name. Raises ``Forbidden``; ``Invalid`` naming every bad field;
    ``Conflict`` where the name, or the id in its source, is taken.
    """
    require(actor, "ci.write")
    values, errors = clean_fields(
        {
            "name": name,
            "kind": kind,
            "environment": environment,
            "criticality": criticality,
            "status": status,
            "attributes": {} if attributes is None else attributes,
            "source": source,
            "external_id": external_id,
        }
    )
    if values.get("status") == CIStatus.MISSING:
        errors.append(_only_imports_say_missing())
    if values.get("external_id") and not values.get("source"):
        errors.append(FieldError("source", "required", "Say which source the external id is from."))
    team = _team_or_error(owner_team, errors)
    targets = _targets_or_errors(depends_on, errors)
    if errors:
        raise Invalid(errors)
    moment = now()
    ci = ConfigurationItem(
        org_id=actor.org_id,
        name_key=name_key(values["name"]),
        owner_team=team,
        created_at=moment,
        updated_at=moment,
        **values,
    )
    _save(ci)
    LookupKey.objects.bulk_create(keys_of(ci))
    edges = _set_edges(ci, targets, moment=moment)
    change = change_of(ci, ChangeAction.CREATED, {**first_changes(ci), **edges}, actor=actor, moment=moment)
    change.save()
    return ci


@command
def update_ci(
    *,
    actor: Actor,
    ci: ConfigurationItem | UUID | str,
    changes: Mapping[str, Any],
    expected_version: int | None = None,
) -> ConfigurationItem:
    """Change fields of a configuration item, ``depends_on`` among them; all of them or none.

    Values that are the present ones change nothing, and a call that changes nothing leaves the version as it is.
    Raises ``Forbidden``, ``NotFound``, ``Stale``, ``Invalid``, ``Conflict``.
    """
    require(actor, "ci.write")
    errors = [
        FieldError(field, "unknown", "This field does not exist or cannot be changed.")
        for field in changes
        if field not in EDITABLE
    ]
    plain = {name: value for name, value in changes.items() if name in EDITABLE - {"owner_team", "depends_on"}}
    values, bad = clean_fields(plain)
    errors += bad
    if "owner_team" in changes:
        values["owner_team"] = _team_or_error(changes["owner_team"], errors)
    targets = _targets_or_errors(changes["depends_on"], errors) if "depends_on" in changes else None
    row = _locked(ci, expected_version)
    if values.get("status") == CIStatus.MISSING != row.status:
        errors.append(_only_imports_say_missing())
    if errors:
        raise Invalid(errors)
    moment = now()
    changed: Changes = {}
    for field, value in values.items():
        before = value_of(row, field)
        setattr(row, field, value)
        if (after := value_of(row, field)) != before:
            changed[field] = [before, after]
    if targets is not None:
        changed |= _set_edges(row, targets, moment=moment)
    if changed:
        _write(row, changed, actor=actor, moment=moment)
    return row


@command
def set_dependencies(
    *,
    actor: Actor,
    ci: ConfigurationItem | UUID | str,
    depends_on: Sequence[DependsOn | str | UUID],
    expected_version: int | None = None,
) -> ConfigurationItem:
    """Make these, and no others, the things that a configuration item depends on. Raises as ``update_ci`` does."""
    result: ConfigurationItem = update_ci(
        actor=actor, ci=ci, changes={"depends_on": depends_on}, expected_version=expected_version
    )
    return result


def keys_of(ci: ConfigurationItem) -> list[LookupKey]:
    """The lookup keys that an item's name and attributes make, to be inserted."""
    return [
        LookupKey(org_id=ci.org_id, ci=ci, key=key, sort=sort)
        for key, sort in lookup_keys(ci.name, ci.attributes).items()
    ]


def _locked(ident: ConfigurationItem | UUID | str, expected_version: int | None) -> ConfigurationItem:
    rows = ConfigurationItem.objects.select_for_update(no_key=connection.features.has_select_for_no_key_update)
    # Without the key: a lock on it would wait for, and deadlock with, whoever points an edge at this item meanwhile.
    row: ConfigurationItem | None = rows.filter(identity(ident)).first()
    if row is None:
        raise NotFound("configuration item")
    if expected_version is not None and row.version != expected_version:
        raise Stale(current_version=row.version)
    return row


def _write(row: ConfigurationItem, changed: Changes, *, actor: Actor, moment: datetime) -> None:
    row.version += 1
    row.updated_at = moment
    columns = {"version", "updated_at", *(changed.keys() - {"depends_on"})}
    if "name" in changed:
        row.name_key = name_key(row.name)
        columns.add("name_key")
    # Only what changed: PostgreSQL locks the key of a row whose key columns are merely named in an update.
    _save(row, columns=columns)
    if changed.keys() & {"name", "attributes"}:
        LookupKey.objects.filter(ci=row).delete()
        LookupKey.objects.bulk_create(keys_of(row))
    change_of(row, ChangeAction.UPDATED, changed, actor=actor, moment=moment).save()


def _save(ci: ConfigurationItem, *, columns: set[str] | None = None) -> None:
    """Insert the item, or update the columns given."""
    try:
        with transaction.atomic():
            ci.save(force_insert=columns is None, update_fields=columns)
    except IntegrityError as error:
        text = str(error)
        if "cmdb_item_name_unique" in text or "configurationitem.name_key" in text:
            raise Conflict(f"There is a configuration item {ci.name} already.", code="duplicate") from error
        if "external_id" in text:
            raise Conflict(
                f"{ci.source} has a configuration item {ci.external_id} already.", code="duplicate"
            ) from error
        raise


def _only_imports_say_missing() -> FieldError:
    return FieldError("status", "choice", "Only an import can find that its source no longer lists an item.")


def _team_or_error(value: Any, errors: list[FieldError]) -> Team | None:
    """The team of this organisation that is meant, or None; an unknown one is added to the errors."""
    if value is None or value == "":
        return None
    if isinstance(value, Team):
        value = value.pk
    if isinstance(value, UUID | str):
        wanted = str(value).strip()
        ident = value if isinstance(value, UUID) else as_uuid(wanted)
        team: Team
        for team in Team.objects.all():
            if team.pk == ident or wanted.casefold() in (team.slug.casefold(), team.name.casefold()):
                return team
    errors.append(FieldError("owner_team", "not_found", "There is no such team."))
    return None


def _targets_or_errors(
    depends_on: Sequence[DependsOn | str | UUID], errors: list[FieldError]
) -> list[tuple[ConfigurationItem, str | None]]:
    if isinstance(depends_on, str | Mapping) or not isinstance(depends_on, Sequence):
        errors.append(FieldError("depends_on", "type", "Give a list of configuration items."))
        return []
    wanted = [entry if isinstance(entry, DependsOn) else DependsOn(entry) for entry in depends_on]
    if any(entry.kind not in (None, *DependencyKind.values) for entry in wanted):
        errors.append(FieldError("depends_on", "choice", f"The kinds are {', '.join(DependencyKind.values)}."))
        return []
    try:
        found = cis_by_ident([entry.target for entry in wanted], field="depends_on")
    except Invalid as bad:
        errors.extend(bad.fields)
        return []
    return [(found[entry.target], entry.kind) for entry in wanted]


def _set_edges(
    ci: ConfigurationItem, targets: list[tuple[ConfigurationItem, str | None]], *, moment: datetime
) -> Changes:
    """Make the live edges of an item these. Returns the entry for its history."""
    if any(target.pk == ci.pk for target, _ in targets):
        raise Invalid.one("depends_on", "self", "A configuration item cannot depend on itself.")
    existing: list[Dependency] = list(Dependency.objects.filter(dependent=ci).select_related("dependency"))
    live = {(edge.dependency_id, edge.kind): edge for edge in existing if edge.ended_at is None}
    ended = {(edge.dependency_id, edge.kind): edge for edge in existing if edge.ended_at is not None}
    wanted: dict[tuple[UUID, str], ConfigurationItem] = {}
    for target, kind in targets:
        present = [key[1] for key in live if key[0] == target.pk]
        for each in [kind] if kind else present or [DependencyKind.DEPENDS_ON.value]:
            wanted[target.pk, each] = target
    removed = [edge for key, edge in live.items() if key not in wanted]
    returned = [ended[key] for key in wanted if key in ended]
    new = [
        Dependency(org_id=ci.org_id, dependent=ci, dependency=target, kind=key[1], created_at=moment)
        for key, target in wanted.items()
        if key not in live and key not in ended
    ]
    Dependency.objects.filter(pk__in=[edge.pk for edge in removed]).update(ended_at=moment)
    Dependency.objects.filter(pk__in=[edge.pk for edge in returned]).update(ended_at=None, source="")
    Dependency.objects.bulk_create(new)
    return edges_changed([*new, *returned], removed)

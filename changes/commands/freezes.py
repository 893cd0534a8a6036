"""Declaring freezes, changing them and ending them; each step is kept with who took it and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

from django.db import connection

from changes.models.planning import Freeze, FreezeAction, FreezeChange, Hardness
from changes.recurrences import recurrence_of
from cmdb.affected import as_refs
from cmdb.cleaning import BadValue, clean_environment, clean_kind
from cmdb.models import ConfigurationItem
from cmdb.queries import resolve_cis
from orgs.actor import Actor
from orgs.checking import Refusals, check_choice, is_list
from orgs.clock import now
from orgs.errors import Conflict, FieldError, Invalid, NotFound, Stale
from orgs.policy import require
from orgs.queries import as_uuid
from orgs.text import check_text, checked_name
from timeline.commands import command
from timeline.context import current_request_id
from timeline.payloads import plain

LONGEST_REASON = 10_000
MOST_NAMED = 1_000
LISTS = ("cis", "services", "kinds", "environments")

Ident = Freeze | UUID | str


@command
def create_freeze(
    *,
    actor: Actor,
    name: str,
    reason: str,
    hardness: str = Hardness.HARD,
    everything: bool = False,
    cis: Sequence[ConfigurationItem | UUID | str] = (),
    services: Sequence[ConfigurationItem | UUID | str] = (),
    kinds: Sequence[str] = (),
    environments: Sequence[str] = (),
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    recurrence: Mapping[str, Any] | None = None,
    time_zone: str = "UTC",
) -> Freeze:
    """Declare a freeze. ``reason`` says why.

    It covers ``everything``, or what each list that is not empty names: ``cis`` and ``services`` by row, id or name, a
    service standing for all that it is built on. It holds from ``starts_at`` (now, unless it recurs) until ``ends_at``
    (until it is ended), or there in the spans of its ``recurrence`` (``changes.recurrences.recurrence_of``) on the
    clock of ``time_zone``. Raises ``Forbidden``; ``Invalid`` that names every bad field.
    """
    require(actor, "freeze.manage")
    moment = now()
    given = {
        "name": name,
        "reason": reason,
        "hardness": hardness,
        "everything": everything,
        "cis": cis,
        "services": services,
        "kinds": kinds,
        "environments": environments,
        "starts_at": moment if starts_at is None and recurrence is None else starts_at,
        "ends_at": ends_at,
        "recurrence": recurrence,
        "time_zone": time_zone,
    }
    values = _clean(given)
    _check_together(values)
    row = Freeze(org_id=actor.org_id, created_at=moment, updated_at=moment, **values)
    row.save(force_insert=True)
    first = {field: [None, value] for field, value in values.items() if value not in (None, [], False)}
    _note(row, FreezeAction.CREATED, first, values["reason"], actor=actor, moment=moment)
    return row


@command
def edit_freeze(
    *, actor: Actor, freeze: Ident, changes: Mapping[str, Any], why: str, expected_version: int | None = None
) -> Freeze:
    """Change fields of a freeze, as ``create_freeze`` takes them; all of them or none. ``why`` is kept with it.

    A call that changes nothing leaves no trace. Raises ``Forbidden``, ``NotFound``, ``Stale``, ``Invalid``, and
    ``Conflict`` for a freeze that was ended.
    """
    require(actor, "freeze.manage")
    refusals = Refusals()
    with refusals:
        why = _checked_reason("why", why)
    with refusals:
        values = _clean(changes)
    row = _locked(freeze, expected_version)
    with refusals:
        if row.ended_at is not None:
            raise Conflict(f"{row.name} was ended. Declare a new freeze.", code="ended")
    refusals.check()
    _check_together({**{field: getattr(row, field) for field in _CLEANERS}, **values})
    _change(row, FreezeAction.EDITED, values, why, actor=actor, moment=now())
    return row


@command
def end_freeze(*, actor: Actor, freeze: Ident, why: str, expected_version: int | None = None) -> Freeze:
    """End a freeze now; one that has not begun yet never holds. ``why`` is kept with it.

    Raises ``Forbidden``, ``NotFound``, ``Stale``, ``Invalid``, and ``Conflict`` for a freeze that is over already.
    """
    require(actor, "freeze.manage")
    refusals = Refusals()
    with refusals:
        why = _checked_reason("why", why)
    row = _locked(freeze, expected_version)
    moment = now()
    with refusals:
        if row.ends_at is not None and row.ends_at <= moment:
            raise Conflict(f"{row.name} is over already.", code="ended")
        if row.ended_at is not None:
            raise Conflict(f"{row.name} was ended already.", code="ended")
    refusals.check()
    end = max(moment, row.starts_at or moment)
    _change(row, FreezeAction.ENDED, {"ends_at": end, "ended_at": moment}, why, actor=actor, moment=moment)
    return row


def _locked(ident: Ident, expected_version: int | None) -> Freeze:
    pk = ident.pk if isinstance(ident, Freeze) else ident if isinstance(ident, UUID) else as_uuid(ident)
    rows = Freeze.objects.select_for_update(no_key=connection.features.has_select_for_no_key_update)
    row: Freeze | None = rows.filter(pk=pk).first() if pk else None
    if row is None:
        raise NotFound("freeze")
    if expected_version is not None and row.version != expected_version:
        raise Stale(current_version=row.version)
    return row


def _change(
    row: Freeze, action: FreezeAction, values: Mapping[str, Any], why: str, *, actor: Actor, moment: datetime
) -> None:
    """Set what differs and write it down; nothing where nothing differs."""
    changed = {field: [getattr(row, field), value] for field, value in values.items() if getattr(row, field) != value}
    if not changed:
        return
    for field, (_, value) in changed.items():
        setattr(row, field, value)
    row.version += 1
    row.updated_at = moment
    row.save(update_fields=[*changed, "version", "updated_at"])
    _note(row, action, changed, why, actor=actor, moment=moment)


def _note(
    row: Freeze, action: FreezeAction, changes: Mapping[str, Any], why: str, *, actor: Actor, moment: datetime
) -> None:
    FreezeChange(
        org_id=row.org_id,
        freeze=row,
        version=row.version,
        action=action,
        changes=plain(changes),
        reason=why,
        actor_kind=actor.kind.value,
        actor_ref=actor.ref,
        request_id=current_request_id(),
        recorded_at=moment,
    ).save()


def _clean(given: Mapping[str, Any]) -> dict[str, Any]:
    """Each field by its rule. Raises ``Invalid`` that names every bad one, and every one that there is not."""
    refusals = Refusals()
    clean: dict[str, Any] = {}
    for field, value in given.items():
        with refusals:
            if field not in _CLEANERS:
                raise Invalid.one(field, "unknown", "This field does not exist or cannot be changed.")
            clean[field] = _CLEANERS[field](field, value)
    refusals.check()
    return clean


def _check_together(values: Mapping[str, Any]) -> None:
    """What no field can tell alone. Raises ``Invalid``."""
    errors: list[FieldError] = []
    named = [field for field in LISTS if values[field]]
    if values["everything"] and named:
        errors.append(FieldError("everything", "exclusive", f"Either everything, or what {', '.join(named)} name."))
    if not values["everything"] and not named:
        errors.append(FieldError("everything", "required", f"Name what is frozen: {', '.join(LISTS)}, or everything."))
    starts_at, ends_at = values["starts_at"], values["ends_at"]
    if starts_at is not None and ends_at is not None and ends_at <= starts_at:
        errors.append(FieldError("ends_at", "order", "Let it end after it starts."))
    if starts_at is None and values["recurrence"] is None:
        errors.append(FieldError("starts_at", "required", "Say when it starts, or how it recurs."))
    if errors:
        raise Invalid(errors)


def _checked_name(field: str, value: Any) -> str:
    return checked_name(value, field)


def _checked_reason(field: str, value: Any) -> str:
    errors: list[FieldError] = []
    clean = check_text(errors, field, value, longest=LONGEST_REASON, required=True)
    if errors:
        raise Invalid(errors)
    return clean


def _checked_hardness(field: str, value: Any) -> str:
    return check_choice(field, value, Hardness.values)


def _checked_flag(field: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise Invalid.one(field, "type", "Say true or false.")
    return value


def _checked_items(field: str, value: Any) -> list[dict[str, str]]:
    """Configuration items as history names them."""
    if not is_list(value):
        raise Invalid.one(field, "type", "Give ids or names of configuration items.")
    return as_refs(
        resolve_cis([each.pk if isinstance(each, ConfigurationItem) else _ident(each) for each in value], field=field)
    )


def _ident(value: Any) -> Any:
    """What names an item; one as ``{"id": …}``, the way a freeze shows it, may be sent back."""
    return value.get("id") if isinstance(value, Mapping) else value


def _checked_words(clean: Callable[[Any], str]) -> Callable[[str, Any], list[str]]:
    def check(field: str, value: Any) -> list[str]:
        if not is_list(value) or len(value) > MOST_NAMED:
            raise Invalid.one(field, "items", f"Give a list of at most {MOST_NAMED} texts.")
        try:
            words = {clean(each) for each in value}
        except BadValue as bad:
            raise Invalid.one(field, bad.code, bad.message) from bad
        if "" in words:
            raise Invalid.one(field, "required", "Leave out empty texts.")
        return sorted(words)

    return check


def _checked_time(field: str, value: Any) -> datetime | None:
    if value is None:
        return None
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise Invalid.one(field, "datetime", "Give a time with its zone, as 2026-12-24T18:00:00Z.")
    return value


def _checked_recurrence(field: str, value: Any) -> dict[str, Any] | None:
    return None if value is None else recurrence_of(value).as_data()


def _checked_zone(field: str, value: Any) -> str:
    if not isinstance(value, str) or value not in _zones():
        raise Invalid.one(field, "choice", "Name a time zone of the IANA database, as Europe/Berlin or UTC.")
    return value


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


_CLEANERS: dict[str, Callable[[str, Any], Any]] = {
    "name": _checked_name,
    "reason": _checked_reason,
    "hardness": _checked_hardness,
    "everything": _checked_flag,
    "cis": _checked_items,
    "services": _checked_items,
    "kinds": _checked_words(clean_kind),
    "environments": _checked_words(clean_environment),
    "starts_at": _checked_time,
    "ends_at": _checked_time,
    "recurrence": _checked_recurrence,
    "time_zone": _checked_zone,
}
"""Field to its rule."""

"""What the fields of a problem may hold: the one place where its input is checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Q

from changes.models import Change
from incidents.models import Incident
from orgs.checking import check_choice, checked_texts, is_list
from orgs.errors import FieldError, Invalid
from orgs.queries import as_uuid, match_assignee
from problems.states import Status
from timeline.aggregates import Aggregate
from timeline.commands import REFERENCE

A = TypeVar("A", bound=Aggregate)

LENGTHS: Mapping[str, int] = {
    "title": 500,
    "description": 65_536,
    "symptoms": 65_536,
    "workaround": 65_536,
    "root_cause": 65_536,
    "resolution": 65_536,
    "assigned_to": 200,
    "owner": 200,
    "reason": 10_000,
    "text": 65_536,
}
MOST_INCIDENTS = 500
MOST_CHANGES = 50


def checked(values: dict[str, Any], *, required: Iterable[str] = ()) -> dict[str, str]:
    """The texts, cleaned and bounded. Raises ``Invalid`` that names every bad one."""
    return checked_texts(values, required=required, lengths=LENGTHS)


def check_status(value: str) -> str:
    """The status. Raises ``Invalid``."""
    return check_choice("status", value, Status.values)


def find_owner(text: str) -> tuple[str, int | None]:
    """Who a text names as the one who answers for a problem: the name shown, and the person where we know one."""
    clean = checked({"owner": text})["owner"]
    _, person = match_assignee(clean) if clean else (None, None)
    return (person.display_name(), person.pk) if person else (clean, None)


def find_incidents(idents: Sequence[Any], *, field: str = "linked_incidents") -> list[Incident]:
    """The incidents by row, id or reference, each once, by one query. Raises ``Invalid`` that names the unknown ones."""
    return _find(Incident, idents, field, MOST_INCIDENTS)


def find_changes(idents: Sequence[Any], *, field: str = "fixing_changes") -> list[Change]:
    """The changes by row, id or reference, as ``find_incidents`` has it."""
    return _find(Change, idents, field, MOST_CHANGES)


def _find(model: type[A], idents: Sequence[Any], field: str, most: int) -> list[A]:
    """The records, in the order given. One of another organisation is as unknown as one that never was."""
    noun = model._meta.verbose_name
    if not is_list(idents) or len(idents) > most:
        raise Invalid.one(field, "items", f"Give a list of at most {most} {noun}s.")
    keys = [_key(model, ident) for ident in idents]
    ids = {key for key in keys if isinstance(key, UUID)}
    references = {key for key in keys if isinstance(key, str)}
    rows = list(model.objects.filter(Q(pk__in=ids) | Q(reference__in=references))) if ids or references else []
    known: dict[UUID | str | None, A] = {row.pk: row for row in rows} | {row.reference: row for row in rows}
    unknown = [str(ident)[:200] for ident, key in zip(idents, keys, strict=True) if key not in known]
    if unknown:
        raise Invalid([FieldError(field, "not_found", f"There is no {noun} {name}.") for name in unknown])
    return list({row.pk: row for row in (known[key] for key in keys)}.values())


def _key(model: type[Aggregate], ident: Any) -> UUID | str | None:
    """The id or the reference that an ident means, if it can be one."""
    if isinstance(ident, Aggregate):
        return ident.pk if isinstance(ident, model) else None
    if isinstance(ident, UUID):
        return ident
    text = str(ident).strip()
    reference = text.upper()
    if reference.startswith(f"{model.PREFIX}-") and REFERENCE.fullmatch(reference):
        return reference
    return as_uuid(text)

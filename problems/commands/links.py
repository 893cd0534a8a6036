"""What a problem is connected with: incidents, on both records, and the changes that end it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from changes.models import Change
from incidents.commands import link_record, unlink_record
from incidents.commands import resolve as resolve_incident
from incidents.models import Incident
from orgs.actor import Actor
from orgs.errors import Conflict, Invalid
from orgs.policy import require
from problems.commands.fields import MOST_CHANGES, MOST_INCIDENTS, checked, find_changes, find_incidents
from problems.commands.lifecycle import Ident
from problems.events import ChangeLinked, ChangeUnlinked, IncidentLinked, IncidentsResolved, IncidentUnlinked, Ref
from problems.models import Problem
from problems.queries import fixing_changes, fixing_ids, linked_ids, linked_incidents
from problems.states import Status
from timeline.commands import command, lock, record

KIND = "problem"
"""What an incident calls its link to a problem."""


def linking(rows: Iterable[Incident]) -> list[IncidentLinked]:
    """The events that link these incidents."""
    return [IncidentLinked(row.pk, row.reference, row.title) for row in rows]


def unlinking(rows: Iterable[Incident]) -> list[IncidentUnlinked]:
    """The events that take the links to these incidents off."""
    return [IncidentUnlinked(row.pk, row.reference) for row in rows]


def fixing(rows: Iterable[Change]) -> list[ChangeLinked]:
    """The events that name these changes as its end."""
    return [ChangeLinked(row.pk, row.reference, row.title) for row in rows]


def unfixing(rows: Iterable[Change]) -> list[ChangeUnlinked]:
    """The events that take these changes off."""
    return [ChangeUnlinked(row.pk, row.reference) for row in rows]


def tell_incidents(actor: Actor, row: Problem, payloads: Iterable[Any]) -> None:
    """Write the incidents' side of what was linked and unlinked.

    The problem is locked before its incidents, and they in the order of their ids, so that no two commands wait for
    each other.
    """
    moved = [payload for payload in payloads if isinstance(payload, (IncidentLinked, IncidentUnlinked))]
    for payload in sorted(moved, key=lambda payload: payload.incident_id):
        change = (
            partial(link_record, title=row.title) if isinstance(payload, IncidentLinked) else partial(unlink_record)
        )
        change(actor=actor, incident=payload.incident_id, kind=KIND, record_id=row.pk, reference=row.reference)


@command
def link_incidents(
    *, actor: Actor, problem: Ident, incidents: Sequence[Any], expected_version: int | None = None
) -> Problem:
    """Link incidents, by row, id or reference, on both records; those that are linked already are no change.

    Raises ``Forbidden``, ``Invalid`` that names the unknown ones, ``NotFound``, ``Stale``.
    """
    require(actor, "problem.link")
    row = lock(Problem, problem, expected_version=expected_version)
    linked = linked_ids(row)
    payloads = linking(found for found in find_incidents(incidents, field="incidents") if found.pk not in linked)
    if len(linked) + len(payloads) > MOST_INCIDENTS:
        raise Invalid.one("incidents", "items", f"A problem holds at most {MOST_INCIDENTS} incidents.")
    if payloads:
        record(row, *payloads, actor=actor)
        tell_incidents(actor, row, payloads)
    return row


@command
def unlink_incidents(
    *, actor: Actor, problem: Ident, incidents: Sequence[Any], expected_version: int | None = None
) -> Problem:
    """Take the links to incidents off both records; those that are not linked are no change."""
    require(actor, "problem.link")
    row = lock(Problem, problem, expected_version=expected_version)
    linked = linked_ids(row)
    payloads = unlinking(found for found in find_incidents(incidents, field="incidents") if found.pk in linked)
    if payloads:
        record(row, *payloads, actor=actor)
        tell_incidents(actor, row, payloads)
    return row


@command
def link_fixing_change(*, actor: Actor, problem: Ident, change: Any, expected_version: int | None = None) -> Problem:
    """Name the change that is to end it, or has, by row, id or reference; one that is named already is no change.

    Raises ``Forbidden``, ``Invalid`` for an unknown change, ``NotFound``, ``Stale``.
    """
    require(actor, "problem.link")
    row = lock(Problem, problem, expected_version=expected_version)
    held = fixing_ids(row)
    payloads = fixing(found for found in find_changes([change], field="change") if found.pk not in held)
    if len(held) + len(payloads) > MOST_CHANGES:
        raise Invalid.one("change", "items", f"A problem holds at most {MOST_CHANGES} changes.")
    if payloads:
        record(row, *payloads, actor=actor)
    return row


@command
def unlink_fixing_change(*, actor: Actor, problem: Ident, change: Any, expected_version: int | None = None) -> Problem:
    """Take a fixing change off; one that is not named is no change."""
    require(actor, "problem.link")
    row = lock(Problem, problem, expected_version=expected_version)
    held = fixing_ids(row)
    payloads = unfixing(found for found in find_changes([change], field="change") if found.pk in held)
    if payloads:
        record(row, *payloads, actor=actor)
    return row


@dataclass(frozen=True)
class Outcome:
    """What came of resolving a problem's incidents: those that are, and those that could not be, with the reason."""

    problem: Problem
    resolved: tuple[Ref, ...]
    refused: tuple[tuple[Ref, str], ...]


@command
def resolve_linked_incidents(
    *,
    actor: Actor,
    problem: Ident,
    resolution: str = "",
    fixing_change: Any = None,
    expected_version: int | None = None,
) -> Outcome:
    """Resolve the incidents of a resolved problem that can be; the others are named with what stands against it.

    ``resolution`` is what each incident is told, the problem's own unless given, with the changes that fixed it;
    ``fixing_change`` names one more of them. Raises ``Forbidden``, ``Invalid``, ``NotFound``, ``Stale``, and
    ``Conflict`` where the problem itself is not resolved.
    """
    require(actor, "problem.status")
    words = checked({"resolution": resolution})["resolution"]
    row = lock(Problem, problem, expected_version=expected_version)
    if row.status != Status.RESOLVED:
        raise Conflict("Resolve the problem first; its incidents follow.", code="not_resolved")
    if fixing_change is not None:
        row = link_fixing_change(actor=actor, problem=row, change=fixing_change)
    said = words or _said(row)
    resolved: list[Ref] = []
    refused: list[tuple[Ref, str]] = []
    for incident in sorted(linked_incidents(row), key=lambda found: found.pk):
        ref = {"id": str(incident.pk), "name": incident.reference}
        if why := _refusal(actor, incident.pk, said):
            refused.append((ref, why))
        else:
            resolved.append(ref)
    if resolved or refused:
        record(
            row,
            IncidentsResolved(resolved=resolved, refused=[{**ref, "why": why} for ref, why in refused]),
            actor=actor,
        )
    return Outcome(row, tuple(resolved), tuple(refused))


def _said(row: Problem) -> str:
    """What the incidents are told of the end of their problem."""
    fixes = ", ".join(change.reference for change in fixing_changes(row))
    by = f" by {fixes}" if fixes else ""
    return f"{row.reference} is resolved{by}. {row.resolution}".strip()


def _refusal(actor: Actor, incident: UUID, resolution: str) -> str:
    """Resolve one incident; what stands against it, or nothing."""
    try:
        resolve_incident(actor=actor, incident=incident, resolution=resolution)
    except Conflict as refusal:
        return refusal.detail
    return ""

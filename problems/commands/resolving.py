"""Ending a problem: with the change that fixed it, and its incidents with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from incidents.commands import resolve as resolve_incident
from orgs.actor import Actor
from orgs.errors import Conflict
from orgs.policy import require
from problems.commands.fields import checked
from problems.commands.lifecycle import Ident, step
from problems.commands.links import link_fixing_change
from problems.events import IncidentsResolved, Ref
from problems.models import Problem
from problems.queries import fixing_changes, linked_incidents
from problems.states import Status
from timeline.commands import command, lock, record


@command
def resolve(
    *,
    actor: Actor,
    problem: Ident,
    resolution: str,
    fixing_change: Any = None,
    expected_version: int | None = None,
) -> Problem:
    """Say that it will cause no more incidents and why, and name the change that fixed it where there was one.

    Raises ``Forbidden``, ``NotFound``, ``Stale``, ``IllegalTransition``, and ``Invalid`` without a resolution or for an
    unknown change.
    """
    require(actor, "problem.status")
    words = checked({"resolution": resolution}, required=("resolution",))["resolution"]
    row = lock(Problem, problem, expected_version=expected_version)
    if fixing_change is not None:
        row = link_fixing_change(actor=actor, problem=row, change=fixing_change)
    record(row, step(row, to=Status.RESOLVED, known=True, resolution=words), actor=actor)
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

"""What a problem is connected with: incidents, on both records, and the changes that end it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from changes.models import Change
from incidents.commands import link_record, unlink_record
from incidents.models import Incident
from orgs.actor import Actor
from orgs.errors import Invalid
from orgs.policy import require
from problems.commands.fields import MOST_CHANGES, MOST_INCIDENTS, find_changes, find_incidents
from problems.commands.lifecycle import Ident
from problems.events import ChangeLinked, ChangeUnlinked, IncidentLinked, IncidentUnlinked
from problems.models import Problem
from problems.queries import fixing_ids, linked_ids
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

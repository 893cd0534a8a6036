"""What people write and do while they work on a problem, and what its workaround is worth."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from orgs.actor import Actor
from orgs.clock import now
from orgs.errors import Conflict, Invalid
from orgs.policy import require
from problems.commands.fields import checked, find_incidents
from problems.commands.lifecycle import Ident
from problems.events import NoteAdded, WorkaroundUsed
from problems.models import Problem, WorkaroundUse
from timeline.commands import command, lock, record

CLOCK_SKEW = timedelta(minutes=5)


@command
def add_note(
    *,
    actor: Actor,
    problem: Ident,
    text: str,
    occurred_at: datetime | None = None,
    expected_version: int | None = None,
) -> Problem:
    """Write a note (Markdown). ``occurred_at`` back-dates it; when it was written stays known."""
    require(actor, "problem.note")
    text = checked({"text": text}, required=("text",))["text"]
    if occurred_at is not None and occurred_at > now() + CLOCK_SKEW:
        raise Invalid.one("occurred_at", "future", "It cannot have happened in the future.")
    row = lock(Problem, problem, expected_version=expected_version)
    record(row, NoteAdded(text=text), actor=actor, occurred_at=occurred_at)
    return row


@command
def record_workaround_use(
    *,
    actor: Actor,
    problem: Ident,
    incident: Any,
    helped: bool | None = None,
    expected_version: int | None = None,
) -> Problem:
    """Count a use of the workaround on an incident, once, and whether it helped; None where nobody can say yet.

    A later answer corrects an earlier one, and no answer leaves it. Raises ``Forbidden``, ``NotFound``, ``Stale``,
    ``Invalid`` for an unknown incident, and ``Conflict`` where there is no workaround.
    """
    require(actor, "problem.workaround")
    if helped is not None and type(helped) is not bool:
        raise Invalid.one("helped", "type", "Say yes, no, or nothing.")
    row = lock(Problem, problem, expected_version=expected_version)
    found = find_incidents([incident], field="incident")[0]
    if not row.workaround:
        raise Conflict("This problem has no workaround that could be used.", code="no_workaround")
    held = WorkaroundUse.objects.filter(problem=row, incident=found).first()
    if held is not None and helped in (None, held.helped):
        return row
    used = WorkaroundUsed(
        use_id=uuid4() if held is None else held.pk,
        incident_id=found.pk,
        reference=found.reference,
        first=held is None,
        before=None if held is None else held.helped,
        helped=helped,
    )
    record(row, used, actor=actor)
    return row

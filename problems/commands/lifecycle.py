"""The steps of a problem's lifecycle."""

from __future__ import annotations

from uuid import UUID

from orgs.actor import Actor
from orgs.errors import Conflict, IllegalTransition
from orgs.policy import require
from problems.commands.fields import check_status, checked
from problems.events import Resolved, StatusChanged
from problems.models import Problem
from problems.states import Status, allowed_from
from timeline.commands import command, lock, record

Ident = Problem | UUID | str

NOTHING_KNOWN = "A known error says what is known: write down a workaround or a root cause."


def step(
    row: Problem, *, to: str, known: bool, reason: str = "", resolution: str | None = None
) -> StatusChanged | Resolved:
    """Guard one step of a locked problem, move its status, and return the event that says so.

    ``known`` is whether there will be a workaround or a root cause. Raises ``Invalid``, ``IllegalTransition``,
    ``Conflict``.
    """
    to = check_status(to)
    texts = checked({"reason": reason, "resolution": resolution or ""})
    before = row.status
    allowed = allowed_from(before)
    if to not in allowed:
        raise IllegalTransition(current=before, requested=to, allowed=allowed)
    if to == Status.KNOWN_ERROR and not known:
        raise Conflict(NOTHING_KNOWN, code="nothing_known")
    getattr(row, f"to_{to}")()
    if to == Status.RESOLVED:
        return Resolved(before=before, resolution=texts["resolution"] or texts["reason"])
    return StatusChanged(before=before, after=to, reason=texts["reason"])


@command
def change_status(
    *,
    actor: Actor,
    problem: Ident,
    to: str,
    reason: str = "",
    resolution: str | None = None,
    expected_version: int | None = None,
) -> Problem:
    """Take one step of the lifecycle; a step out of resolved reopens the problem.

    A step to resolved takes its resolution from ``resolution``, else from ``reason``. Raises ``Forbidden``,
    ``NotFound``, ``Stale``, ``Conflict`` where a known error would say nothing, and ``IllegalTransition`` with the
    steps that are legal, also where the status is held already.
    """
    require(actor, "problem.status")
    row = lock(Problem, problem, expected_version=expected_version)
    known = bool(row.workaround or row.root_cause)
    record(row, step(row, to=to, known=known, reason=reason, resolution=resolution), actor=actor)
    return row

"""Carrying a change out: begin it in its window, end it well or badly, or call it off before."""

from __future__ import annotations

from datetime import timedelta

from changes.commands.fields import checked, interval
from changes.commands.reviews import review_due
from changes.commands.submit import submit
from changes.events import Cancelled, Completed, Failed, Started
from changes.models import Change
from changes.queries import Ident
from changes.states import Kind, Status, allowed_from
from orgs.actor import Actor
from orgs.clock import now
from orgs.durations import stamp
from orgs.errors import Conflict, IllegalTransition
from orgs.policy import require
from timeline.commands import command, lock, record

APPROVE_WITHIN = timedelta(hours=24)
"""How long an emergency that was begun without approval may wait for it."""


@command
def execute_change(
    *, actor: Actor, change: Ident, override_reason: str = "", expected_version: int | None = None
) -> Change:
    """Begin to carry out an approved change, inside its window, or outside of it with a reason and the role for it.

    An emergency may begin before it is approved, and then owes the approval until ``approve_by``. Raises
    ``Forbidden``, ``Invalid``, ``NotFound``, ``Stale``, ``IllegalTransition``, and ``Conflict`` outside the window.
    """
    require(actor, "change.execute")
    reason = checked({"override_reason": override_reason})["override_reason"]
    row = lock(Change, change, expected_version=expected_version)
    _refuse_step(row, Status.IN_PROGRESS)
    _check_window(actor, row, reason)
    if row.status == Status.DRAFT:
        submit(row, actor=actor)
    before = row.status
    row.to_in_progress()
    approve_by = None if before == Status.APPROVED else now() + APPROVE_WITHIN
    record(row, Started(before=before, override_reason=reason, approve_by=approve_by), actor=actor)
    return row


def _check_window(actor: Actor, row: Change, reason: str) -> None:
    window = interval(row.scheduled_at, row.scheduled_end)
    if window is None or window.start <= now() < window.end:
        return
    if not reason:
        raise Conflict(
            f"Its window is {stamp(window.start)} to {stamp(window.end)}. Wait for it, move it, or have somebody who "
            "may override it say why (override_reason).",
            code="outside_window",
        )
    require(actor, "change.override")


def _refuse_step(row: Change, to: str) -> None:
    allowed = allowed_from(row.status, row.type)
    if to not in allowed:
        raise IllegalTransition(current=row.status, requested=to, allowed=allowed, detail=_why_not(row.status, to))


def _why_not(before: str, to: str) -> str:
    if to == Status.IN_PROGRESS and before in (Status.DRAFT, Status.PENDING_APPROVAL):
        return "It is not approved yet; only an emergency begins before it is."
    if to == Status.CANCELLED and before == Status.IN_PROGRESS:
        return "It has begun: say that it is completed, or that it failed and what was rolled back."
    return ""


@command
def complete_change(
    *, actor: Actor, change: Ident, review_note: str = "", expected_version: int | None = None
) -> Change:
    """Say that it is done. An emergency is reviewed afterwards.

    Raises ``Forbidden``, ``Invalid``, ``NotFound``, ``Stale``, ``IllegalTransition``.
    """
    require(actor, "change.execute")
    outcome = checked({"review_note": review_note})["review_note"]
    row = lock(Change, change, expected_version=expected_version)
    _refuse_step(row, Status.COMPLETED)
    row.to_completed()
    due = review_due() if row.type == Kind.EMERGENCY and row.review_due_at is None else None
    record(row, Completed(outcome=outcome, review_due_at=due), actor=actor)
    return row


@command
def fail_change(*, actor: Actor, change: Ident, rolled_back: str, expected_version: int | None = None) -> Change:
    """Say that it did not work and what was rolled back. It is reviewed afterwards.

    Raises ``Forbidden``, ``Invalid``, ``NotFound``, ``Stale``, ``IllegalTransition``.
    """
    require(actor, "change.execute")
    outcome = checked({"rolled_back": rolled_back}, required=("rolled_back",))["rolled_back"]
    row = lock(Change, change, expected_version=expected_version)
    _refuse_step(row, Status.FAILED)
    row.to_failed()
    record(row, Failed(outcome=outcome, review_due_at=review_due()), actor=actor)
    return row


@command
def cancel_change(*, actor: Actor, change: Ident, reason: str = "", expected_version: int | None = None) -> Change:
    """Call it off before it begins.

    Raises ``Forbidden``, ``Invalid``, ``NotFound``, ``Stale``, ``IllegalTransition``.
    """
    require(actor, "change.cancel")
    reason = checked({"reason": reason})["reason"]
    row = lock(Change, change, expected_version=expected_version)
    _refuse_step(row, Status.CANCELLED)
    before = row.status
    row.to_cancelled()
    record(row, Cancelled(before=before, reason=reason), actor=actor)
    return row

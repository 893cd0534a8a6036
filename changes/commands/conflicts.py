"""Accepting what is in the way of a change."""

from __future__ import annotations

from changes.commands.fields import checked
from changes.conflicts import conflicts_of
from changes.events import ConflictsAccepted
from changes.models import Change
from changes.queries import Ident
from changes.states import AHEAD
from orgs.actor import Actor
from orgs.checking import Refusals
from orgs.errors import Conflict
from orgs.policy import require
from timeline.commands import command, lock, record


@command
def accept_conflicts(*, actor: Actor, change: Ident, reason: str, expected_version: int | None = None) -> Change:
    """Accept what is in the way of a change that has not begun, and say why.

    It holds until the window or the items change. Saying the same again leaves no trace. Raises ``Forbidden``,
    ``Invalid``, ``NotFound``, ``Stale``, and ``Conflict`` where nothing is in the way or the change has begun.
    """
    require(actor, "change.edit")
    refusals = Refusals()
    with refusals:
        reason = checked({"reason": reason}, required=("reason",))["reason"]
    row = lock(Change, change, expected_version=expected_version)
    with refusals:
        if row.status not in AHEAD:
            raise Conflict(f"It is {row.status_label().lower()}; nothing is left to accept.", code="begun")
    refusals.check()
    conflicts = conflicts_of(row)
    if not conflicts:
        raise Conflict("Nothing is in its way.", code="no_conflicts")
    if reason != row.conflict_reason:
        known = [group.as_data() for group in conflicts.groups]
        record(row, ConflictsAccepted(before=row.conflict_reason, after=reason, conflicts=known), actor=actor)
    return row

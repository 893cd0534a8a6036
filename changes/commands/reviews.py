"""The review after a change: when it is due, and that it was held."""

from __future__ import annotations

from datetime import datetime, timedelta

from changes.commands.fields import checked
from changes.events import Reviewed
from changes.models import Change
from changes.queries import Ident
from changes.states import DONE
from orgs.actor import Actor
from orgs.clock import now
from orgs.errors import Conflict
from orgs.policy import require
from timeline.commands import command, lock, record

REVIEW_WITHIN = timedelta(days=7)
"""How long after a failure, or the end of an emergency, the review may take."""


def review_due() -> datetime:
    """Until when a review that becomes due now is to be held."""
    return now() + REVIEW_WITHIN


@command
def review_change(*, actor: Actor, change: Ident, note: str, expected_version: int | None = None) -> Change:
    """Record the post-implementation review of a change that was carried out. Held once.

    Raises ``Forbidden``, ``Invalid`` without a note, ``NotFound``, ``Stale``, ``Conflict``.
    """
    require(actor, "change.review")
    note = checked({"note": note}, required=("note",))["note"]
    row = lock(Change, change, expected_version=expected_version)
    if row.status not in DONE:
        raise Conflict("A change is reviewed once it was carried out.", code="not_done")
    if row.reviewed_at is not None:
        raise Conflict("It was reviewed already.", code="reviewed")
    record(row, Reviewed(note=note), actor=actor)
    return row

"""Every command that changes a change: what it takes, in which state, and what it leaves on the stream."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from changes import commands

ELSEWHERE = UUID(int=7)


@dataclass(frozen=True)
class Door:
    """One command. ``given`` are its arguments beside the actor and the change, whose ``state`` it needs."""

    name: str
    action: str
    leaves: tuple[str, ...]
    given: dict[str, Any]
    state: str = "draft"
    versioned: bool = True
    ready: Callable[[Any, Any], Any] = lambda actor, row: None

    def open(self, actor: Any, change: Any, **more: Any) -> Any:
        """Call the command."""
        return getattr(commands, self.name)(actor=actor, change=change, **self.given, **more)


def _link(actor: Any, row: Any) -> None:
    commands.link_record(
        actor=actor,
        change=row,
        kind="fixes",
        record_type="problem",
        record_id=ELSEWHERE,
        reference="PRB-20260101-001",
        title="Disks fill up",
    )


def _freeze(actor: Any, row: Any) -> None:
    commands.create_freeze(actor=actor, name="Year end", reason="The books are closed", everything=True)


DOORS = [
    Door("edit_change", "change.edit", ("CHANGE_UPDATED",), {"changes": {"title": "Replace both switches"}}),
    Door(
        "reopen_change",
        "change.edit",
        ("CHANGE_REOPENED",),
        {"reason": "Another switch is meant"},
        state="pending_approval",
    ),
    Door(
        "accept_conflicts",
        "change.edit",
        ("CHANGE_CONFLICTS_ACCEPTED",),
        {"reason": "The bookkeepers know of it"},
        ready=_freeze,
    ),
    Door("submit_change", "change.submit", ("CHANGE_SUBMITTED",), {"comment": "Please"}),
    Door(
        "vote",
        "change.vote",
        ("CHANGE_VOTE_CAST", "CHANGE_APPROVED"),
        {"decision": "approve", "comment": "Fine"},
        state="pending_approval",
    ),
    Door("execute_change", "change.execute", ("CHANGE_STARTED",), {}, state="approved"),
    Door("complete_change", "change.execute", ("CHANGE_COMPLETED",), {"review_note": "Fine"}, state="in_progress"),
    Door("fail_change", "change.execute", ("CHANGE_FAILED",), {"rolled_back": "All of it"}, state="in_progress"),
    Door("cancel_change", "change.cancel", ("CHANGE_CANCELLED",), {"reason": "Not needed"}),
    Door("review_change", "change.review", ("CHANGE_REVIEWED",), {"note": "Label the cables"}, state="failed"),
    Door("add_note", "change.note", ("CHANGE_NOTE_ADDED",), {"text": "The part has come"}),
    Door(
        "link_record",
        "change.link",
        ("CHANGE_LINKED",),
        {
            "kind": "fixes",
            "record_type": "problem",
            "record_id": ELSEWHERE,
            "reference": "PRB-20260101-001",
            "title": "Disks fill up",
        },
        versioned=False,
    ),
    Door(
        "unlink_record",
        "change.link",
        ("CHANGE_UNLINKED",),
        {"kind": "fixes", "record_id": ELSEWHERE},
        versioned=False,
        ready=_link,
    ),
]
"""All but those that take no change: ``create_change``, ``save_policy``, ``save_template``, those of freezes."""

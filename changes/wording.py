"""The events of a change in words, made when they are shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from changes.models import ChangeEvent
from changes.states import Status
from orgs.actor import ActorKind
from orgs.neutral import neutral

VOTED = {"approve": "approved", "reject": "rejected", "abstain": "abstained"}


def status_word(status: str) -> str:
    """A status as people read it."""
    return str(Status(status).label) if status in Status.values else status


def actor_words(event: ChangeEvent) -> str:
    """Who acted, in words; a rule of the product is named as one."""
    name = neutral(event.actor_name)
    return f"The rule {name}" if event.actor_kind == ActorKind.SYSTEM else name


def describe(event: ChangeEvent) -> str:
    """What one event says, to follow the actor's name; an unknown type is shown by its code."""
    make = _WORDS.get(event.type)
    return neutral(make(event, event.payload)) if make else event.type


def _because(words: str, reason: str) -> str:
    return f"{words}: {reason}" if reason else words


def _updated(event: ChangeEvent, data: dict[str, Any]) -> str:
    return f"changed the {', '.join(name.replace('_', ' ') for name in sorted(data['changes']))}"


def _rescheduled(event: ChangeEvent, data: dict[str, Any]) -> str:
    if data["after_at"] is None:
        return "took its window away"
    return f"set its window to {data['after_at']} until {data['after_end']}"


def _risk(event: ChangeEvent, data: dict[str, Any]) -> str:
    words = f"set its risk to {data['after']} (computed: {data['computed']})"
    return _because(words, data["reason"])


def _reopened(event: ChangeEvent, data: dict[str, Any]) -> str:
    what = ", ".join(name.replace("_", " ") for name in data["fields"])
    words = f"took it back to draft for an edit of the {what}" if what else "took it back to draft"
    count = len(data["votes"])
    return _because(
        f"{words} ({count} {'vote no longer counts' if count == 1 else 'votes no longer count'})", data["reason"]
    )


def _started(event: ChangeEvent, data: dict[str, Any]) -> str:
    words = "began to carry it out"
    if data["approve_by"]:
        words += f", to be approved until {data['approve_by']}"
    return _because(words, data["override_reason"])


_WORDS: dict[str, Callable[[ChangeEvent, dict[str, Any]], str]] = {
    "CHANGE_CREATED": lambda event, data: f"drafted it for {data['requested_by']}",
    "CHANGE_UPDATED": _updated,
    "CHANGE_RESCHEDULED": _rescheduled,
    "CHANGE_CIS_CHANGED": lambda event, data: (
        f"said that it touches {', '.join(ref['name'] for ref in data['after']) or 'no item'}"
    ),
    "CHANGE_ASSIGNED": lambda event, data: f"gave it to {data['after']}" if data["after"] else "gave it to nobody",
    "CHANGE_RISK_CHANGED": _risk,
    "CHANGE_LINKED": lambda event, data: f"linked {data['reference']} {data['title']}",
    "CHANGE_UNLINKED": lambda event, data: f"took the link to {data['reference']} off",
    "CHANGE_NOTE_ADDED": lambda event, data: f"wrote: {event.text('text') or 'what is erased by now'}",
    "CHANGE_SUBMITTED": lambda event, data: _because("asked for approval", data["comment"]),
    "CHANGE_CONFLICTS_ACCEPTED": lambda event, data: _because("accepted what is in its way", data["after"]),
    "CHANGE_VOTE_CAST": lambda event, data: _because(
        f"{VOTED[data['decision']]} in the stage {data['stage_name']}", data["comment"]
    ),
    "CHANGE_VOTE_DELEGATED": lambda event, data: _because(
        f"handed the seat in the stage {data['stage_name']} to {data['delegate_name']}", data["comment"]
    ),
    "CHANGE_QUESTION_ASKED": lambda event, data: f"asked in the stage {data['stage_name']}: {data['question']}",
    "CHANGE_APPROVED": lambda event, data: f"so it is approved by {data['by']}",
    "CHANGE_REJECTED": lambda event, data: _because("so it is rejected", data["reason"]),
    "CHANGE_REOPENED": _reopened,
    "CHANGE_STARTED": _started,
    "CHANGE_COMPLETED": lambda event, data: _because("completed it", data["outcome"]),
    "CHANGE_FAILED": lambda event, data: f"said that it failed; rolled back: {data['outcome']}",
    "CHANGE_CANCELLED": lambda event, data: _because("called it off", data["reason"]),
    "CHANGE_REVIEWED": lambda event, data: f"reviewed it: {data['note']}",
}

"""The events of a problem in words, made when they are shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from orgs.actor import ActorKind
from orgs.neutral import neutral
from problems.models import ProblemEvent
from problems.states import Status

HELPED = {True: "it helped", False: "it did not help", None: "nobody can say yet whether it helped"}


def status_word(status: str) -> str:
    """A status as people read it."""
    return str(Status(status).label) if status in Status.values else status


def actor_words(event: ProblemEvent) -> str:
    """Who acted, in words; a rule of the product is named as one."""
    name = neutral(event.actor_name)
    return f"The rule {name}" if event.actor_kind == ActorKind.SYSTEM else name


def describe(event: ProblemEvent) -> str:
    """What one event says, to follow the actor's name; an unknown type is shown by its code."""
    make = _WORDS.get(event.type)
    return neutral(make(event, event.payload)) if make else event.type


def _updated(event: ProblemEvent, data: dict[str, Any]) -> str:
    return f"changed the {', '.join(name.replace('_', ' ') for name in sorted(data['changes']))}"


def _stepped(event: ProblemEvent, data: dict[str, Any]) -> str:
    verb = "reopened it as" if data["before"] == Status.RESOLVED else "moved it to"
    return _because(f"{verb} {status_word(data['after']).lower()}", data["reason"])


def _because(words: str, reason: str) -> str:
    return f"{words}: {reason}" if reason else words


def _given(kind: str) -> Callable[[ProblemEvent, dict[str, Any]], str]:
    def say(event: ProblemEvent, data: dict[str, Any]) -> str:
        return f"made {data['after']} its {kind}" if data["after"] else f"left it without {kind}"

    return say


def _items(event: ProblemEvent, data: dict[str, Any]) -> str:
    return f"said that it affects {', '.join(ref['name'] for ref in data['after']) or 'no item'}"


def _resolved_with_it(event: ProblemEvent, data: dict[str, Any]) -> str:
    done = ", ".join(ref["name"] for ref in data["resolved"]) or "none of its incidents"
    left = "; ".join(f"{ref['name']} could not be: {ref['why']}" for ref in data["refused"])
    return f"resolved {done} with it" + (f"; {left}" if left else "")


_WORDS: dict[str, Callable[[ProblemEvent, dict[str, Any]], str]] = {
    "PROBLEM_CREATED": lambda event, data: "opened it" + (" from a proposal" if data["recurrence"] else ""),
    "PROBLEM_UPDATED": _updated,
    "PROBLEM_STATUS_CHANGED": _stepped,
    "PROBLEM_RESOLVED": lambda event, data: _because("resolved it", data["resolution"]),
    "PROBLEM_ASSIGNED": _given("assignee"),
    "PROBLEM_OWNER_CHANGED": _given("owner"),
    "PROBLEM_CIS_CHANGED": _items,
    "PROBLEM_INCIDENT_LINKED": lambda event, data: f"linked {data['reference']} {data['title']}",
    "PROBLEM_INCIDENT_UNLINKED": lambda event, data: f"took the link to {data['reference']} off",
    "PROBLEM_CHANGE_LINKED": lambda event, data: f"named {data['reference']} {data['title']} as its end",
    "PROBLEM_CHANGE_UNLINKED": lambda event, data: f"no longer named {data['reference']} as its end",
    "PROBLEM_NOTE_ADDED": lambda event, data: f"wrote: {event.text('text') or 'what is erased by now'}",
    "PROBLEM_WORKAROUND_USED": lambda event, data: (
        f"used the workaround on {data['reference']}: {HELPED[data['helped']]}"
    ),
    "PROBLEM_INCIDENTS_RESOLVED": _resolved_with_it,
}

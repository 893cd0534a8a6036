"""Every command that changes a problem: what it takes, in which state, and what it leaves on the stream."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from problems import commands


@dataclass(frozen=True)
class Door:
    """One command. ``given`` are its arguments beside the actor and the problem, whose ``state`` it needs.

    ``other`` is the argument that a record of this kind fills: an incident or a change.
    """

    name: str
    action: str
    leaves: tuple[str, ...]
    given: dict[str, Any]
    state: str = "investigating"
    other: str = ""
    many: bool = False
    ready: Callable[[Any, Any, Any], Any] = lambda actor, row, other: None

    def open(self, actor: Any, problem: Any, other: Any = None, **more: Any) -> Any:
        """Call the command."""
        given = {**self.given, self.other: [other] if self.many else other} if self.other else self.given
        return getattr(commands, self.name)(actor=actor, problem=problem, **given, **more)


DOORS = [
    Door("change_status", "problem.status", ("PROBLEM_STATUS_CHANGED",), {"to": "known_error", "reason": "Found"}),
    Door("resolve", "problem.status", ("PROBLEM_RESOLVED",), {"resolution": "Bigger disks"}),
    Door(
        "update_problem",
        "problem.edit",
        ("PROBLEM_UPDATED",),
        {"changes": {"title": "Logs fill disks", "symptoms": "No space left"}},
    ),
    Door("assign", "problem.assign", ("PROBLEM_ASSIGNED",), {"to": "Storage crew"}),
    Door("add_note", "problem.note", ("PROBLEM_NOTE_ADDED",), {"text": "It was the cache"}),
    Door("link_incidents", "problem.link", ("PROBLEM_INCIDENT_LINKED",), {}, other="incidents", many=True),
    Door(
        "unlink_incidents",
        "problem.link",
        ("PROBLEM_INCIDENT_UNLINKED",),
        {},
        other="incidents",
        many=True,
        ready=lambda actor, row, other: commands.link_incidents(actor=actor, problem=row, incidents=[other]),
    ),
    Door("link_fixing_change", "problem.link", ("PROBLEM_CHANGE_LINKED",), {}, other="change"),
    Door(
        "unlink_fixing_change",
        "problem.link",
        ("PROBLEM_CHANGE_UNLINKED",),
        {},
        other="change",
        ready=lambda actor, row, other: commands.link_fixing_change(actor=actor, problem=row, change=other),
    ),
    Door(
        "record_workaround_use", "problem.workaround", ("PROBLEM_WORKAROUND_USED",), {"helped": True}, other="incident"
    ),
    Door(
        "resolve_linked_incidents",
        "problem.status",
        ("PROBLEM_INCIDENTS_RESOLVED",),
        {"resolution": "With its problem"},
        state="resolved",
        other="",
    ),
]
"""All but those that take no problem: creating one, the proposals, and their measure."""

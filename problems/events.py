"""The event types of a problem's stream."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from timeline.payloads import PERSONAL, event_type

Ref = dict[str, str]
"""Another record as events name it: id and name, so that renaming or retiring it blanks nothing."""


@event_type("PROBLEM_CREATED")
@dataclass(frozen=True)
class ProblemCreated:
    """It begins. ``recurrence`` is the proposal that it was made of: its id, signature and configuration item."""

    reference: str
    ref_number: int
    title: str
    description: str
    symptoms: str
    workaround: str
    root_cause: str
    services: list[str]
    affected_cis: list[Ref]
    assigned_to: str
    assigned_team_id: UUID | None
    assignee_id: int | None
    assignee_name: str
    owner_name: str
    owner_id: int | None
    recurrence: dict[str, str]


@event_type("PROBLEM_UPDATED")
@dataclass(frozen=True)
class ProblemUpdated:
    """Descriptive fields changed: name to what it was and what it is."""

    changes: dict[str, dict[str, Any]]


@event_type("PROBLEM_STATUS_CHANGED")
@dataclass(frozen=True)
class StatusChanged:
    """One step of the lifecycle, other than resolving; out of resolved it reopens the problem."""

    before: str
    after: str
    reason: str


@event_type("PROBLEM_RESOLVED")
@dataclass(frozen=True)
class Resolved:
    """The step to resolved."""

    before: str
    resolution: str


@event_type("PROBLEM_ASSIGNED")
@dataclass(frozen=True)
class Assigned:
    """Who works on it: a team or a person where the text names one."""

    before: str
    after: str
    assigned_team_id: UUID | None
    assignee_id: int | None
    assignee_name: str


@event_type("PROBLEM_OWNER_CHANGED")
@dataclass(frozen=True)
class OwnerChanged:
    """Who answers for it: a person where the text names one."""

    before: str
    after: str
    owner_id: int | None


@event_type("PROBLEM_CIS_CHANGED")
@dataclass(frozen=True)
class CisChanged:
    """Which configuration items are affected."""

    before: list[Ref]
    after: list[Ref]


@event_type("PROBLEM_INCIDENT_LINKED")
@dataclass(frozen=True)
class IncidentLinked:
    """An incident is one of those that it causes."""

    incident_id: UUID
    reference: str
    title: str


@event_type("PROBLEM_INCIDENT_UNLINKED")
@dataclass(frozen=True)
class IncidentUnlinked:
    """It is not, after all."""

    incident_id: UUID
    reference: str


@event_type("PROBLEM_CHANGE_LINKED")
@dataclass(frozen=True)
class ChangeLinked:
    """A change is to end it, or has."""

    change_id: UUID
    reference: str
    title: str


@event_type("PROBLEM_CHANGE_UNLINKED")
@dataclass(frozen=True)
class ChangeUnlinked:
    """It does not, after all."""

    change_id: UUID
    reference: str


@event_type("PROBLEM_NOTE_ADDED")
@dataclass(frozen=True)
class NoteAdded:
    """Somebody wrote something down. The text is erasable with its writer."""

    text: str = field(metadata=PERSONAL)


@event_type("PROBLEM_WORKAROUND_USED")
@dataclass(frozen=True)
class WorkaroundUsed:
    """The workaround was tried on an incident. ``helped`` is None as long as nobody said; ``first`` is the use itself.

    A later event for the same incident corrects what was said ``before``.
    """

    use_id: UUID
    incident_id: UUID
    reference: str
    first: bool
    before: bool | None
    helped: bool | None


@event_type("PROBLEM_INCIDENTS_RESOLVED")
@dataclass(frozen=True)
class IncidentsResolved:
    """Its incidents were resolved with it: those that could be, and why the others could not."""

    resolved: list[Ref]
    refused: list[dict[str, str]]

"""The event types of an incident's stream: seed 004's twelve, and those that its lifecycle needs beyond them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from timeline.payloads import PERSONAL, event_type

CiRef = dict[str, str]
"""A configuration item as events name it: id and name, so that renaming or retiring it blanks nothing."""


@event_type("INCIDENT_CREATED")
@dataclass(frozen=True)
class IncidentCreated:
    """It begins. ``targets`` are the SLA's seconds to acknowledge and to resolve."""

    reference: str
    ref_number: int
    title: str
    description: str
    severity: str
    environment: str
    project_id: UUID | None
    service_name: str
    services: list[str]
    source: str
    detected_by: str
    assigned_to: str
    assigned_team_id: UUID | None
    assignee_id: int | None
    affected_cis: list[CiRef]
    correlation_keys: list[str]
    tags: list[str]
    runbook_path: str
    impact_started_at: datetime | None
    targets: dict[str, int]
    links: list[dict[str, str]]
    assignee_name: str = ""


@event_type("INCIDENT_UPDATED")
@dataclass(frozen=True)
class IncidentUpdated:
    """Descriptive fields changed: name to what it was and what it is."""

    changes: dict[str, dict[str, Any]]


@event_type("INCIDENT_STATUS_CHANGED")
@dataclass(frozen=True)
class StatusChanged:
    """One step of the lifecycle, other than resolving."""

    before: str
    after: str
    reason: str
    merged_into: CiRef | None = None


@event_type("INCIDENT_RESOLVED")
@dataclass(frozen=True)
class Resolved:
    """The step to resolved."""

    before: str
    resolution: str
    root_cause: str | None


@event_type("INCIDENT_SEVERITY_CHANGED")
@dataclass(frozen=True)
class SeverityChanged:
    """A new severity, with the SLA targets that come with it."""

    before: str
    after: str
    reason: str
    targets: dict[str, int]


@event_type("INCIDENT_ASSIGNED")
@dataclass(frozen=True)
class Assigned:
    """Who works on it: a team or a person where the text names one."""

    before: str
    after: str
    assigned_team_id: UUID | None
    assignee_id: int | None
    assignee_name: str = ""


@event_type("INCIDENT_CIS_CHANGED")
@dataclass(frozen=True)
class CisChanged:
    """Which configuration items are affected."""

    before: list[CiRef]
    after: list[CiRef]


@event_type("INCIDENT_TAG_ADDED")
@dataclass(frozen=True)
class TagAdded:
    """A tag was put on."""

    tag: str


@event_type("INCIDENT_TAG_REMOVED")
@dataclass(frozen=True)
class TagRemoved:
    """A tag was taken off."""

    tag: str


@event_type("INCIDENT_SIGNAL_INGESTED")
@dataclass(frozen=True)
class SignalIngested:
    """An alert, trace, metric, SLO burn or report was attached.

    ``data`` is JSON in a text, since floats cannot be hashed alike everywhere. ``firing`` is None for a signal that
    has no such state.
    """

    signal_id: UUID
    key: str
    signal_type: str
    source: str
    summary: str
    correlation_key: str
    trace_id: str
    service_name: str
    environment: str
    data: str
    ts: datetime
    firing: bool | None


@event_type("INCIDENT_SIGNAL_CLEARED")
@dataclass(frozen=True)
class SignalCleared:
    """A firing signal went quiet."""

    signal_id: UUID
    key: str
    summary: str
    ts: datetime


@event_type("INCIDENT_NOTE_ADDED")
@dataclass(frozen=True)
class NoteAdded:
    """Somebody wrote something down. The text is erasable with its writer."""

    kind: str
    text: str = field(metadata=PERSONAL)


@event_type("INCIDENT_PLAYBOOK_ACTION_EXECUTED")
@dataclass(frozen=True)
class ActionExecuted:
    """A person or an automation did something about it."""

    action_id: UUID
    kind: str
    label: str
    details: str


@event_type("INCIDENT_SLO_VIOLATION_RECORDED")
@dataclass(frozen=True)
class SloViolationRecorded:
    """An objective was missed in a window. ``error_budget_consumed`` is a decimal text, 1 = the whole budget."""

    violation_id: UUID
    slo_id: str
    window_start: datetime
    window_end: datetime
    error_budget_consumed: str
    threshold_breached: bool
    details: str


@event_type("INCIDENT_LINKED_TO_TICKET")
@dataclass(frozen=True)
class LinkedToTicket:
    """A ticket in another system belongs to it."""

    platform: str
    ticket: str
    url: str


@event_type("INCIDENT_LINKED")
@dataclass(frozen=True)
class Linked:
    """Another record has to do with this one: an incident, or what ``kind`` names; ``incident_id`` is its id."""

    kind: str
    incident_id: UUID
    reference: str
    title: str


@event_type("INCIDENT_UNLINKED")
@dataclass(frozen=True)
class Unlinked:
    """It has not, after all."""

    kind: str
    incident_id: UUID
    reference: str


@event_type("INCIDENT_HELD")
@dataclass(frozen=True)
class Held:
    """It waits for somebody else; the clocks stand still."""

    reason: str
    note: str


@event_type("INCIDENT_RELEASED")
@dataclass(frozen=True)
class Released:
    """The wait is over; the clocks run on."""

    note: str


@event_type("INCIDENT_ROOT_CAUSE_RECORDED")
@dataclass(frozen=True)
class RootCauseRecorded:
    """Why it happened, found after it was resolved."""

    before: str
    after: str


@event_type("INCIDENT_SLA_WARNED")
@dataclass(frozen=True)
class SlaWarned:
    """A share of an SLA target is used. ``late_by`` is in seconds: the product was down when it was due."""

    clock: str
    percent: int
    due_at: datetime
    late_by: int


@event_type("INCIDENT_SLA_BREACHED")
@dataclass(frozen=True)
class SlaBreached:
    """An SLA target was missed."""

    clock: str
    due_at: datetime
    late_by: int


@event_type("INCIDENT_IMPACT_ASSESSED")
@dataclass(frozen=True)
class ImpactAssessed:
    """What depends on the affected configuration items, as the graph stood then."""

    impact: dict[str, Any]

"""The event types of a change's stream."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from cmdb.affected import CiRef
from timeline.payloads import PERSONAL, event_type


@event_type("CHANGE_CREATED")
@dataclass(frozen=True)
class ChangeCreated:
    """It begins, as a draft. ``requesters`` are the principals who asked for it, ``requester_id`` the person among them."""

    reference: str
    ref_number: int
    title: str
    description: str
    type: str
    risk: str
    risk_computed: str
    risk_reason: str
    risk_factors: list[dict[str, Any]]
    requested_by: str
    requesters: list[str]
    requester_id: int | None
    assigned_to: str
    assigned_team_id: UUID | None
    assignee_id: int | None
    assignee_name: str
    affected_cis: list[CiRef]
    implementation_plan: str
    test_plan: str
    rollback_plan: str
    scheduled_at: datetime | None
    scheduled_end: datetime | None
    template: CiRef | None
    source: str
    tags: list[str]


@event_type("CHANGE_UPDATED")
@dataclass(frozen=True)
class ChangeUpdated:
    """Texts, tags, plans or its type changed: name to what it was and what it is."""

    changes: dict[str, dict[str, Any]]


@event_type("CHANGE_RESCHEDULED")
@dataclass(frozen=True)
class Rescheduled:
    """Its window moved, appeared or went."""

    before_at: datetime | None
    before_end: datetime | None
    after_at: datetime | None
    after_end: datetime | None


@event_type("CHANGE_CIS_CHANGED")
@dataclass(frozen=True)
class CisChanged:
    """Which configuration items it touches."""

    before: list[CiRef]
    after: list[CiRef]


@event_type("CHANGE_ASSIGNED")
@dataclass(frozen=True)
class Assigned:
    """Who carries it out: a team or a person where the text names one."""

    before: str
    after: str
    assigned_team_id: UUID | None
    assignee_id: int | None
    assignee_name: str


@event_type("CHANGE_RISK_CHANGED")
@dataclass(frozen=True)
class RiskChanged:
    """Its risk was computed anew or set by a person; ``factors`` are the reasons for what was computed."""

    before: str
    after: str
    computed_before: str
    computed: str
    reason: str
    factors: list[dict[str, Any]]


@event_type("CHANGE_LINKED")
@dataclass(frozen=True)
class Linked:
    """Another record has to do with this one; ``record`` is its sort: incident, problem, change."""

    kind: str
    record: str
    record_id: UUID
    reference: str
    title: str


@event_type("CHANGE_UNLINKED")
@dataclass(frozen=True)
class Unlinked:
    """It has not, after all."""

    kind: str
    record: str
    record_id: UUID
    reference: str


@event_type("CHANGE_NOTE_ADDED")
@dataclass(frozen=True)
class NoteAdded:
    """Somebody wrote something down. The text is erasable with its writer."""

    text: str = field(metadata=PERSONAL)


@event_type("CHANGE_SUBMITTED")
@dataclass(frozen=True)
class Submitted:
    """Approval is asked for. ``approval`` is the policy as it stood then, so that editing it changes nothing here.

    ``evidence`` is what approvers are shown, ``conflict_reason`` why the conflicts among it are accepted.
    """

    before: str
    approval: dict[str, Any]
    evidence: dict[str, Any]
    evidence_hash: str
    conflict_reason: str
    comment: str


@event_type("CHANGE_CONFLICTS_ACCEPTED")
@dataclass(frozen=True)
class ConflictsAccepted:
    """What is in its way is accepted, and why; ``conflicts`` are those that were known then, by reason."""

    before: str
    after: str
    conflicts: list[dict[str, Any]]


@event_type("CHANGE_VOTE_CAST")
@dataclass(frozen=True)
class VoteCast:
    """One approver's say in one stage. ``voter`` is the person or key behind it.

    ``evidence_hash`` is of what there was to see, and ``evidence`` that itself, where it differs from what the stream
    holds already.
    """

    stage: int
    stage_name: str
    decision: str
    voter: str
    voter_name: str
    comment: str
    evidence_hash: str
    evidence: dict[str, Any]


@event_type("CHANGE_VOTE_DELEGATED")
@dataclass(frozen=True)
class VoteDelegated:
    """An approver handed their seat in a stage to somebody else."""

    stage: int
    stage_name: str
    voter: str
    voter_name: str
    delegate: str
    delegate_name: str
    comment: str


@event_type("CHANGE_QUESTION_ASKED")
@dataclass(frozen=True)
class QuestionAsked:
    """An approver wants to know something first."""

    stage: int
    stage_name: str
    voter: str
    voter_name: str
    question: str


@event_type("CHANGE_APPROVED")
@dataclass(frozen=True)
class Approved:
    """Every stage is satisfied, or its template was approved beforehand. ``after`` is the status then."""

    before: str
    after: str
    by: str


@event_type("CHANGE_REJECTED")
@dataclass(frozen=True)
class Rejected:
    """An approver said no, and why. ``after`` is the status then: an emergency that runs already cannot go back."""

    before: str
    after: str
    stage_name: str
    by: str
    reason: str
    review_due_at: datetime | None


@event_type("CHANGE_REOPENED")
@dataclass(frozen=True)
class Reopened:
    """It went back to draft for an edit; the votes that were cast no longer count and stand here."""

    before: str
    fields: list[str]
    reason: str
    votes: list[dict[str, Any]]


@event_type("CHANGE_STARTED")
@dataclass(frozen=True)
class Started:
    """Somebody began to carry it out. ``approve_by`` is set where the approval is still owed."""

    before: str
    override_reason: str
    approve_by: datetime | None


@event_type("CHANGE_COMPLETED")
@dataclass(frozen=True)
class Completed:
    """It was carried out, with what is to be said of it."""

    outcome: str
    review_due_at: datetime | None


@event_type("CHANGE_FAILED")
@dataclass(frozen=True)
class Failed:
    """It did not work; ``outcome`` is what was rolled back."""

    outcome: str
    review_due_at: datetime


@event_type("CHANGE_CANCELLED")
@dataclass(frozen=True)
class Cancelled:
    """It will not be done."""

    before: str
    reason: str


@event_type("CHANGE_REVIEWED")
@dataclass(frozen=True)
class Reviewed:
    """The post-implementation review was held."""

    note: str

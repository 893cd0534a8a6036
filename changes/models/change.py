"""The change's row, its stream of events, and the configuration items that it touches."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django_fsm import FSMField, transition

from changes import projections
from changes.models.approval import ChangeTemplate
from changes.states import FINISHED, PLANNED, STARTED, Kind, Risk, Status, sources_of
from cmdb.models import ConfigurationItem
from cmdb.vocabulary import NAME_LENGTH
from orgs.models import Team
from orgs.tenancy import OrgScoped
from timeline.aggregates import Aggregate
from timeline.events import Event

PLANNED_VALUES = [str(status) for status in PLANNED]
STARTED_VALUES = [str(status) for status in STARTED]
FINISHED_VALUES = [str(status) for status in FINISHED]


class Change(Aggregate):
    """A planned alteration of configuration items. The row is the fold of its events."""

    PREFIX = "CRQ"
    # fmt: off
    FOLDED: ClassVar[Sequence[str]] = (
        "title", "description", "type", "status", "risk", "risk_computed", "risk_reason", "risk_factors",
        "requested_by", "requesters", "requester_id", "assigned_to", "assigned_team_id", "assignee_id",
        "assignee_name", "affected_names", "implementation_plan", "test_plan", "rollback_plan",
        "scheduled_at", "scheduled_end", "template_id", "source", "tags", "links",
        "approval", "evidence_hash", "conflict_reason", "rejection", "override_reason", "outcome", "review_note",
        "submitted_at", "approved_at", "approve_by", "executed_at", "finished_at", "review_due_at", "reviewed_at",
    )
    # fmt: on
    OWNER_COLUMN = "change_id"
    BELONGINGS: ClassVar[dict[str, Sequence[str]]] = {projections.AFFECTED: ("ci_id", "name")}
    apply_event = staticmethod(projections.project)
    belongings = staticmethod(projections.belongings)

    title = models.CharField(max_length=500)
    description = models.TextField(blank=True)
    type = models.CharField(max_length=10, choices=Kind.choices)
    status = FSMField(default=Status.DRAFT, choices=Status.choices, protected=True)
    risk = models.CharField(max_length=6, choices=Risk.choices)
    risk_computed = models.CharField(max_length=6, choices=Risk.choices)
    risk_reason = models.TextField(blank=True, help_text="Why it is set to another risk than the computed one.")
    risk_factors = models.JSONField(default=list, blank=True)
    requested_by = models.CharField(max_length=200, blank=True)
    requesters = models.JSONField(default=list, help_text="Who may not approve it: the actor and the people behind.")
    requester = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="The person who asked for it, or who owns the key that did.",
    )
    assigned_to = models.CharField(max_length=200, blank=True)
    assigned_team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    assignee_name = models.CharField(max_length=200, blank=True)
    affected_names = models.JSONField(default=list, blank=True)
    implementation_plan = models.TextField(blank=True)
    test_plan = models.TextField(blank=True)
    rollback_plan = models.TextField(blank=True)
    scheduled_at = models.DateTimeField(null=True, blank=True)
    scheduled_end = models.DateTimeField(null=True, blank=True)
    template = models.ForeignKey(ChangeTemplate, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    source = models.CharField(max_length=100, blank=True)
    tags = models.JSONField(default=list, blank=True)
    links = models.JSONField(default=list, blank=True)
    approval = models.JSONField(default=dict, blank=True, help_text="The policy as it was at submit, and its votes.")
    evidence_hash = models.CharField(max_length=64, blank=True)
    conflict_reason = models.TextField(blank=True, help_text="Why the conflicts that are known are accepted.")
    rejection = models.TextField(blank=True, help_text="Why it was sent back, until it is submitted again.")
    override_reason = models.TextField(blank=True)
    outcome = models.TextField(blank=True, help_text="How it ended: a note, what was rolled back, or why it was not.")
    review_note = models.TextField(blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    approve_by = models.DateTimeField(
        null=True, blank=True, help_text="Until when an emergency that runs already must be approved."
    )
    executed_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    review_due_at = models.DateTimeField(null=True, blank=True)
    reviewed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "change"
        ordering = ("-created_at", "-id")
        constraints = (
            models.UniqueConstraint(fields=("org", "reference"), name="changes_change_reference"),
            models.UniqueConstraint(fields=("org", "ref_number"), name="changes_change_ref_number"),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="changes_change_legal_status"),
            models.CheckConstraint(condition=Q(type__in=Kind.values), name="changes_change_legal_type"),
            models.CheckConstraint(
                condition=Q(risk__in=Risk.values, risk_computed__in=Risk.values), name="changes_change_legal_risk"
            ),
            models.CheckConstraint(
                condition=Q(scheduled_at__isnull=True, scheduled_end__isnull=True)
                | Q(scheduled_at__isnull=False, scheduled_end__isnull=False, scheduled_end__gt=F("scheduled_at")),
                name="changes_change_window_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(status__in=STARTED_VALUES, executed_at__isnull=False)
                | ~Q(status__in=STARTED_VALUES) & Q(executed_at__isnull=True),
                name="changes_change_executed_at_iff_started",
            ),
            models.CheckConstraint(
                condition=Q(status__in=FINISHED_VALUES, finished_at__isnull=False)
                | ~Q(status__in=FINISHED_VALUES) & Q(finished_at__isnull=True),
                name="changes_change_finished_at_iff_finished",
            ),
        )
        indexes = (
            models.Index(F("org"), F("created_at").desc(), F("id").desc(), name="changes_by_creation"),
            models.Index(F("org"), F("updated_at").desc(), F("id").desc(), name="changes_by_update"),
            models.Index(F("org"), F("status"), F("created_at").desc(), F("id").desc(), name="changes_by_status"),
            models.Index(fields=("org", "scheduled_at", "id"), name="changes_by_window"),
            models.Index(
                fields=("org", "scheduled_end", "scheduled_at"),
                condition=Q(status__in=PLANNED_VALUES),
                name="changes_planned_by_end",
            ),
            models.Index(
                fields=("org", "executed_at"), condition=Q(executed_at__isnull=False), name="changes_by_execution"
            ),
            models.Index(
                fields=("org", "approve_by"), condition=Q(approve_by__isnull=False), name="changes_by_approve_by"
            ),
            models.Index(
                fields=("org", "review_due_at"),
                condition=Q(review_due_at__isnull=False, reviewed_at__isnull=True),
                name="changes_by_review_due",
            ),
        )

    @transition(status, source=sources_of(Status.PENDING_APPROVAL), target=Status.PENDING_APPROVAL)
    def to_pending_approval(self) -> None:
        """Approval is asked for."""

    @transition(status, source=sources_of(Status.APPROVED), target=Status.APPROVED)
    def to_approved(self) -> None:
        """It may be done."""

    @transition(status, source=sources_of(Status.DRAFT), target=Status.DRAFT)
    def to_draft(self) -> None:
        """It was rejected, or taken back for an edit."""

    @transition(status, source=sources_of(Status.IN_PROGRESS), target=Status.IN_PROGRESS)
    def to_in_progress(self) -> None:
        """Somebody does it."""

    @transition(status, source=sources_of(Status.COMPLETED), target=Status.COMPLETED)
    def to_completed(self) -> None:
        """It is done."""

    @transition(status, source=sources_of(Status.FAILED), target=Status.FAILED)
    def to_failed(self) -> None:
        """It did not work."""

    @transition(status, source=sources_of(Status.CANCELLED), target=Status.CANCELLED)
    def to_cancelled(self) -> None:
        """It will not be done."""

    @property
    def is_finished(self) -> bool:
        """Whether nothing leads out of its state."""
        return self.status in FINISHED

    @property
    def has_started(self) -> bool:
        """Whether something has been done."""
        return self.status in STARTED

    def status_label(self) -> str:
        """The status in words."""
        return str(Status(self.status).label)


class ChangeEvent(Event):
    """One event of a change's stream."""

    aggregate = models.ForeignKey(Change, on_delete=models.PROTECT, related_name="events")

    class Meta(Event.Meta):
        verbose_name = "change event"
        constraints = (models.UniqueConstraint(fields=("aggregate", "seq"), name="changes_event_sequence"),)
        indexes = (models.Index(fields=("org", "id"), name="changes_event_feed"),)


Change.EVENTS = ChangeEvent


class ChangeCI(OrgScoped):
    """One configuration item that a change touches, with its name as it was then."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    change = models.ForeignKey(Change, on_delete=models.PROTECT, related_name="affected")
    ci = models.ForeignKey(ConfigurationItem, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=NAME_LENGTH)

    class Meta:
        verbose_name = "affected configuration item"
        constraints = (models.UniqueConstraint(fields=("change", "ci"), name="changes_ci_once"),)
        indexes = (models.Index(fields=("org", "ci", "change"), name="changes_by_ci"),)

    def __str__(self) -> str:
        return f"{self.name} in {self.change}"

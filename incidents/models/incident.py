"""The incident's row and its stream of events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django_fsm import FSMField, transition

from incidents import projections
from incidents.states import FINISHED, LIVE, HoldReason, Severity, Status, sources_of
from orgs.models import Project, Team
from timeline.aggregates import Aggregate
from timeline.events import Event

LIVE_VALUES = [str(status) for status in LIVE]


class Incident(Aggregate):
    """An unplanned interruption or a loss of quality of a service. The row is the fold of its events."""

    PREFIX = "INC"
    # fmt: off
    FOLDED: ClassVar[Sequence[str]] = (
        "title", "description", "severity", "status", "environment", "project_id", "service_name", "services",
        "source", "detected_by", "assigned_to", "assigned_team_id", "assignee_id", "assignee_name",
        "hold_reason", "hold_note", "root_cause", "resolution", "merged_into_id", "runbook_path",
        "primary_signal_id", "external_refs", "correlation_keys", "tags", "links", "impact", "affected_names",
        "impact_started_at", "acknowledged_at", "mitigated_at", "resolved_at", "closed_at", "cancelled_at",
        "signal_count", "firing_count", "reopen_count", "sla",
        "ack_due_at", "resolve_due_at", "next_due_at", "ack_breached", "resolve_breached",
    )
    OWNER_COLUMN = "incident_id"
    BELONGINGS: ClassVar[dict[str, Sequence[str]]] = {
        projections.AFFECTED: ("ci_id",),
        projections.CORRELATION: ("key",),
        projections.SIGNAL: (
            "key", "signal_type", "source", "summary", "correlation_key", "trace_id", "service_name", "environment",
            "data", "ts", "firing", "cleared_at",
        ),
        projections.ACTION: ("actor_type", "actor_ref", "action_kind", "label", "details", "ts"),
        projections.VIOLATION: (
            "slo_id", "window_start", "window_end", "error_budget_consumed", "threshold_breached", "details",
        ),
    }
    # fmt: on
    apply_event = staticmethod(projections.project)
    belongings = staticmethod(projections.belongings)

    project = models.ForeignKey(Project, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    title = models.CharField(max_length=500)
    description = models.TextField(blank=True)
    severity = models.CharField(max_length=2, choices=Severity.choices)
    status = FSMField(default=Status.OPEN, choices=Status.choices, protected=True)
    environment = models.CharField(max_length=100, blank=True)
    service_name = models.CharField(max_length=200, blank=True)
    services = models.JSONField(default=list, blank=True)
    source = models.CharField(max_length=100, blank=True)
    detected_by = models.CharField(max_length=200, blank=True)
    assigned_to = models.CharField(max_length=200, blank=True)
    assigned_team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    assignee_name = models.CharField(max_length=200, blank=True, help_text="The person, known here or not.")
    hold_reason = models.CharField(max_length=10, choices=HoldReason.choices, blank=True)
    hold_note = models.TextField(blank=True)
    root_cause = models.TextField(blank=True)
    resolution = models.TextField(blank=True)
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged")
    runbook_path = models.CharField(max_length=500, blank=True)
    primary_signal_id = models.UUIDField(null=True, blank=True)
    external_refs = models.JSONField(default=list, blank=True)
    correlation_keys = models.JSONField(default=list, blank=True)
    tags = models.JSONField(default=list, blank=True)
    links = models.JSONField(default=list, blank=True)
    impact = models.JSONField(default=dict, blank=True)
    affected_names = models.JSONField(default=list, blank=True)
    impact_started_at = models.DateTimeField(null=True, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    mitigated_at = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    signal_count = models.PositiveIntegerField(default=0)
    firing_count = models.PositiveIntegerField(default=0)
    reopen_count = models.PositiveIntegerField(default=0)
    sla = models.JSONField(default=dict)
    ack_due_at = models.DateTimeField(null=True, blank=True)
    resolve_due_at = models.DateTimeField(null=True, blank=True)
    next_due_at = models.DateTimeField(null=True, blank=True)
    ack_breached = models.BooleanField(default=False)
    resolve_breached = models.BooleanField(default=False)

    class Meta:
        verbose_name = "incident"
        ordering = ("-created_at", "-id")
        constraints = (
            models.UniqueConstraint(fields=("org", "reference"), name="incidents_incident_reference"),
            models.UniqueConstraint(fields=("org", "ref_number"), name="incidents_incident_ref_number"),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="incidents_incident_legal_status"),
            models.CheckConstraint(condition=Q(severity__in=Severity.values), name="incidents_incident_legal_severity"),
            models.CheckConstraint(
                condition=Q(status__in=(Status.RESOLVED, Status.CLOSED), resolved_at__isnull=False)
                | ~Q(status__in=(Status.RESOLVED, Status.CLOSED)) & Q(resolved_at__isnull=True),
                name="incidents_incident_resolved_at_iff_resolved",
            ),
        )
        indexes = (
            models.Index(F("org"), F("created_at").desc(), F("id").desc(), name="incidents_by_creation"),
            models.Index(F("org"), F("updated_at").desc(), F("id").desc(), name="incidents_by_update"),
            models.Index(
                fields=("org", "severity", "next_due_at", "id"),
                condition=Q(status__in=LIVE_VALUES),
                name="incidents_live_by_deadline",
            ),
            models.Index(F("org"), F("status"), F("created_at").desc(), F("id").desc(), name="incidents_by_status"),
            models.Index(F("org"), F("severity"), F("created_at").desc(), F("id").desc(), name="incidents_by_severity"),
            models.Index(
                F("org"), F("service_name"), F("created_at").desc(), F("id").desc(), name="incidents_by_service"
            ),
            models.Index(F("org"), Upper("assigned_to"), F("created_at").desc(), name="incidents_by_assignee"),
            models.Index(fields=("org", "project", "-created_at"), name="incidents_by_project"),
        )

    @transition(status, source=sources_of(Status.ACKNOWLEDGED), target=Status.ACKNOWLEDGED)
    def to_acknowledged(self) -> None:
        """Somebody has seen it."""

    @transition(status, source=sources_of(Status.INVESTIGATING), target=Status.INVESTIGATING)
    def to_investigating(self) -> None:
        """Somebody looks for the cause; from mitigated it relapsed, from resolved it is reopened."""

    @transition(status, source=sources_of(Status.IDENTIFIED), target=Status.IDENTIFIED)
    def to_identified(self) -> None:
        """The cause is known."""

    @transition(status, source=sources_of(Status.MITIGATED), target=Status.MITIGATED)
    def to_mitigated(self) -> None:
        """The impact is gone; people watch."""

    @transition(status, source=sources_of(Status.RESOLVED), target=Status.RESOLVED)
    def to_resolved(self) -> None:
        """It is over."""

    @transition(status, source=sources_of(Status.CLOSED), target=Status.CLOSED)
    def to_closed(self) -> None:
        """Nothing is left to do; final."""

    @transition(status, source=sources_of(Status.CANCELLED), target=Status.CANCELLED)
    def to_cancelled(self) -> None:
        """It was none, or it was another."""

    @property
    def is_live(self) -> bool:
        """Whether it still takes work."""
        return self.status in LIVE_VALUES

    @property
    def is_final(self) -> bool:
        """Whether nothing leads out of its state."""
        return self.status in FINISHED

    @property
    def severity_label(self) -> str:
        """The severity in words."""
        return Severity(self.severity).label

    def status_label(self) -> str:
        """The status in words."""
        return str(Status(self.status).label)


class IncidentEvent(Event):
    """One event of an incident's stream."""

    aggregate = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="events")

    class Meta(Event.Meta):
        verbose_name = "incident event"
        constraints = (models.UniqueConstraint(fields=("aggregate", "seq"), name="incidents_event_sequence"),)
        indexes = (models.Index(fields=("org", "id"), name="incidents_event_feed"),)


Incident.EVENTS = IncidentEvent

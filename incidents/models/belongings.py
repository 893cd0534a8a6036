"""What hangs below an incident: affected CIs, signals, actions and SLO violations. All are folds of its events."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.db import models
from django.db.models import Q

from cmdb.models import ConfigurationItem
from incidents.models.incident import Incident
from orgs.actor import ActorKind
from orgs.tenancy import OrgScoped


class IncidentCI(OrgScoped):
    """One configuration item that an incident affects."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="affected")
    ci = models.ForeignKey(ConfigurationItem, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "affected configuration item"
        constraints = (models.UniqueConstraint(fields=("incident", "ci"), name="incidents_ci_once"),)
        indexes = (models.Index(fields=("ci", "incident"), name="incidents_by_ci"),)

    def __str__(self) -> str:
        return f"{self.ci} in {self.incident}"


class IncidentKey(OrgScoped):
    """One correlation key of an incident, its own or one that a signal brought."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="keys")
    key = models.CharField(max_length=500)

    class Meta:
        verbose_name = "correlation key"
        constraints = (models.UniqueConstraint(fields=("incident", "key"), name="incidents_key_once"),)
        indexes = (models.Index(fields=("org", "key"), name="incidents_by_key"),)

    def __str__(self) -> str:
        return self.key


class IncidentSignal(OrgScoped):
    """An observation that belongs to an incident: alert, trace, metric, SLO burn or a person's report.

    ``key`` tells the episodes of one alert apart; ``firing`` is None for a signal that has no such state.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="signals")
    key = models.CharField(max_length=300, blank=True)
    signal_type = models.CharField(max_length=40)
    source = models.CharField(max_length=200)
    summary = models.TextField()
    correlation_key = models.CharField(max_length=500, blank=True)
    trace_id = models.CharField(max_length=200, blank=True)
    service_name = models.CharField(max_length=200, blank=True)
    environment = models.CharField(max_length=100, blank=True)
    data = models.TextField(default="null", help_text="JSON, exactly as it was attached.")
    ts = models.DateTimeField()
    firing = models.BooleanField(null=True)
    cleared_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "signal"
        ordering = ("ts", "id")
        indexes = (
            models.Index(fields=("incident", "ts"), name="incidents_signal_by_time"),
            models.Index(fields=("org", "trace_id"), condition=~Q(trace_id=""), name="incidents_signal_by_trace"),
        )

    def __str__(self) -> str:
        return self.summary

    def data_value(self) -> Any:
        """The attached data, parsed."""
        return json.loads(self.data)


class IncidentAction(OrgScoped):
    """Something that a person or an automation did about an incident."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="actions")
    actor_type = models.CharField(max_length=12, choices=ActorKind.choices)
    actor_ref = models.CharField(max_length=200)
    action_kind = models.CharField(max_length=40)
    label = models.CharField(max_length=500)
    details = models.TextField(blank=True)
    ts = models.DateTimeField()

    class Meta:
        verbose_name = "action"
        ordering = ("ts", "id")
        indexes = (models.Index(fields=("incident", "ts"), name="incidents_action_by_time"),)

    def __str__(self) -> str:
        return self.label


class SLOViolation(OrgScoped):
    """A service level objective that was missed in a window, as part of an incident."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="slo_violations")
    slo_id = models.CharField(max_length=200)
    window_start = models.DateTimeField()
    window_end = models.DateTimeField()
    error_budget_consumed = models.DecimalField(
        max_digits=14, decimal_places=6, help_text="Share of the error budget; 1 is the whole of it."
    )
    threshold_breached = models.BooleanField()
    details = models.TextField(blank=True)

    class Meta:
        verbose_name = "SLO violation"
        ordering = ("window_start", "id")
        indexes = (models.Index(fields=("org", "slo_id"), name="incidents_violation_by_slo"),)

    def __str__(self) -> str:
        return self.slo_id

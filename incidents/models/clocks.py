"""What is due and what was measured: deadlines, SLA targets, and the durations behind the histograms."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from incidents.models.incident import Incident
from incidents.states import Severity
from orgs.tenancy import OrgScoped


class Deadline(OrgScoped):
    """Something that is to happen to an incident at a moment: one row a kind, moved along as things change."""

    class Kind(models.TextChoices):
        """What is due."""

        SLA = "sla", "SLA threshold"
        IMPACT = "impact", "Impact assessment"

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="deadlines")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    due_at = models.DateTimeField()
    severity = models.CharField(max_length=2, choices=Severity.choices, help_text="The worst goes first when late.")
    attempts = models.PositiveSmallIntegerField(default=0)
    dead = models.BooleanField(default=False, help_text="Failed too often; needs a person.")
    error = models.TextField(blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("incident", "kind"), name="incidents_deadline_once"),)
        indexes = (models.Index(fields=("due_at",), condition=Q(dead=False), name="incidents_deadline_due"),)

    def __str__(self) -> str:
        return f"{self.kind} of {self.incident}"


class SlaTarget(OrgScoped):
    """An organisation's own targets for one severity, in seconds; without a row seed 002's hold."""

    severity = models.CharField(max_length=2, choices=Severity.choices)
    acknowledge_seconds = models.PositiveIntegerField()
    resolve_seconds = models.PositiveIntegerField()

    class Meta:
        verbose_name = "SLA target"
        constraints = (
            models.UniqueConstraint(fields=("org", "severity"), name="incidents_sla_target_once"),
            models.CheckConstraint(
                condition=Q(acknowledge_seconds__gt=0, resolve_seconds__gt=0), name="incidents_sla_target_positive"
            ),
        )

    def __str__(self) -> str:
        return f"{self.severity}: {self.acknowledge_seconds} s, {self.resolve_seconds} s"


class DurationSample(models.Model):
    """One measured duration, not added to its total yet. Inserted with the event, so none is lost or counted twice."""

    metric = models.CharField(max_length=20)
    priority = models.CharField(max_length=2)
    seconds = models.FloatField()

    def __str__(self) -> str:
        return f"{self.metric} {self.priority}: {self.seconds}"


class DurationTotal(models.Model):
    """A histogram's totals, summed from samples by beat."""

    metric = models.CharField(max_length=20)
    priority = models.CharField(max_length=2)
    buckets = models.JSONField(default=dict, help_text="Upper bound as text to the count at or below it.")
    count = models.PositiveBigIntegerField(default=0)
    sum = models.FloatField(default=0)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("metric", "priority"), name="incidents_duration_total_once"),)

    def __str__(self) -> str:
        return f"{self.metric} {self.priority}"

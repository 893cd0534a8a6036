"""Alerts: one row for each episode of each thing that a source watches."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q

from cmdb.models import ConfigurationItem
from incidents.models import Incident
from incidents.states import Severity
from integrations.models.inbox import InboxItem
from orgs.tenancy import OrgScoped


class Alert(OrgScoped):
    """One episode of an alert, from firing to resolved.

    ``sent_at`` is the sender's and ``changed_at`` our time of the last word on whether it fires: the two clocks by
    which late and repeated statements are told from new ones. While ``todo_at`` is set, its incident has not heard of
    the last change yet.
    """

    class State(models.TextChoices):
        """What the sender last said of it."""

        FIRING = "firing", "Firing"
        ACKNOWLEDGED = "acknowledged", "Acknowledged"
        RESOLVED = "resolved", "Resolved"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    source = models.CharField(max_length=40)
    fingerprint = models.CharField(max_length=255)
    episode = models.PositiveIntegerField(default=1)
    is_latest = models.BooleanField(default=True, help_text="No later episode is known.")
    state = models.CharField(max_length=12, choices=State.choices)
    severity = models.CharField(max_length=2, choices=Severity.choices)
    severity_given = models.CharField(max_length=100, blank=True, help_text="The sender's word.")
    severity_known = models.BooleanField(default=True)
    is_doubtful = models.BooleanField(default=False, help_text="Could be read in part only.")
    title = models.TextField()
    description = models.TextField(blank=True)
    origin = models.CharField(max_length=200, blank=True)
    service = models.CharField(max_length=200, blank=True)
    environment = models.CharField(max_length=100, blank=True)
    ci = models.ForeignKey(ConfigurationItem, on_delete=models.PROTECT, null=True, blank=True, related_name="alerts")
    ci_names = models.JSONField(default=list, blank=True, help_text="What the sender calls the affected items.")
    labels = models.JSONField(default=dict, blank=True)
    links = models.JSONField(default=list, blank=True)
    details = models.JSONField(default=dict, blank=True)
    correlation_key = models.CharField(max_length=255)
    group_key = models.TextField(blank=True)
    group_digest = models.CharField(max_length=32, blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    count = models.PositiveIntegerField(default=1, help_text="Statements that it is firing, repeats included.")
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, null=True, blank=True, related_name="alerts")
    inbox = models.ForeignKey(InboxItem, on_delete=models.SET_NULL, null=True, blank=True, related_name="alerts")
    told_severity = models.CharField(max_length=2, blank=True, help_text="The severity that its incident has heard of.")
    todo_at = models.DateTimeField(null=True, blank=True)
    todo_tries = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True, help_text="Why its incident could not be told.")
    created_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("org", "source", "fingerprint"),
                condition=~Q(state="resolved"),
                name="integrations_alert_open_once",
            ),
            models.UniqueConstraint(
                fields=("org", "source", "fingerprint"),
                condition=Q(is_latest=True),
                name="integrations_alert_latest_once",
            ),
            models.UniqueConstraint(
                fields=("org", "source", "fingerprint", "episode"), name="integrations_alert_episode_once"
            ),
            models.CheckConstraint(
                condition=Q(state="resolved", ends_at__isnull=False) | ~Q(state="resolved") & Q(ends_at__isnull=True),
                name="integrations_alert_ended_iff_resolved",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("firing", "acknowledged", "resolved")), name="integrations_alert_legal_state"
            ),
            models.CheckConstraint(condition=Q(severity__in=Severity.values), name="integrations_alert_legal_severity"),
        )
        indexes = (
            models.Index(F("org"), F("created_at").desc(), F("id").desc(), name="integrations_alert_by_time"),
            models.Index(
                F("org"),
                F("created_at").desc(),
                F("id").desc(),
                condition=~Q(state="resolved"),
                name="integrations_alert_open",
            ),
            models.Index(fields=("org", "correlation_key"), name="integrations_alert_correlation"),
            models.Index(
                fields=("org", "source", "group_digest"),
                condition=~Q(state="resolved") & ~Q(group_digest=""),
                name="integrations_alert_open_group",
            ),
            models.Index(fields=("todo_at",), condition=Q(todo_at__isnull=False), name="integrations_alert_todo"),
        )

    def __str__(self) -> str:
        return self.title[:100]

    @property
    def is_open(self) -> bool:
        """Whether the sender has not called it resolved."""
        return self.state != self.State.RESOLVED


class EarlyResolve(OrgScoped):
    """A resolve whose trigger has not been seen. It waits for it for a few minutes and then means nothing.

    ``episode`` names the episode where the sender tells them apart.
    """

    source = models.CharField(max_length=40)
    fingerprint = models.CharField(max_length=255)
    episode = models.CharField(max_length=40, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("org", "source", "fingerprint", "episode"), name="integrations_early_resolve_once"
            ),
        )
        indexes = (models.Index(fields=("received_at",), name="integrations_early_resolve_age"),)

    def __str__(self) -> str:
        return f"{self.source} {self.fingerprint}"

"""Recurring incidents: when they count as such, which ones are still to be looked at, and what was proposed."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from cmdb.models import ConfigurationItem
from incidents.models import Incident
from orgs.tenancy import OrgScoped
from problems.models.problem import Problem


class RecurrenceRule(OrgScoped):
    """An organisation's own measure of what recurs; without a row the defaults of ``problems.signatures`` hold."""

    incidents = models.PositiveSmallIntegerField(help_text="So many alike on one configuration item …")
    days = models.PositiveSmallIntegerField(help_text="… within so many days propose a problem.")

    class Meta:
        verbose_name = "recurrence rule"
        constraints = (
            models.UniqueConstraint(fields=("org",), name="problems_rule_once"),
            models.CheckConstraint(condition=Q(incidents__gte=2, days__gte=1), name="problems_rule_sensible"),
        )

    def __str__(self) -> str:
        return f"{self.incidents} in {self.days} days"


class RecurrenceCheck(OrgScoped):
    """An incident that is to be compared with its predecessors. Inserted with its event, so none is lost."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="+")
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes = (models.Index(fields=("attempts", "id"), name="problems_check_next"),)

    def __str__(self) -> str:
        return f"Check of {self.incident}"


class RecurrenceProposal(OrgScoped):
    """Incidents that look like one problem, for a person to accept or dismiss."""

    class State(models.TextChoices):
        """What became of it."""

        PENDING = "pending", "Pending"
        ACCEPTED = "accepted", "Accepted"
        DISMISSED = "dismissed", "Dismissed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    ci = models.ForeignKey(ConfigurationItem, on_delete=models.PROTECT, related_name="+")
    signature = models.CharField(max_length=520)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    incidents = models.JSONField(default=list, help_text="Id and reference of each, the newest first.")
    count = models.PositiveIntegerField()
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    created_at = models.DateTimeField()
    problem = models.ForeignKey(Problem, on_delete=models.PROTECT, null=True, blank=True, related_name="proposals")
    mute_until = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = "proposed problem"
        ordering = ("-last_seen_at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=("org", "ci", "signature"), condition=Q(state="pending"), name="problems_proposal_pending_once"
            ),
            models.CheckConstraint(
                condition=Q(state="accepted", problem__isnull=False) | ~Q(state="accepted") & Q(problem__isnull=True),
                name="problems_proposal_problem_iff_accepted",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("pending", "accepted", "dismissed")), name="problems_proposal_legal_state"
            ),
        )
        indexes = (
            models.Index(fields=("org", "state", "-last_seen_at", "-id"), name="problems_proposal_list"),
            models.Index(fields=("org", "ci", "state"), name="problems_proposal_by_ci"),
        )

    def __str__(self) -> str:
        return f"{self.count} × {self.signature}"

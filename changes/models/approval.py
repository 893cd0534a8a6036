"""How changes are approved, as data: the policies that choose the stages, and the templates that need none."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from changes.states import Risk
from orgs.tenancy import OrgScoped


class ApprovalPolicy(OrgScoped):
    """Which changes take which approval. The first active one that fits a change applies, by ``position``.

    ``conditions`` maps ``types``, ``risks``, ``criticalities`` and ``environments`` to the values that fit; one that
    is absent fits all. ``stages`` are in order; each has ``name``, ``quorum``, ``users``, ``roles``, ``teams`` and
    ``conditions`` of its own.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200)
    position = models.PositiveIntegerField(default=0)
    is_active = models.BooleanField(default=True)
    conditions = models.JSONField(default=dict, blank=True)
    stages = models.JSONField(default=list)

    class Meta:
        verbose_name = "approval policy"
        verbose_name_plural = "approval policies"
        ordering = ("position", "name")
        constraints = (models.UniqueConstraint(fields=("org", "name"), name="changes_policy_name_unique"),)
        indexes = (models.Index(fields=("org", "position", "name"), name="changes_policy_by_position"),)

    def __str__(self) -> str:
        return self.name


class ChangeTemplate(OrgScoped):
    """A change that is made often. A standard change made from one that is pre-approved needs no vote."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200)
    title = models.CharField(max_length=500)
    description = models.TextField(blank=True)
    risk = models.CharField(max_length=6, choices=Risk.choices, default=Risk.LOW)
    implementation_plan = models.TextField(blank=True)
    test_plan = models.TextField(blank=True)
    rollback_plan = models.TextField(blank=True)
    pre_approved = models.BooleanField(default=False)
    approved_by = models.CharField(max_length=200, blank=True, help_text="Who approved it beforehand.")
    approved_at = models.DateTimeField(null=True, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        verbose_name = "change template"
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(fields=("org", "name"), name="changes_template_name_unique"),
            models.CheckConstraint(condition=Q(risk__in=Risk.values), name="changes_template_legal_risk"),
            models.CheckConstraint(
                condition=Q(pre_approved=False) | Q(approved_at__isnull=False), name="changes_template_approved_once"
            ),
        )

    def __str__(self) -> str:
        return self.name

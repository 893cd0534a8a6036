"""The problem's row and its stream of events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django_fsm import FSMField, transition

from orgs.models import Team
from problems import projections
from problems.states import UNRESOLVED, Status, sources_of
from timeline.aggregates import Aggregate
from timeline.events import Event

UNRESOLVED_VALUES = [str(status) for status in UNRESOLVED]


class Problem(Aggregate):
    """What causes incidents, one or many. The row is the fold of its events."""

    PREFIX = "PRB"
    # fmt: off
    FOLDED: ClassVar[Sequence[str]] = (
        "title", "description", "symptoms", "status", "workaround", "root_cause", "resolution", "services",
        "affected_names", "assigned_to", "assigned_team_id", "assignee_id", "assignee_name", "owner_id", "owner_name",
        "recurrence", "known_since", "resolved_at", "reopen_count", "incident_count", "workaround_used",
        "workaround_helped", "search_text",
    )
    OWNER_COLUMN = "problem_id"
    BELONGINGS: ClassVar[dict[str, Sequence[str]]] = {
        projections.AFFECTED: ("ci_id",),
        projections.SERVICE: ("key",),
        projections.INCIDENT: ("incident_id",),
        projections.CHANGE: ("change_id",),
        projections.USE: ("incident_id", "helped", "used_at"),
    }
    # fmt: on
    apply_event = staticmethod(projections.project)
    belongings = staticmethod(projections.belongings)

    title = models.CharField(max_length=500)
    description = models.TextField(blank=True)
    symptoms = models.TextField(blank=True, help_text="What people and alerts see of it, for finding it again.")
    status = FSMField(default=Status.INVESTIGATING, choices=Status.choices, protected=True)
    workaround = models.TextField(blank=True)
    root_cause = models.TextField(blank=True)
    resolution = models.TextField(blank=True)
    services = models.JSONField(default=list, blank=True)
    affected_names = models.JSONField(default=list, blank=True)
    assigned_to = models.CharField(max_length=200, blank=True)
    assigned_team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    assignee_name = models.CharField(max_length=200, blank=True, help_text="The person, known here or not.")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    owner_name = models.CharField(max_length=200, blank=True, help_text="Who answers for it, known here or not.")
    recurrence = models.JSONField(default=dict, blank=True, help_text="The proposal that it was made of.")
    known_since = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    reopen_count = models.PositiveIntegerField(default=0)
    incident_count = models.PositiveIntegerField(default=0)
    workaround_used = models.PositiveIntegerField(default=0)
    workaround_helped = models.PositiveIntegerField(default=0)
    search_text = models.TextField(blank=True, help_text="Title, symptoms and description in one case.")

    class Meta:
        verbose_name = "problem"
        ordering = ("-created_at", "-id")
        constraints = (
            models.UniqueConstraint(fields=("org", "reference"), name="problems_problem_reference"),
            models.UniqueConstraint(fields=("org", "ref_number"), name="problems_problem_ref_number"),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="problems_problem_legal_status"),
            models.CheckConstraint(
                condition=Q(status=Status.RESOLVED, resolved_at__isnull=False)
                | ~Q(status=Status.RESOLVED) & Q(resolved_at__isnull=True),
                name="problems_problem_resolved_at_iff_resolved",
            ),
            models.CheckConstraint(
                condition=~Q(status=Status.KNOWN_ERROR) | ~Q(workaround="") | ~Q(root_cause=""),
                name="problems_problem_known_error_says_what",
            ),
        )
        indexes = (
            models.Index(F("org"), F("created_at").desc(), F("id").desc(), name="problems_by_creation"),
            models.Index(F("org"), F("updated_at").desc(), F("id").desc(), name="problems_by_update"),
            models.Index(F("org"), F("status"), F("created_at").desc(), F("id").desc(), name="problems_by_status"),
            models.Index(
                fields=("org", "-known_since"), condition=Q(status=Status.KNOWN_ERROR), name="problems_known_errors"
            ),
        )

    @transition(status, source=sources_of(Status.INVESTIGATING), target=Status.INVESTIGATING)
    def to_investigating(self) -> None:
        """Its cause is looked for, again where it was known or resolved."""

    @transition(status, source=sources_of(Status.KNOWN_ERROR), target=Status.KNOWN_ERROR)
    def to_known_error(self) -> None:
        """Its cause or a way around it is known."""

    @transition(status, source=sources_of(Status.RESOLVED), target=Status.RESOLVED)
    def to_resolved(self) -> None:
        """It will cause no more incidents."""

    @property
    def is_unresolved(self) -> bool:
        """Whether incidents may still be expected of it."""
        return self.status in UNRESOLVED_VALUES

    def status_label(self) -> str:
        """The status in words."""
        return str(Status(self.status).label)


class ProblemEvent(Event):
    """One event of a problem's stream."""

    aggregate = models.ForeignKey(Problem, on_delete=models.PROTECT, related_name="events")

    class Meta(Event.Meta):
        verbose_name = "problem event"
        constraints = (models.UniqueConstraint(fields=("aggregate", "seq"), name="problems_event_sequence"),)
        indexes = (models.Index(fields=("org", "id"), name="problems_event_feed"),)


Problem.EVENTS = ProblemEvent

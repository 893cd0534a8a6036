"""What hangs below a problem: CIs, services, incidents, changes, uses of its workaround. All are folds of its events."""

from __future__ import annotations

import uuid

from django.db import models

from changes.models import Change
from cmdb.models import ConfigurationItem
from incidents.models import Incident
from orgs.tenancy import OrgScoped
from problems.models.problem import Problem


class ProblemCI(OrgScoped):
    """One configuration item that a problem affects."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    problem = models.ForeignKey(Problem, on_delete=models.PROTECT, related_name="affected")
    ci = models.ForeignKey(ConfigurationItem, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "affected configuration item"
        constraints = (models.UniqueConstraint(fields=("problem", "ci"), name="problems_ci_once"),)
        indexes = (models.Index(fields=("ci", "problem"), name="problems_by_ci"),)

    def __str__(self) -> str:
        return f"{self.ci} in {self.problem}"


class ProblemService(OrgScoped):
    """One service that a problem touches, its name folded to one case."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    problem = models.ForeignKey(Problem, on_delete=models.PROTECT, related_name="served")
    key = models.CharField(max_length=600)

    class Meta:
        verbose_name = "service"
        constraints = (models.UniqueConstraint(fields=("problem", "key"), name="problems_service_once"),)
        indexes = (models.Index(fields=("org", "key"), name="problems_by_service"),)

    def __str__(self) -> str:
        return self.key


class ProblemIncident(OrgScoped):
    """One incident that a problem caused."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    problem = models.ForeignKey(Problem, on_delete=models.PROTECT, related_name="linked")
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="problems")

    class Meta:
        verbose_name = "linked incident"
        constraints = (models.UniqueConstraint(fields=("problem", "incident"), name="problems_incident_once"),)
        indexes = (models.Index(fields=("incident", "problem"), name="problems_by_incident"),)

    def __str__(self) -> str:
        return f"{self.incident} of {self.problem}"


class ProblemChange(OrgScoped):
    """One change that is to end a problem, or has."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    problem = models.ForeignKey(Problem, on_delete=models.PROTECT, related_name="fixes")
    change = models.ForeignKey(Change, on_delete=models.PROTECT, related_name="problems")

    class Meta:
        verbose_name = "fixing change"
        constraints = (models.UniqueConstraint(fields=("problem", "change"), name="problems_change_once"),)
        indexes = (models.Index(fields=("change", "problem"), name="problems_by_change"),)

    def __str__(self) -> str:
        return f"{self.change} for {self.problem}"


class WorkaroundUse(OrgScoped):
    """The workaround of a problem, tried on one incident; ``helped`` is None as long as nobody said."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    problem = models.ForeignKey(Problem, on_delete=models.PROTECT, related_name="uses")
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="workarounds")
    helped = models.BooleanField(null=True)
    used_at = models.DateTimeField()

    class Meta:
        verbose_name = "use of a workaround"
        ordering = ("-used_at", "-id")
        constraints = (models.UniqueConstraint(fields=("problem", "incident"), name="problems_use_once"),)
        indexes = (models.Index(fields=("incident", "problem"), name="problems_use_by_incident"),)

    def __str__(self) -> str:
        return f"{self.problem} on {self.incident}"

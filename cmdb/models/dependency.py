"""The edge between two configuration items."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from cmdb.models.item import ConfigurationItem
from cmdb.vocabulary import SOURCE_LENGTH, DependencyKind
from orgs.tenancy import OrgScoped


class Dependency(OrgScoped):
    """``dependent`` depends on ``dependency``. Cycles are allowed, a loop onto itself is not.

    ``source`` is the import that told of it, empty for one set by hand. An edge that no longer holds keeps its row
    with the time in ``ended_at``; the graph reads only rows without it.
    """

    dependent = models.ForeignKey(ConfigurationItem, on_delete=models.PROTECT, related_name="dependency_edges")
    dependency = models.ForeignKey(ConfigurationItem, on_delete=models.PROTECT, related_name="dependent_edges")
    kind = models.CharField(max_length=12, choices=DependencyKind.choices, default=DependencyKind.DEPENDS_ON)
    source = models.CharField(max_length=SOURCE_LENGTH, blank=True)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "dependencies"
        constraints = (
            models.UniqueConstraint(fields=("dependent", "dependency", "kind"), name="cmdb_dependency_unique"),
            models.CheckConstraint(condition=~Q(dependent=F("dependency")), name="cmdb_dependency_no_self_loop"),
            models.CheckConstraint(condition=Q(kind__in=DependencyKind.values), name="cmdb_dependency_kind"),
        )
        # The two directions of the graph, each answered from the index alone.
        indexes = (
            models.Index(
                fields=("org", "dependency", "dependent"),
                condition=Q(ended_at__isnull=True),
                name="cmdb_dependency_down",
            ),
            models.Index(
                fields=("org", "dependent", "dependency"),
                condition=Q(ended_at__isnull=True),
                name="cmdb_dependency_up",
            ),
        )

    def __str__(self) -> str:
        return f"{self.dependent} {self.get_kind_display()} {self.dependency}"

"""What ties alerts to incidents: the incident of each correlation key, and the quiet after the last alert."""

from __future__ import annotations

from django.db import models

from incidents.models import Incident
from orgs.tenancy import OrgScoped


class Correlation(OrgScoped):
    """The latest incident of one correlation key. Whoever deals with the key holds this row's lock.

    The unique key is what makes two workers with the same news open one incident.
    """

    key = models.CharField(max_length=255)
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("org", "key"), name="integrations_correlation_once"),)

    def __str__(self) -> str:
        return self.key


class Calm(OrgScoped):
    """An incident none of whose alerts fires any more, and when that may count as its end.

    ``version`` is the incident's when the calm began: what people decided later outweighs it.
    """

    incident = models.OneToOneField(Incident, on_delete=models.CASCADE, primary_key=True, related_name="calm")
    since = models.DateTimeField()
    due_at = models.DateTimeField()
    version = models.PositiveIntegerField()
    tries = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)

    class Meta:
        indexes = (models.Index(fields=("due_at",), name="integrations_calm_due"),)

    def __str__(self) -> str:
        return f"{self.incident_id} quiet since {self.since}"

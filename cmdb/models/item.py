"""The configuration item."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from cmdb.vocabulary import (
    ENVIRONMENT_LENGTH,
    EXTERNAL_ID_LENGTH,
    KEY_LENGTH,
    KIND_LENGTH,
    NAME_LENGTH,
    SOURCE_LENGTH,
    CIStatus,
    Criticality,
)
from orgs.models import Team
from orgs.tenancy import OrgScoped


class ConfigurationItem(OrgScoped):
    """Something that services are made of: a host, a database, a network device, a service itself.

    ``source`` and ``external_id`` say which import it came from, both empty for one entered by hand. It is never
    deleted: it retires, or goes missing from its source. ``version`` counts its changes.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=NAME_LENGTH)
    name_key = models.CharField(max_length=KEY_LENGTH, editable=False, help_text="The name as it is compared.")
    kind = models.CharField(max_length=KIND_LENGTH)
    environment = models.CharField(max_length=ENVIRONMENT_LENGTH, blank=True)
    criticality = models.CharField(max_length=8, choices=Criticality.choices, default=Criticality.MEDIUM)
    owner_team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="configuration_items"
    )
    status = models.CharField(max_length=8, choices=CIStatus.choices, default=CIStatus.ACTIVE)
    attributes = models.JSONField(default=dict, blank=True)
    source = models.CharField(max_length=SOURCE_LENGTH, blank=True)
    external_id = models.CharField(max_length=EXTERNAL_ID_LENGTH, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        verbose_name = "configuration item"
        ordering = ("name_key",)
        constraints = (
            models.UniqueConstraint(fields=("org", "name_key"), name="cmdb_item_name_unique"),
            models.UniqueConstraint(
                fields=("org", "source", "external_id"),
                condition=~Q(external_id=""),
                name="cmdb_item_external_id_unique",
            ),
            models.CheckConstraint(condition=~Q(name_key=""), name="cmdb_item_named"),
            models.CheckConstraint(condition=Q(criticality__in=Criticality.values), name="cmdb_item_criticality"),
            models.CheckConstraint(condition=Q(status__in=CIStatus.values), name="cmdb_item_status"),
            models.CheckConstraint(
                condition=Q(external_id="") | ~Q(source=""), name="cmdb_item_external_id_has_source"
            ),
        )
        # A list filters by one of these and reads on in the order of names.
        indexes = (
            models.Index(fields=("org", "kind", "name_key"), name="cmdb_item_kind"),
            models.Index(fields=("org", "environment", "name_key"), name="cmdb_item_environment"),
            models.Index(fields=("org", "criticality", "name_key"), name="cmdb_item_criticality_idx"),
            models.Index(fields=("org", "status", "name_key"), name="cmdb_item_status_idx"),
            models.Index(fields=("org", "owner_team", "name_key"), name="cmdb_item_owner"),
            models.Index(fields=("org", "updated_at", "id"), name="cmdb_item_updated"),
            # What the walk of the graph asks of each node that it passes, without reading the row.
            models.Index(fields=("id", "org", "status", "criticality"), name="cmdb_item_walk"),
        )

    def __str__(self) -> str:
        return self.name

"""The keys under which alerts find configuration items."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from cmdb.models.item import ConfigurationItem
from cmdb.vocabulary import KEY_LENGTH, KeySort
from orgs.tenancy import OrgScoped


class LookupKey(OrgScoped):
    """A name, host name or address of a configuration item, folded for comparing. Derived: rewritten with its item."""

    ci = models.ForeignKey(ConfigurationItem, on_delete=models.CASCADE, related_name="lookup_keys")
    key = models.CharField(max_length=KEY_LENGTH)
    sort = models.CharField(max_length=6, choices=KeySort.choices)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("ci", "key"), name="cmdb_lookup_key_unique"),
            models.CheckConstraint(condition=Q(sort__in=KeySort.values), name="cmdb_lookup_key_sort"),
        )
        indexes = (models.Index(fields=("org", "key"), name="cmdb_lookup_key_find"),)

    def __str__(self) -> str:
        return self.key

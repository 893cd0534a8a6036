"""How an organisation wants one source of alerts treated."""

from __future__ import annotations

import uuid

from django.db import models

from orgs.tenancy import OrgScoped

QUIET_SECONDS = 300
REOPEN_SECONDS = 1800


def default_create_severities() -> list[str]:
    """The severities that open an incident unless an operator says otherwise."""
    return ["P1", "P2"]


class AlertSource(OrgScoped):
    """The policy for one source; without a row the defaults hold."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=40, help_text="The source's name in the address of its intake.")
    is_enabled = models.BooleanField(default=True, help_text="Off: bodies are kept and wait.")
    severity_map = models.JSONField(default=dict, blank=True, help_text="The sender's word to P1 … P4.")
    ci_labels = models.JSONField(default=list, blank=True, help_text="Labels or paths that name CIs; empty: default.")
    service_labels = models.JSONField(default=list, blank=True, help_text="The same for the service.")
    correlate_by = models.JSONField(default=list, blank=True, help_text="Labels or paths that make one incident.")
    create_severities = models.JSONField(default=default_create_severities, blank=True)
    quiet_seconds = models.PositiveIntegerField(default=QUIET_SECONDS)
    reopen_seconds = models.PositiveIntegerField(default=REOPEN_SECONDS)
    updated_at = models.DateTimeField()
    updated_by = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = "alert source"
        constraints = (models.UniqueConstraint(fields=("org", "kind"), name="integrations_source_once"),)

    def __str__(self) -> str:
        return self.kind

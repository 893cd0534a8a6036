"""API keys: how machines sign in."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from orgs.tenancy import OrgScoped


class ApiKey(OrgScoped):
    """A key of one organisation. Only its hash is stored; the token is shown once, when it is issued."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200)
    prefix = models.CharField(max_length=16, help_text="The token's first characters, to tell keys apart.")
    hash = models.CharField(max_length=64, unique=True, help_text="HMAC-SHA256 of the token.")
    roles = models.JSONField(default=list)
    scopes = models.JSONField(default=list, blank=True, help_text="Single actions; empty: all that the roles allow.")
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("name",)
        verbose_name = "API key"

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

"""What the API itself remembers: answers given under an `Idempotency-Key`, and how many calls a caller made."""

from __future__ import annotations

from django.db import models

from orgs.tenancy import OrgScoped


class IdempotencyKey(OrgScoped):
    """The answer to one call. Written in the same transaction as the call's effect: either both exist or neither.

    `slot` is the digest of caller, method, path and key; a second call finds the first by it.
    """

    slot = models.CharField(max_length=64)
    key = models.CharField(max_length=255)
    method = models.CharField(max_length=8)
    path = models.TextField()
    body_sha256 = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField(default=dict)
    body = models.BinaryField()
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("org", "slot"), name="api_idempotency_slot_once"),)

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.key}"


class RateBucket(models.Model):
    """One caller's token bucket. `full_at`, in seconds since 1970, is when it holds its full number of calls again."""

    caller = models.CharField(max_length=255, primary_key=True)
    full_at = models.FloatField()

    def __str__(self) -> str:
        return self.caller

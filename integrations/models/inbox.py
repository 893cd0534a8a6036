"""The inbox: every body that was answered with 202, as it came."""

from __future__ import annotations

import re
import uuid

from django.db import models
from django.db.models import F, Q

from orgs.tenancy import OrgScoped

_ROUTING_KEY = re.compile(r'("routing_key"\s*:\s*")(?:[^"\\]|\\.)+')


class InboxItem(OrgScoped):
    """One delivery of a sender. The body stays as it came; ``outcome`` says what became of it.

    A pending item is due at ``next_at``. Claiming it counts an attempt and moves ``next_at`` beyond the time that the
    work may take, so that the item comes back by itself when its worker dies. ``attempts`` tells one claim from the
    next.
    """

    class State(models.TextChoices):
        """Where a body is on its way."""

        PENDING = "pending", "Pending"
        DONE = "done", "Done"
        QUARANTINED = "quarantined", "Quarantined"
        DEAD = "dead", "Dead"
        PARKED = "parked", "Parked"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    source = models.CharField(max_length=40)
    state = models.CharField(max_length=11, choices=State.choices, default=State.PENDING)
    raw = models.BinaryField()
    size = models.PositiveIntegerField(help_text="Bytes of the body.")
    sha256 = models.CharField(max_length=64)
    delivery_key = models.CharField(max_length=255, blank=True, help_text="The sender's own id of the delivery.")
    headers = models.JSONField(default=dict, blank=True)
    given = models.JSONField(default=dict, blank=True, help_text="What acceptance added, such as a generated key.")
    sender = models.CharField(max_length=200, blank=True, help_text="The key that the sender presented.")
    request_id = models.CharField(max_length=64, blank=True)
    received_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField()
    error = models.TextField(blank=True)
    outcome = models.JSONField(default=dict, blank=True)
    applied_at = models.DateTimeField(null=True, blank=True, help_text="When it first took effect.")
    finished_at = models.DateTimeField(null=True, blank=True)
    remarks = models.JSONField(default=list, blank=True, help_text="Replays and refused twins: when, who, what.")

    class Meta:
        verbose_name = "inbox item"
        constraints = (
            models.UniqueConstraint(
                fields=("org", "source", "delivery_key"),
                condition=~Q(delivery_key=""),
                name="integrations_inbox_delivery_once",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("pending", "done", "quarantined", "dead", "parked")),
                name="integrations_inbox_legal_state",
            ),
        )
        indexes = (
            models.Index(fields=("next_at",), condition=Q(state="pending"), name="integrations_inbox_due"),
            models.Index(F("org"), F("received_at").desc(), F("id").desc(), name="integrations_inbox_by_time"),
            models.Index(
                F("org"),
                F("state"),
                F("received_at").desc(),
                F("id").desc(),
                condition=~Q(state="done"),
                name="integrations_inbox_unfinished",
            ),
        )

    def __str__(self) -> str:
        return f"{self.source} {self.id}"

    def text(self, longest: int = 200_000) -> str:
        """The body for people to read: broken UTF-8 and NUL are shown as replacement characters, the end is cut.

        Whoever may read what was delivered may not therefore deliver: a routing key in the body is not shown.
        """
        shown = bytes(self.raw[:longest]).decode("utf-8", "replace").replace("\x00", "\ufffd")
        return _ROUTING_KEY.sub(r"\1[hidden]", shown)

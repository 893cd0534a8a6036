"""Retention: stored bodies that were applied are dropped after a while; what needs a person stays."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings

from integrations.models import InboxItem
from orgs.clock import now

BATCH = 5000


def forget_old() -> int:
    """Drop bodies that were done longer ago than the setting says, a batch at a time; returns how many."""
    before = now() - timedelta(days=settings.ITSM_INBOX_DAYS)
    old = InboxItem.all_orgs_unsafe.filter(state=InboxItem.State.DONE, finished_at__lt=before)
    removed = 0
    while batch := list(old.values_list("pk", flat=True)[:BATCH]):
        InboxItem.all_orgs_unsafe.filter(pk__in=batch).delete()
        removed += len(batch)
    return removed

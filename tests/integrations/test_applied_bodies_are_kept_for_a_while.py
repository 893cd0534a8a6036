"""Bodies that were applied are dropped after ITSM_INBOX_DAYS; those that need a person are not."""

from datetime import timedelta

import pytest

from integrations.intake.retention import forget_old
from integrations.models import InboxItem
from orgs.clock import now

pytestmark = pytest.mark.django_db


def stored(org, state, *, days_ago):
    moment = now() - timedelta(days=days_ago)
    return InboxItem.all_orgs_unsafe.create(
        org=org, source="generic", state=state, raw=b"{}", size=2, sha256="0" * 64,
        received_at=moment, next_at=moment, finished_at=moment if state != "pending" else None,
    )  # fmt: skip


def test_old_applied_bodies_are_dropped_and_nothing_else(org, settings):
    settings.ITSM_INBOX_DAYS = 30
    stored(org, "done", days_ago=31)
    kept = [
        stored(org, "done", days_ago=29),
        stored(org, "quarantined", days_ago=400),
        stored(org, "dead", days_ago=400),
        stored(org, "pending", days_ago=400),
    ]

    assert forget_old() == 1
    assert set(InboxItem.all_orgs_unsafe.values_list("pk", flat=True)) == {item.pk for item in kept}

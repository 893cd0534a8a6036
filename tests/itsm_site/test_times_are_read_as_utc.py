"""Our PostgreSQL backend reads times with compiled code; they must come out as Django's own would have them."""

from datetime import UTC, datetime

import pytest
from django.db import connection

from orgs.models import Heartbeat

MOMENTS = [
    datetime(2026, 11, 21, 12, 30, 1, 5, tzinfo=UTC),
    datetime(2026, 7, 1, tzinfo=UTC),
    datetime(1, 1, 2, tzinfo=UTC),
    datetime(9999, 12, 30, 23, 59, 59, 999999, tzinfo=UTC),
]


@pytest.fixture
def stored(db):
    for number, moment in enumerate(MOMENTS):
        Heartbeat.objects.create(component="test", instance=str(number), last_ok=moment)


def test_times_are_aware_and_exact(stored):
    found = list(Heartbeat.objects.order_by("instance").values_list("last_ok", flat=True))
    assert found == MOMENTS
    assert [moment.utcoffset().total_seconds() for moment in found] == [0] * len(MOMENTS)
    assert [moment.isoformat() for moment in found] == [moment.isoformat() for moment in MOMENTS]


def test_they_are_so_in_pieces_too(stored):
    found = [row.last_ok for row in Heartbeat.objects.order_by("instance").iterator(chunk_size=2)]
    assert found == MOMENTS


@pytest.mark.postgres
def test_the_backend_is_ours():
    assert connection.settings_dict["ENGINE"] == "itsm_site.postgresql"
    assert connection.vendor == "postgresql"

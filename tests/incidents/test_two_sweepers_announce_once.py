"""RELIABILITY P11: a thousand deadlines came due while nothing ran; then two sweepers start at once."""

from collections import Counter
from datetime import UTC, datetime

import pytest
import time_machine

from incidents.deadlines import fire_due
from incidents.models import Deadline, IncidentEvent
from orgs.tenancy import org_scope
from tests.incidents.staging import opened
from tests.racing import deadlocks, race

pytestmark = [pytest.mark.postgres, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

INCIDENTS = 1000


@pytest.mark.timeout(300)
def test_a_thousand_deadlines_fire_once_and_are_marked_as_late(org, anyone, tampering):
    with time_machine.travel(datetime(2026, 3, 1, 12, 0, tzinfo=UTC), tick=False):
        for number in range(INCIDENTS):
            opened(anyone, severity=f"P{number % 4 + 1}")
    before = deadlocks()

    def sweep():
        done = 0
        while Deadline.all_orgs_unsafe.filter(due_at__lte=datetime.now(UTC)).exists():
            done += fire_due(limit=100)
        return done

    outcomes = race([sweep] * 2)
    assert sum(outcomes) == INCIDENTS, outcomes
    assert min(outcomes) > 0, "one of them did all the work"
    with org_scope(org):
        events = list(IncidentEvent.objects.exclude(type="INCIDENT_CREATED"))
        assert not Deadline.objects.exists()
    said = Counter((event.aggregate_id, event.payload["clock"], event.payload.get("percent", 100)) for event in events)
    assert len(said) == INCIDENTS * 6
    assert set(said.values()) == {1}
    assert all(event.payload["late_by"] > 0 for event in events)
    assert deadlocks() == before

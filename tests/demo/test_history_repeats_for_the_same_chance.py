"""Played twice with the same chance and the same moment, the streams are equal but for ids."""

from contextlib import suppress

import pytest
from django.db import transaction

from incidents.models import IncidentEvent
from itsm_site.demo.organisation import NORTHGATE
from orgs.tenancy import org_scope
from tests.demo.conftest import AFTERNOON, played

# Drawn anew each time, or made of what is.
IDS = {
    "data",
    "signal_id",
    "action_id",
    "violation_id",
    "incident_id",
    "id",
    "assigned_team_id",
    "assignee_id",
    "key",
    "impact",
}


class Undone(Exception):
    """Takes back what a transaction did."""


def without_ids(value):
    """A payload without what is drawn anew each time."""
    if isinstance(value, dict):
        return {name: without_ids(inner) for name, inner in value.items() if name not in IDS}
    if isinstance(value, list):
        return [without_ids(inner) for inner in value]
    return value


def streams():
    """Every stream by its record's reference, as far as chance and time decide it."""
    found = {}
    events = IncidentEvent.objects.select_related("aggregate").order_by("aggregate__ref_number", "seq")
    for event in events:
        entry = (event.type, event.actor_name, event.occurred_at, event.recorded_at, without_ids(event.payload))
        found.setdefault(event.aggregate.reference, []).append(entry)
    return found


@pytest.mark.slow
@pytest.mark.django_db
def test_the_same_chance_plays_the_same_streams():
    found = []
    for _ in range(2):
        with suppress(Undone), transaction.atomic(), org_scope(played(AFTERNOON, days=1)[NORTHGATE].org):
            found.append(streams())
            raise Undone
    first, second = found
    assert len(first) > 10
    assert second == first

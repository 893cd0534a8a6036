"""A part that stops working shows as silent."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from itsm_site import heartbeats
from orgs.models import Heartbeat


@pytest.fixture(autouse=True)
def _fresh_process(monkeypatch):
    monkeypatch.setattr(heartbeats, "_last", {})


@pytest.mark.django_db
def test_a_part_that_never_worked_is_told_apart():
    assert heartbeats.silent_for("worker.intake") is None


@pytest.mark.django_db
def test_silence_is_counted_from_the_last_sign():
    Heartbeat.objects.create(component="beat", instance="a", last_ok=datetime(2026, 11, 21, 12, 0, tzinfo=UTC))
    Heartbeat.objects.create(component="beat", instance="b", last_ok=datetime(2026, 11, 21, 11, 0, tzinfo=UTC))
    with time_machine.travel(datetime(2026, 11, 21, 12, 2, tzinfo=UTC), tick=False):
        assert heartbeats.silent_for("beat") == 120


@pytest.mark.django_db
def test_progress_adds_up_though_it_is_written_seldom(monkeypatch):
    moment = [100.0]
    monkeypatch.setattr(heartbeats.time, "monotonic", lambda: moment[0])
    for _ in range(12):
        heartbeats.alive("worker.intake", 10)
        moment[0] += 1
    assert Heartbeat.objects.get().progress == 110


@pytest.mark.django_db
def test_instances_that_are_gone_for_a_day_are_forgotten():
    heartbeats.alive("beat")
    Heartbeat.objects.create(component="beat", instance="old", last_ok=datetime.now(UTC) - timedelta(days=2))
    heartbeats.forget_old()
    assert [row.instance for row in Heartbeat.objects.all()] != ["old"]
    assert Heartbeat.objects.count() == 1

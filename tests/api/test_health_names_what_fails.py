"""P12: the health endpoints say which part fails, from what it leaves in the database; a broker that is away only slows."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
import redis
from django.db import OperationalError

from api import health
from incidents.commands import create_incident
from incidents.models import Deadline, Incident
from integrations.models import InboxItem
from orgs.actor import Actor
from orgs.clock import now
from orgs.models import Checkpoint, Heartbeat

READY = "/api/v1/health/ready"


@pytest.fixture
def healthy(db):
    """Every part was at work a moment ago."""
    for component in health.PARTS.values():
        Heartbeat.objects.create(component=component, instance="here", last_ok=now())


def failing(client, address=READY):
    health.forget()
    answer = client.get(address)
    assert (answer.status_code == 503) == bool(answer.json()["failing"])
    if answer.status_code == 503:
        assert answer.headers["Retry-After"]
    return answer.json()["failing"]


@pytest.mark.parametrize("address", [READY, "/api/v1/health", "/health/deep"])
def test_all_is_well(address, client, healthy):
    assert failing(client, address) == []
    assert {part["component"] for part in client.get(address).json()["components"]} == {
        "database", "broker", "beat", "worker_intake", "worker_timers", "intake", "deadlines", "seal", "disk",
    }  # fmt: skip


@pytest.mark.parametrize("part", health.PARTS)
def test_a_silent_part_is_named(part, client, healthy):
    Heartbeat.objects.filter(component=health.PARTS[part]).update(last_ok=now() - timedelta(seconds=74))
    assert failing(client) == []
    Heartbeat.objects.filter(component=health.PARTS[part]).update(last_ok=now() - timedelta(seconds=76))
    assert failing(client) == [part]


@pytest.mark.parametrize("part", health.PARTS)
def test_one_instance_at_work_is_enough(part, client, healthy):
    Heartbeat.objects.create(component=health.PARTS[part], instance="elsewhere", last_ok=now() - timedelta(hours=1))
    assert failing(client) == []


@pytest.mark.parametrize("part", health.PARTS)
def test_a_part_that_never_was_is_named(part, client, healthy):
    Heartbeat.objects.filter(component=health.PARTS[part]).delete()
    assert failing(client) == [part]


def test_a_body_that_waits_is_named(client, healthy, org):
    late = {"org": org, "source": "generic", "raw": b"{}", "size": 2, "sha256": "", "received_at": now()}
    InboxItem.all_orgs_unsafe.create(**late, next_at=now() - timedelta(seconds=59))
    assert failing(client) == []
    InboxItem.all_orgs_unsafe.update(next_at=now() - timedelta(seconds=61))
    assert failing(client) == ["intake"]
    InboxItem.all_orgs_unsafe.update(state=InboxItem.State.DONE)
    assert failing(client) == []


def test_a_late_deadline_is_named(client, healthy, org):
    create_incident(actor=Actor.system(org.pk, "test"), title="x", severity="P1")
    Deadline.all_orgs_unsafe.update(due_at=now() - timedelta(seconds=121))
    assert failing(client) == ["deadlines"]
    Deadline.all_orgs_unsafe.update(dead=True)
    assert failing(client) == []
    assert client.get(READY).json()["status"] == "degraded"


def test_a_change_without_a_seal_is_named(client, healthy, org):
    create_incident(actor=Actor.system(org.pk, "test"), title="x", severity="P4")
    Incident.all_orgs_unsafe.update(updated_at=now() - timedelta(seconds=301))
    assert failing(client) == ["seal"]
    Checkpoint.all_orgs_unsafe.create(
        org=org, number=1, sealed_at=now() - timedelta(seconds=300), heads={}, prev_hash="", hash=""
    )
    assert failing(client) == []


def test_a_full_disk_is_named(client, healthy, monkeypatch):
    monkeypatch.setattr(
        health.shutil, "disk_usage", lambda path: SimpleNamespace(total=100 * 1024**3, free=4 * 1024**3)
    )
    assert failing(client) == ["disk"]
    monkeypatch.setattr(
        health.shutil, "disk_usage", lambda path: SimpleNamespace(total=1000 * 1024**3, free=90 * 1024**3)
    )
    assert failing(client) == []


def test_a_broker_that_is_away_degrades_only(client, healthy, settings, monkeypatch):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    def refuse(*args, **values):
        raise redis.ConnectionError

    monkeypatch.setattr(redis.Redis, "ping", refuse)
    assert failing(client) == []
    assert client.get(READY).json()["status"] == "degraded"


def test_a_database_that_is_away_is_named_and_nothing_hangs(client, healthy, monkeypatch):
    def refuse():
        raise OperationalError

    with monkeypatch.context() as away:
        away.setattr(health.connection, "cursor", refuse)
        assert failing(client)[0] == "database"
        assert client.get("/readyz").status_code == 503
        assert client.get("/readyz").headers["Retry-After"]
        assert client.get("/livez").json() == {"status": "ok"}


def test_whoever_can_serve_serves_though_no_worker_lives(client, db):
    assert client.get("/readyz").status_code == 200
    assert client.get("/api/v1/health/live").status_code == 200
    assert failing(client)

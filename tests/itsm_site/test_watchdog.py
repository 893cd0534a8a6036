"""The watchdog does what silent workers leave, finds what is wrong, and pings only when nothing is."""

import http.server
import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from incidents.commands import create_incident
from incidents.models import Deadline
from integrations.models import InboxItem
from itsm_site import heartbeats, jobs, watch
from itsm_site.schedule import JOBS
from orgs.models import Heartbeat

pytestmark = [pytest.mark.once, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def _fresh(monkeypatch):
    monkeypatch.setattr(heartbeats, "_last", {})
    watch.health.forget()


@pytest.fixture
def workers_alive():
    now = datetime.now(UTC)
    for part in ("beat", "worker.intake", "worker.timers"):
        Heartbeat.objects.update_or_create(component=part, instance="here", defaults={"last_ok": now})


@pytest.fixture
def dead_man(settings):
    """A server that counts the pings it gets."""
    pings = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            pings.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        settings.ITSM_DEADMAN_URL = f"http://127.0.0.1:{server.server_port}/alive"
        yield pings
        server.shutdown()
        thread.join()


def store(org, member, raw=b"not json"):
    now = datetime.now(UTC)
    return InboxItem.all_orgs_unsafe.create(
        org=org, source="generic", raw=raw, size=len(raw), sha256="0" * 64, received_at=now, next_at=now, sender="test"
    )


def test_a_clean_installation_is_pinged(workers_alive, dead_man):
    assert watch.watch_once() == []
    assert dead_man == ["/alive"]


def test_a_dead_beat_is_named_and_not_pinged(workers_alive, dead_man):
    Heartbeat.objects.filter(component="beat").update(last_ok=datetime.now(UTC) - timedelta(minutes=3))
    wrong = watch.watch_once()
    assert any(sentence.startswith("beat: silent for") for sentence in wrong)
    assert dead_man == []


def test_silent_workers_have_their_inbox_drained_here(org, member):
    item = store(org, member)
    watch.watch_once()
    item.refresh_from_db()
    assert item.state != InboxItem.State.PENDING


def test_the_work_of_workers_that_are_alive_is_left_to_them(workers_alive, org, member):
    item = store(org, member)
    watch.watch_once()
    item.refresh_from_db()
    assert item.state == InboxItem.State.PENDING


def test_silent_workers_have_their_deadlines_fired_here(org, engineer):
    incident = create_incident(actor=engineer, title="Chiller 2 is warm", severity="P1")
    Deadline.all_orgs_unsafe.filter(incident=incident).update(due_at=datetime.now(UTC) - timedelta(seconds=1))
    fired = []
    original = jobs._FUNCTIONS["fire-deadlines"]
    jobs._FUNCTIONS["fire-deadlines"] = lambda: fired.append(original()) or fired[-1]
    try:
        watch.watch_once()
    finally:
        jobs._FUNCTIONS["fire-deadlines"] = original
    assert fired == [1]


def test_an_urgent_incident_that_nothing_watches_is_named(workers_alive, engineer, dead_man):
    incident = create_incident(actor=engineer, title="Chiller 2 is warm", severity="P1")
    assert watch.unwatched() == []
    Deadline.all_orgs_unsafe.filter(incident=incident).delete()
    assert watch.unwatched() == [incident.reference]
    assert any(incident.reference in sentence for sentence in watch.watch_once())
    assert dead_man == []


def test_a_database_that_is_away_is_a_finding_and_no_crash(monkeypatch, dead_man):
    def away(part):
        raise OperationalError("connection refused")

    monkeypatch.setattr(heartbeats, "silent_for", away)
    assert watch.watch_once() == ["database: OperationalError"]
    assert dead_man == []


def test_a_ping_that_fails_is_neither_an_error_nor_repeated(workers_alive, settings):
    settings.ITSM_DEADMAN_URL = "http://127.0.0.1:9/"
    assert watch.watch_once() == []
    assert not watch.ping()


def test_the_command_says_that_nothing_is_wrong(workers_alive, capsys):
    call_command("watchdog")
    assert capsys.readouterr().out == "Nothing is wrong.\n"


def test_the_command_exits_with_the_findings():
    Heartbeat.objects.create(component="beat", instance="here", last_ok=datetime.now(UTC) - timedelta(hours=1))
    with pytest.raises(CommandError, match="beat: silent") as caught:
        call_command("watchdog")
    assert caught.value.returncode == 1


def test_it_asks_for_the_jobs_of_every_queue():
    assert set(watch.silent_queues()) == {job.queue for job in JOBS.values()}

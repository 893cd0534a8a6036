"""What holds between processes; on PostgreSQL, since SQLite has one writer at a time."""

import json
import threading
from collections import Counter
from collections.abc import Callable

import pytest
from django.db import connections

from incidents.models import Incident
from integrations.intake.drain import claim, drain, work_off
from integrations.intake.inbox import accept
from integrations.models import Alert, InboxItem
from orgs.tenancy import org_scope
from tests.integrations.conftest import Intake, alert, body_of

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True), pytest.mark.slow]
THREADS = 64


@pytest.fixture
def intake(org):
    return Intake(org)


def together(count: int, work: Callable[[int], object]) -> list[object]:
    """Run the work in as many threads at once; returns what came of it, exceptions included."""
    barrier, results = threading.Barrier(count), [None] * count

    def one(number: int) -> None:
        try:
            barrier.wait()
            results[number] = work(number)
        except Exception as error:
            results[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def send(intake, body, event_id=""):
    raw = json.dumps(body).encode()
    return accept(actor=intake.actor, source="alertmanager", raw=raw, headers={}, given={}, event_id=event_id)


def drained(number: int) -> str:
    drain()
    return "ok"


def test_sixty_four_senders_of_one_alert(intake):
    bodies = [body_of(alert(), receiver=str(number)) for number in range(THREADS)]

    def accept_and_work(number: int) -> str:
        send(intake, bodies[number])
        return drained(number)

    assert Counter(together(THREADS, accept_and_work)) == {"ok": THREADS}
    drain()

    assert Incident.all_orgs_unsafe.count() == 1
    assert [(one.count, one.episode) for one in Alert.all_orgs_unsafe.all()] == [(THREADS, 1)]
    assert Incident.all_orgs_unsafe.get().signal_count == 1


def test_different_alerts_of_one_correlation_key(intake):
    for number in range(32):
        send(intake, body_of(alert(f"A{number}", correlation_key="rack-7")))
    # One body a worker, as if none had been free to take several.
    batches = [claim(1) for _ in range(32)]

    together(32, lambda number: (work_off(batches[number]), drain()))
    drain()

    (incident,) = Incident.all_orgs_unsafe.all()
    assert (incident.signal_count, incident.firing_count) == (32, 32)
    assert incident.correlation_keys == ["rack-7"]


def test_one_delivery_sent_many_times_at_once_is_stored_once(intake):
    results = together(THREADS, lambda number: send(intake, body_of(alert()), event_id="one").item_id)

    assert len(set(results)) == 1
    assert InboxItem.all_orgs_unsafe.count() == 1


def test_workers_share_what_waits_and_apply_each_body_once(intake):
    for number in range(200):
        send(intake, body_of(alert(f"A{number % 20}", severity="warning"), receiver=str(number)))

    assert Counter(together(8, drained)) == {"ok": 8}
    drain()

    assert set(InboxItem.all_orgs_unsafe.values_list("state", "attempts")) <= {("done", 1), ("done", 0)}
    assert Counter(Alert.all_orgs_unsafe.values_list("count", flat=True)) == {10: 20}


def test_triggers_and_resolves_of_many_keys_end_as_they_were_sent(intake):
    for number in range(30):
        for ends in (None, 9, None):
            starts = 10 if ends is None and InboxItem.all_orgs_unsafe.count() % 3 == 2 else 0
            send(intake, body_of(alert(f"A{number}", starts=starts, ends=ends)))

    assert Counter(together(6, drained)) == {"ok": 6}
    drain()

    with org_scope(intake.org):
        latest = Alert.objects.filter(is_latest=True)
        assert Counter(latest.values_list("state", flat=True)) == {"firing": 30}
        assert Counter(Incident.objects.values_list("firing_count", flat=True)) == {1: 30}
        assert Alert.objects.filter(todo_at__isnull=False).count() == 0

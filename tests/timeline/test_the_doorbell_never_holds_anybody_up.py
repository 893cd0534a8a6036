import multiprocessing
import queue
import threading
from uuid import uuid4

import pytest
from django.db import transaction

from timeline import doorbell
from timeline.doorbell import Bell

SOON = 30


class Broker(queue.Queue):
    """What reaches the broker from one test, as (task, options). Bells of tests before may still be ringing."""

    def __init__(self):
        super().__init__()
        self.own = uuid4().hex

    def task(self, name):
        return f"{self.own}.{name}"

    def send(self, task, **options):
        if task.startswith(self.own):
            self.put((task.removeprefix(f"{self.own}."), options))


@pytest.fixture
def broker(monkeypatch):
    """What reaches the broker; no thread ever sleeps."""
    broker = Broker()
    monkeypatch.setattr(doorbell.current_app, "send_task", broker.send)
    monkeypatch.setattr(doorbell.time, "sleep", lambda seconds: None)
    return broker


def test_a_ring_reaches_the_broker_and_expires(broker):
    Bell().ring(broker.task("drain"), "intake")
    task, options = broker.get(timeout=SOON)
    assert task == "drain"
    assert options == {"queue": "intake", "expires": 30, "ignore_result": True, "retry": False}


def test_rings_that_come_together_become_one(broker, monkeypatch):
    together = threading.Event()
    monkeypatch.setattr(doorbell.time, "sleep", lambda seconds: together.wait(SOON))
    bell = Bell()
    for _ in range(500):
        bell.ring(broker.task("drain"), "intake")
    bell.ring(broker.task("fire"), "timers")
    together.set()
    assert {broker.get(timeout=SOON)[0] for _ in range(2)} == {"drain", "fire"}
    bell.ring(broker.task("last"), "intake")
    assert broker.get(timeout=SOON)[0] == "last", "a ring was sent twice"


def test_a_broker_that_hangs_holds_nobody_up(broker, monkeypatch):
    hanging, let_go = threading.Event(), threading.Event()

    def hang(task, **options):
        hanging.set()
        let_go.wait(SOON)

    monkeypatch.setattr(doorbell.current_app, "send_task", hang)
    bell = Bell()
    bell.ring(broker.task("drain"), "intake")
    assert hanging.wait(SOON)
    for _ in range(500):
        bell.ring(broker.task("drain"), "intake")
    # We are here while the broker still hangs: none of those rings waited for it.
    assert not let_go.is_set()
    monkeypatch.setattr(doorbell.current_app, "send_task", broker.send)
    let_go.set()
    assert broker.get(timeout=SOON)[0] == "drain"


def test_a_broker_that_is_gone_is_left_alone_for_a_while_and_then_tried_again(broker, monkeypatch):
    pauses, outcomes = [], iter([ConnectionRefusedError("gone")])

    def send(task, **options):
        if task.startswith(broker.own) and (error := next(outcomes, None)):
            raise error
        broker.send(task, **options)
        broker.put((task, options))

    failed = threading.Event()

    def sleep(seconds):
        pauses.append(seconds)
        if seconds == doorbell.PAUSE_AFTER_FAILURE:
            failed.set()

    monkeypatch.setattr(doorbell.current_app, "send_task", send)
    monkeypatch.setattr(doorbell.time, "sleep", sleep)
    bell = Bell()
    bell.ring(broker.task("drain"), "intake")
    assert failed.wait(SOON)
    bell.ring(broker.task("drain"), "intake")
    assert broker.get(timeout=SOON)[0] == "drain"
    assert pauses.count(doorbell.PAUSE_AFTER_FAILURE) == 1


def test_a_forked_worker_has_a_bell_of_its_own(broker):
    bell = Bell()
    bell.ring(broker.task("parent"), "intake")
    assert broker.get(timeout=SOON)[0] == "parent"
    context = multiprocessing.get_context("fork")
    heard = context.SimpleQueue()

    def child():
        bell.ring(broker.task("child"), "intake")
        heard.put(broker.get(timeout=SOON)[0])

    process = context.Process(target=child)
    process.start()
    process.join(SOON)
    assert process.exitcode == 0
    assert heard.get() == "child"


class TestTheTransaction:
    @pytest.fixture
    def rung(self, settings, monkeypatch):
        settings.DOORBELL_ENABLED = True
        rung = []
        monkeypatch.setattr(doorbell._bell, "ring", lambda task, queue: rung.append(task))
        return rung

    @pytest.mark.django_db(transaction=True)
    def test_nobody_is_woken_before_the_commit(self, rung):
        with transaction.atomic():
            doorbell.ring("tasks.drain", "intake")
            assert rung == []
        assert rung == ["tasks.drain"]

    @pytest.mark.django_db(transaction=True)
    def test_nobody_is_woken_for_what_was_taken_back(self, rung):
        with transaction.atomic():
            doorbell.ring("tasks.drain", "intake")
            transaction.set_rollback(True)
        assert rung == []

    @pytest.mark.django_db(transaction=True)
    def test_nobody_is_woken_where_the_bell_is_off(self, rung, settings):
        settings.DOORBELL_ENABLED = False
        doorbell.ring("tasks.drain", "intake")
        assert rung == []

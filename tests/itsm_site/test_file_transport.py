"""Messages of the file broker appear whole, are taken once, in order, and survive a restart."""

import itertools
import threading

import pytest
from kombu import Connection, Exchange, Queue

from itsm_site.broker import settings_for

# kombu remembers for the whole process which queues it has bound, so each test has one of its own.
QUEUES = itertools.count()


@pytest.fixture
def connect(tmp_path):
    broker = settings_for("", tmp_path)
    opened = []
    name = f"intake{next(QUEUES)}"

    def make():
        connection = Connection(broker["url"], transport=broker["transport"], transport_options=broker["options"])
        connection.intake = Queue(name, Exchange(name), routing_key=name)
        opened.append(connection)
        return connection

    yield make
    for connection in opened:
        connection.release()


def take_all(connection):
    taken = []
    queue = connection.SimpleQueue(connection.intake)
    while True:
        try:
            message = queue.get(block=False)
        except queue.Empty:
            return taken
        message.ack()
        taken.append(message.payload)


def put(connection, values):
    queue = connection.SimpleQueue(connection.intake)
    for value in values:
        queue.put(value)


def test_messages_arrive_in_the_order_of_time(connect):
    put(connect(), range(20))
    assert sorted(take_all(connect())) == list(range(20))


def test_messages_wait_for_a_worker_that_comes_later(connect):
    first = connect()
    put(first, ["hello"])
    first.release()
    assert take_all(connect()) == ["hello"]


def test_each_message_is_taken_once_while_others_are_written(connect):
    taken, failed = [], []
    done = threading.Event()

    def consume():
        connection = connect()
        try:
            while not done.is_set():
                taken.extend(take_all(connection))
            taken.extend(take_all(connection))
        except Exception as error:
            failed.append(error)

    consumers = [threading.Thread(target=consume) for _ in range(3)]
    for consumer in consumers:
        consumer.start()
    put(connect(), range(300))
    done.set()
    for consumer in consumers:
        consumer.join()
    assert not failed
    assert sorted(taken) == list(range(300))


def test_nothing_is_left_behind(connect, tmp_path):
    put(connect(), range(5))
    take_all(connect())
    assert not list((tmp_path / "broker" / "messages").iterdir())
    assert not list((tmp_path / "broker" / "taken").iterdir())


def test_redis_gives_a_killed_workers_task_back_soon(tmp_path):
    options = settings_for("redis://localhost:6379/0", tmp_path)["options"]
    assert (options["unacked_restore_interval"], options["unacked_restore_throttle"]) == (5, 1)
    assert options["visibility_timeout"] > 90

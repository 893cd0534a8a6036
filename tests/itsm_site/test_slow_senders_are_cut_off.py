"""A client that sends too slowly is no longer listened to, and its thread is free again."""

import contextlib
import json
import socket
import time
from collections import deque

import pytest

from itsm_site.gunicorn_worker import BODY_WITHIN, HEADERS_WITHIN, ThreadWorker, Worker, problem_response


class Connection:
    """As much of gunicorn's as is used."""

    def __init__(self, ours, theirs):
        self.sock, self.theirs = ours, theirs


@pytest.fixture
def worker():
    bare = Worker.__new__(Worker)
    bare.receiving, bare.keepalived_conns = {}, deque()
    return bare


@pytest.fixture
def connection():
    ours, theirs = socket.socketpair()
    with contextlib.closing(ours), contextlib.closing(theirs):
        theirs.settimeout(1)
        yield Connection(ours, theirs)


def test_one_whose_time_is_up_is_not_read_from(worker, connection):
    worker.receiving[connection] = time.monotonic() - 1
    worker.murder_keepalived()
    assert connection.sock.recv(10) == b""
    assert not worker.receiving


def test_the_answer_still_reaches_it(worker, connection):
    worker.receiving[connection] = time.monotonic() - 1
    worker.murder_keepalived()
    connection.sock.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    assert connection.theirs.recv(100).startswith(b"HTTP/1.1 400")


def test_one_in_time_is_left_alone(worker, connection):
    worker.receiving[connection] = time.monotonic() + 5
    worker.murder_keepalived()
    connection.theirs.sendall(b"GET")
    assert connection.sock.recv(10) == b"GET"


def test_a_connection_that_is_gone_is_no_error(worker, connection):
    worker.receiving[connection] = time.monotonic() - 1
    connection.sock.close()
    worker.murder_keepalived()
    assert not worker.receiving


def test_what_is_no_request_is_answered_with_a_problem_document():
    head, _, body = problem_response(431).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 431 Request Header Fields Too Large\r\n")
    assert f"Content-Length: {len(body)}".encode() in head
    assert json.loads(body)["status"] == 431


def test_the_clock_starts_with_the_request_and_again_with_its_body(worker, connection, monkeypatch):
    seen = []

    def handle(self, conn):
        seen.append(self.receiving[conn] - time.monotonic())
        self.handle_request(None, conn)

    monkeypatch.setattr(ThreadWorker, "handle", handle)
    monkeypatch.setattr(
        ThreadWorker, "handle_request", lambda self, req, conn: seen.append(self.receiving[conn] - time.monotonic())
    )
    worker.handle(connection)
    assert HEADERS_WITHIN - 2 < seen[0] <= HEADERS_WITHIN
    assert BODY_WITHIN - 2 < seen[1] <= BODY_WITHIN
    assert not worker.receiving

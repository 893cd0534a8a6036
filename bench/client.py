"""A closed-loop HTTP client that costs little: prepared bytes over keep-alive sockets, one process, no parsing."""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Result:
    """What one run measured: answers by status, and the seconds that each took."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    bytes: int = 0

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.latencies) / self.seconds if self.seconds else 0.0

    def percentile(self, share: float) -> float:
        """Milliseconds within which this share of the answers came."""
        ordered = sorted(self.latencies) or [0.0]
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)] * 1000

    def add(self, other: Result) -> None:
        """Join another run of the same thing."""
        self.seconds += other.seconds
        self.latencies += other.latencies
        self.bytes += other.bytes
        for status, count in other.statuses.items():
            self.statuses[status] = self.statuses.get(status, 0) + count


@dataclass
class _Connection:
    socket: socket.socket
    sent_at: float = 0.0
    received: bytearray = field(default_factory=bytearray)
    wanted: int = -1


def request_bytes(method: str, path: str, port: int, body: bytes = b"", **headers: str) -> bytes:
    """One HTTP/1.1 request, ready to be sent."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: localhost:{port}", "Connection: keep-alive"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def drive(port: int, make: Callable[[int], bytes], *, connections: int = 8, seconds: float = 3.0) -> Result:
    """Keep every connection busy for a time; ``make`` gives the bytes of the n-th request."""
    result, number = Result(), 0
    selector = selectors.DefaultSelector()
    began = time.perf_counter()
    for _ in range(connections):
        connection = _Connection(_connect(port))
        selector.register(connection.socket, selectors.EVENT_READ, connection)
        _send(connection, make(number))
        number += 1
    while (now := time.perf_counter()) - began < seconds:
        for key, _ in selector.select(timeout=1.0):
            connection = key.data
            chunk = connection.socket.recv(1 << 18)
            if not chunk:
                selector.unregister(connection.socket)
                connection.socket = _connect(port)
                selector.register(connection.socket, selectors.EVENT_READ, connection)
                connection.received.clear()
                connection.wanted = -1
                _send(connection, make(number))
                number += 1
                continue
            connection.received += chunk
            if _complete(connection):
                now = time.perf_counter()
                result.latencies.append(now - connection.sent_at)
                status = int(connection.received[9:12])
                result.statuses[status] = result.statuses.get(status, 0) + 1
                result.bytes += len(connection.received)
                connection.received.clear()
                connection.wanted = -1
                _send(connection, make(number))
                number += 1
    result.seconds = time.perf_counter() - began
    for key in list(selector.get_map().values()):
        key.data.socket.close()
    selector.close()
    return result


def _connect(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=30)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def _send(connection: _Connection, data: bytes) -> None:
    connection.sent_at = time.perf_counter()
    connection.socket.sendall(data)


def _complete(connection: _Connection) -> bool:
    """Whether the whole answer is here, by its Content-Length or its last chunk."""
    data = connection.received
    if connection.wanted < 0:
        end = data.find(b"\r\n\r\n")
        if end < 0:
            return False
        head = bytes(data[:end]).lower()
        at = head.find(b"content-length:")
        if at >= 0:
            connection.wanted = end + 4 + int(head[at + 15 :].split(b"\r\n", 1)[0])
        elif b"transfer-encoding: chunked" in head:
            return data.endswith(b"0\r\n\r\n")
        else:
            connection.wanted = end + 4
    return len(data) >= connection.wanted

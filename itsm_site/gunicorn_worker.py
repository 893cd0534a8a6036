"""gunicorn's threaded worker with a limit on how slowly a client may send, and its messages in our log."""

import contextlib
import json
import logging
import socket
import time
from http import HTTPStatus
from typing import Any

from gunicorn.glogging import Logger as GunicornLogger
from gunicorn.http.errors import ParseException
from gunicorn.workers.gthread import ThreadWorker

# Seconds from the first byte to the end of the headers, and from there to the end of the body.
HEADERS_WITHIN = 5
BODY_WITHIN = 30
# What is answered where no request could be read, by the name of gunicorn's error; 400 for those not listed.
_STATUSES = {
    "LimitRequestLine": 414,
    "LimitRequestHeaders": 431,
    "ExpectationFailed": 417,
    "UnsupportedTransferCoding": 501,
}


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """Stops listening to a client that is still sending when its time is up, which frees the thread."""

    def init_process(self) -> None:
        """Called in the new process."""
        self.receiving: dict[Any, float] = {}
        super().init_process()

    def handle(self, conn: Any) -> Any:
        """One request on one connection, in a thread: the headers' time begins."""
        self.receiving[conn] = time.monotonic() + HEADERS_WITHIN
        try:
            return super().handle(conn)
        finally:
            self.receiving.pop(conn, None)

    def handle_request(self, req: Any, conn: Any) -> Any:
        """The headers are here: the body's time begins. Answering may take longer than that."""
        self.receiving[conn] = time.monotonic() + BODY_WITHIN
        return super().handle_request(req, conn)

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: BaseException) -> None:
        """No request could be read, or the application failed to answer one; gunicorn would send an HTML page."""
        if isinstance(exc, ParseException):
            status = _STATUSES.get(type(exc).__name__, 400)
            self.log.warning("Refused what is no request: %s", type(exc).__name__)
        else:
            status = 500
            self.log.error("Error handling request", exc_info=exc)
        with contextlib.suppress(OSError):
            client.sendall(problem_response(status))

    def murder_keepalived(self, force: bool = False) -> None:
        """Called by the main loop about once a second."""
        super().murder_keepalived(force)
        now = time.monotonic()
        for conn, deadline in list(self.receiving.items()):
            if now > deadline:
                self.receiving.pop(conn, None)
                # The read side only: an answer that is being written still arrives.
                with contextlib.suppress(OSError):
                    conn.sock.shutdown(socket.SHUT_RD)


def problem_response(status: int) -> bytes:
    """A whole HTTP response with a problem document."""
    title = HTTPStatus(status).phrase
    code = "malformed_request" if status < 500 else "internal"
    document = {
        "type": f"urn:opsledger:problem:{code}",
        "title": title,
        "status": status,
        "code": code,
        "detail": f"{title}.",
    }
    body = json.dumps(document).encode()
    head = (
        f"HTTP/1.1 {status} {title}\r\nConnection: close\r\nContent-Type: application/problem+json\r\n"
        f"X-Content-Type-Options: nosniff\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Logger(GunicornLogger):  # type: ignore[misc]  # gunicorn has no types
    """Hands gunicorn's own messages to the root logger, which writes all lines of the process alike."""

    def setup(self, cfg: Any) -> None:
        """Called once, in place of gunicorn's handlers and formats."""
        for logger in (self.error_log, self.access_log):
            logger.handlers.clear()
            logger.propagate = True
            logger.setLevel(logging.NOTSET)

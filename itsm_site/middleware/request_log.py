"""One id and one log line for every request."""

import re
import time
import uuid

import structlog
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from itsm_site.middleware.types import GetResponse
from timeline.context import use_request_id

_ACCEPTABLE = re.compile(r"\A[A-Za-z0-9-]{1,64}\Z")
# Probes and files would drown the rest: they are logged where someone asks for that detail.
_QUIET_PATHS = ("/static/", "/api/v1/health", "/metrics", "/livez", "/readyz")

log = structlog.get_logger("itsm_site.request")


class RequestLog:
    """Accept or make the request id, return it, bind it to all log events and ledger events, log the outcome."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request_id = accepted(request.headers.get("X-Request-ID", ""))
        request.request_id = request_id  # type: ignore[attr-defined]
        started = time.perf_counter()
        # The pool's threads are reused: what an earlier request bound must not show on this one.
        structlog.contextvars.clear_contextvars()
        with use_request_id(request_id), structlog.contextvars.bound_contextvars(request_id=request_id):
            response = self.get_response(request)
            self._write(request, response, time.perf_counter() - started)
        response["X-Request-ID"] = request_id
        return response

    def _write(self, request: HttpRequest, response: HttpResponseBase, seconds: float) -> None:
        status = response.status_code
        if status >= 500:
            write = log.error
        elif request.path.startswith(_QUIET_PATHS):
            write = log.debug
        else:
            write = log.info
        actor = getattr(request, "actor", None)
        write(
            "request",
            method=(request.method or "")[:16],
            path=_shown(request)[:500],  # never the query: addresses get keys pasted into them
            status=status,
            ms=round(seconds * 1000, 1),
            client=request.META.get("REMOTE_ADDR", ""),
            actor=f"{actor.kind}:{actor.ref}" if actor is not None else None,
        )


def _shown(request: HttpRequest) -> str:
    """The path without a key that a route takes in it: some alert sources can be given nothing but an address."""
    match = request.resolver_match
    token = match.kwargs.get("token") if match is not None else None
    return request.path.replace(str(token), "…") if token else request.path


def accepted(offered: str) -> str:
    """The caller's own id where it is harmless, else a new one."""
    return offered if _ACCEPTABLE.match(offered) else str(uuid.uuid4())

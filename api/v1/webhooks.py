"""The alert intakes: plain views that keep a stranger's body and answer 202, as fast as the database commits.

They speak other vendors' formats, so none of the API's strictness holds here: any content type, no required header,
unknown members welcome. A 4xx is given for credentials, size and a reused delivery id, and for the contents only where
the source has a synchronous contract (PagerDuty, generic). Overload and a database that is away answer 503.
"""

from __future__ import annotations

import base64
import binascii
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from api.base.problems import problem
from api.base.replies import Reply
from integrations.intake.inbox import Receipt, accept
from integrations.intake.reading import clean
from integrations.intake.source import Given, Source
from integrations.intake.sources import SOURCES, pagerduty
from orgs.actor import Actor
from orgs.authentication import BadCredentials, actor_for_token
from orgs.errors import DomainError, FieldError, Invalid

CHALLENGE = 'Bearer realm="opsledger", Basic realm="opsledger"'
RETRY_SECONDS = 5
LARGEST_IN_FLIGHT = 64 * 1024 * 1024
"""Bytes of bodies that one process holds at a time; who comes then is asked to come back."""
KEPT_HEADERS = ("Content-Type", "User-Agent", "Idempotency-Key", "Webhook-Id")
LONGEST_HEADER = 500

logger = logging.getLogger("api.webhooks")


class Refused(Exception):
    """The request is not accepted, and what to say."""

    def __init__(self, status: int, code: str, detail: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail, self.headers = status, code, detail, headers or {}


class InFlight:
    """The bytes of bodies that this process is holding; bounded, so that a storm cannot eat its memory."""

    def __init__(self, largest: int) -> None:
        self.largest, self.held = largest, 0
        self._lock = threading.Lock()

    @contextmanager
    def hold(self, size: int) -> Iterator[None]:
        """Count a body until the block ends. Raises ``Refused`` where it does not fit beside the others."""
        with self._lock:
            if self.held and self.held + size > self.largest:
                raise _overloaded()
            self.held += size
        try:
            yield
        finally:
            with self._lock:
                self.held -= size


in_flight = InFlight(LARGEST_IN_FLIGHT)


@csrf_exempt
def alerts(request: HttpRequest, source: str, token: str = "") -> HttpResponse:
    """POST: keep the body of one source. ``token`` is for senders that can be given nothing but an address."""
    return _answer(request, source, token, {})


@csrf_exempt
def pagerduty_events(request: HttpRequest, token: str = "") -> HttpResponse:
    """PagerDuty's own path of events, below the intake: most tools let only the host be changed."""
    return _answer(request, pagerduty.SOURCE.name, token, {"kind": pagerduty.EVENT})


@csrf_exempt
def pagerduty_changes(request: HttpRequest, token: str = "") -> HttpResponse:
    """PagerDuty's own path of change events: kept as evidence, never an incident."""
    return _answer(request, pagerduty.SOURCE.name, token, {"kind": pagerduty.CHANGE})


def _answer(request: HttpRequest, name: str, token: str, given: Given) -> HttpResponse:
    source = SOURCES.get(name)
    if source is None:
        return problem(404, "not_found", "There is no such source of alerts.")
    if request.method != "POST":
        return problem(405, "method_not_allowed", "Send alerts by POST.", headers={"Allow": "POST"})
    speaks_pagerduty = source is pagerduty.SOURCE
    try:
        receipt = _take(request, source, token, given)
    except Refused as refused:
        refusal = refused
    except Invalid as error:
        return _not_an_event(error) if speaks_pagerduty else _invalid(error.fields)
    except DomainError as error:
        refusal = Refused(error.status, error.code, error.detail)
    except (DatabaseError, MemoryError) as error:
        # Whatever it was, the sender shall keep the alert and try again: nothing here is worth losing one.
        logger.warning("intake store unavailable", exc_info=error)
        refusal = _overloaded()
    else:
        return _event_accepted(receipt) if speaks_pagerduty else _accepted(receipt)
    return _event_refused(refusal) if speaks_pagerduty else _refused(refusal)


def _take(request: HttpRequest, source: Source, token: str, given: Given) -> Receipt:
    """Who sends, how much, what; then keep it."""
    declared = _declared(request)
    if declared > source.largest:
        raise _too_large(source)
    with in_flight.hold(max(declared, 1)):
        presented = _presented(request) or token
        actor = _actor_of(presented) if presented else None
        if actor is None and source is not pagerduty.SOURCE:
            raise _no_credentials(request)
        raw = _read(request, source, declared)
        if actor is None:
            actor = _actor_of_event(request, raw)
        event_id = request.headers.get("Idempotency-Key") or request.headers.get("Webhook-Id") or ""
        if source.check is not None:
            checked = source.check(raw, given)
            given, event_id = checked.given, event_id or checked.event_id
        return accept(
            actor=actor, source=source.name, raw=raw, headers=_kept(request), given=given, event_id=clean(event_id)
        )


# --- the body -------------------------------------------------------------------------------------


def _declared(request: HttpRequest) -> int:
    """Content-Length; 0 where there is none that is a number."""
    text = request.META.get("CONTENT_LENGTH") or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _read(request: HttpRequest, source: Source, declared: int) -> bytes:
    """The body, at most one byte more than may be; ``HttpRequest.body`` has a limit that is not the intake's."""
    try:
        raw: bytes = request.read(source.largest + 1)
    except OSError:
        raise _broken_off() from None
    if len(raw) > source.largest:
        raise _too_large(source)
    if len(raw) < declared:
        raise _broken_off()
    return raw


def _kept(request: HttpRequest) -> dict[str, str]:
    """The headers that say something about the body; never a credential."""
    found = {name: request.headers.get(name) for name in KEPT_HEADERS}
    return {name: clean(text[:LONGEST_HEADER]) for name, text in found.items() if text}


# --- who sends ------------------------------------------------------------------------------------


def _presented(request: HttpRequest) -> str:
    """The token of the ``Authorization`` header, as a Bearer or as a Basic password. The header decides alone."""
    header = request.META.get("HTTP_AUTHORIZATION", "")
    if not header:
        return ""
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "bearer" and value.strip(" "):
        return str(value.strip(" "))
    if scheme.lower() == "basic":
        try:
            pair = base64.b64decode(value.strip(" "), validate=True).decode()
        except (binascii.Error, ValueError):
            pair = ""
        if password := pair.partition(":")[2]:
            return password
    raise _bad_credentials("Send the key as a Bearer token or as the password of Basic.")


def _actor_of(token: str) -> Actor:
    try:
        return actor_for_token(token)
    except BadCredentials:
        raise _bad_credentials("This key is unknown, revoked or expired.") from None


def _actor_of_event(request: HttpRequest, raw: bytes) -> Actor:
    """PagerDuty's clients present their key in the body and nowhere else."""
    key = pagerduty.routing_key(raw)
    if not key:
        raise _no_credentials(request)
    try:
        return actor_for_token(key)
    except BadCredentials:
        raise _bad_credentials("'routing_key' is invalid (it is unknown, revoked or expired)") from None


def _no_credentials(request: HttpRequest) -> Refused:
    if request.META.get("QUERY_STRING"):
        return _bad_credentials("A key in the query string is not accepted, because queries end up in logs.")
    return _bad_credentials("Send an API key: Bearer, Basic password, or in the path.")


def _bad_credentials(detail: str) -> Refused:
    return Refused(401, "not_authenticated", detail, {"WWW-Authenticate": CHALLENGE})


# --- answers --------------------------------------------------------------------------------------


def _too_large(source: Source) -> Refused:
    return Refused(413, "too_large", f"A body may have {source.largest} bytes here.")


def _broken_off() -> Refused:
    return Refused(400, "broken_off", "The body ended before its Content-Length.")


def _overloaded() -> Refused:
    detail = "The intake cannot keep this right now; nothing was stored. Send it again."
    return Refused(503, "unavailable", detail, {"Retry-After": str(RETRY_SECONDS)})


def _accepted(receipt: Receipt) -> HttpResponse:
    status = "known already" if receipt.is_repeat else "accepted"
    return Reply({"id": str(receipt.item_id), "status": status}, 202)


def _refused(refusal: Refused) -> HttpResponse:
    return problem(refusal.status, refusal.code, refusal.detail, headers=refusal.headers)


def _invalid(errors: list[FieldError]) -> HttpResponse:
    return problem(400, "invalid", "The body is not what this intake takes; nothing was stored.", errors=errors)


def _event_accepted(receipt: Receipt) -> HttpResponse:
    """As PagerDuty says it; its clients read the key."""
    if receipt.given.get("kind") == pagerduty.CHANGE:
        return Reply({"status": "success", "message": "Change event processed"}, 202)
    key = receipt.given.get("dedup_key", "")
    return Reply({"status": "success", "message": "Event processed", "dedup_key": key}, 202)


def _not_an_event(error: Invalid) -> HttpResponse:
    return _event_problem(400, [field.message for field in error.fields], {})


def _event_refused(refusal: Refused) -> HttpResponse:
    return _event_problem(refusal.status, [refusal.detail], refusal.headers)


def _event_problem(status: int, errors: list[str], headers: dict[str, str]) -> HttpResponse:
    body = {"status": "invalid event", "message": "Event object is invalid", "errors": errors}
    if status == 503:
        body = {"status": "unavailable", "message": errors[0], "errors": errors}
    return Reply(body, status, headers=headers)


_ALERTS = "api/v1/webhooks/alerts"

urlpatterns = [
    path(f"{_ALERTS}/pagerduty/v2/enqueue", pagerduty_events, name="pagerduty-events"),
    path(f"{_ALERTS}/pagerduty/v2/change/enqueue", pagerduty_changes, name="pagerduty-changes"),
    path(f"{_ALERTS}/pagerduty/<str:token>/v2/enqueue", pagerduty_events, name="pagerduty-events-token"),
    path(f"{_ALERTS}/pagerduty/<str:token>/v2/change/enqueue", pagerduty_changes, name="pagerduty-changes-token"),
    path(f"{_ALERTS}/<str:source>", alerts, name="webhook-alerts"),
    path(f"{_ALERTS}/<str:source>/<str:token>", alerts, name="webhook-alerts-token"),
]

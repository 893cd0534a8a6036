"""`Idempotency-Key`: a repeated call answers what the first one answered, and has no second effect."""

from __future__ import annotations

import hashlib
import json
import random
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Lock
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.http import HttpResponse

from api.base.problems import InProgress, KeyReused
from api.models import IdempotencyKey
from orgs.actor import Actor
from orgs.clock import now
from orgs.errors import Busy, DomainError, Invalid

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replay"
KEPT = timedelta(hours=24)
KEPT_HEADERS = ("Content-Type", "ETag", "Location", "Link")
ATTEMPTS = 3
RETRYABLE = frozenset({"40001", "40P01", "55P03"})
PURGE_BATCH = 5_000

_KEY = re.compile(r"[\x21-\x7e]([\x20-\x7e]{0,253}[\x21-\x7e])?\Z")

_running: set[str] = set()
_running_lock = Lock()


def checked_key(header: str | None) -> str | None:
    """The key that a request carries, if any. Raises Invalid."""
    if header is None:
        return None
    if not _KEY.match(header):
        raise Invalid.one(HEADER, "invalid", "Send 1 to 255 printable ASCII characters.")
    return header


def once(
    *,
    actor: Actor,
    method: str,
    path: str,
    key: str,
    body: Any,
    run: Callable[[], HttpResponse],
    refuse: Callable[[DomainError], HttpResponse],
) -> HttpResponse:
    """Run the call unless it ran before; then answer as it did.

    `run` makes the effect, `refuse` turns its refusal into an answer. Effect and answer are committed together. A
    refusal by the rules is remembered too; bad input, 429 and 5xx are not, so that the same key can be used again.
    Raises KeyReused, InProgress, Busy.
    """
    slot = hashlib.sha256("\0".join((actor.kind, actor.ref, method, path, key)).encode()).hexdigest()
    digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    record = IdempotencyKey(
        org_id=actor.org_id, slot=slot, key=key, method=method, path=path, body_sha256=digest, created_at=now()
    )
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with _alone(f"{actor.org_id}:{slot}"):
                return _replayed(record) or _first(record, run, refuse)
        except DatabaseError as error:
            if getattr(error.__cause__, "sqlstate", "") not in RETRYABLE:
                raise
            time.sleep(random.uniform(0.001, 0.01) * attempt)  # noqa: S311 - spreads retries, hides nothing
    raise Busy


@contextmanager
def _alone(name: str) -> Iterator[None]:
    """One transaction, the only one at work under this name; raise InProgress otherwise, without waiting.

    PostgreSQL tells calls apart across processes. SQLite lets one transaction write at a time, in the one process that
    serves it: there the threads are told apart before they queue for it.
    """
    if connection.vendor == "postgresql":
        with transaction.atomic():
            _lock_until_commit(name)
            yield
        return
    with _running_lock:
        if name in _running:
            raise InProgress
        _running.add(name)
    try:
        with transaction.atomic():
            yield
    finally:
        with _running_lock:
            _running.discard(name)


def _lock_until_commit(name: str) -> None:
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
        held = cursor.fetchone()
    if not held or not held[0]:
        raise InProgress


def _replayed(call: IdempotencyKey) -> HttpResponse | None:
    former: IdempotencyKey | None = IdempotencyKey.objects.filter(slot=call.slot).first()
    if former is None:
        return None
    if former.created_at <= now() - KEPT:
        former.delete()
        return None
    if former.body_sha256 != call.body_sha256:
        raise KeyReused("This Idempotency-Key was used before with another body.")
    answer = HttpResponse(bytes(former.body), status=former.status, headers=former.headers)
    answer.headers[REPLAYED] = "true"
    return answer


def _first(
    call: IdempotencyKey, run: Callable[[], HttpResponse], refuse: Callable[[DomainError], HttpResponse]
) -> HttpResponse:
    try:
        with transaction.atomic():
            answer = run()
    except DomainError as error:
        if isinstance(error, Invalid) or error.status >= 500 or error.status == 429:
            raise
        answer = refuse(error)
    call.status = answer.status_code
    call.headers = {name: answer.headers[name] for name in KEPT_HEADERS if name in answer.headers}
    call.body = answer.content
    call.save(force_insert=True)
    return answer


def purge() -> int:
    """Delete the answers that are past their time, in batches; returns how many there were."""
    gone: int = 0
    while True:
        stale = IdempotencyKey.all_orgs_unsafe.filter(created_at__lte=now() - KEPT).values("pk")[:PURGE_BATCH]
        count: int
        count, _ = IdempotencyKey.all_orgs_unsafe.filter(pk__in=list(stale.values_list("pk", flat=True))).delete()
        gone += count
        if count < PURGE_BATCH:
            return gone

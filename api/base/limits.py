"""How many calls one caller may make: a token bucket in the database, drawn from in batches by each process."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from threading import Lock

from django.conf import settings
from django.db.models import F, FloatField, Value
from django.db.models.functions import Greatest
from rest_framework import exceptions

from api.models import RateBucket

BURST_SECONDS = 3.0
BATCH_SECONDS = 0.3
PAUSE_SECONDS = 0.1
BATCH_LIFE_SECONDS = 30.0
MOST_HELD = 10_000


@dataclass(slots=True)
class _Batch:
    """Calls that this process has drawn for one caller and not yet used; none left of an empty bucket."""

    left: int
    until: float
    """When the batch lapses."""
    refused: bool = False
    """The bucket was empty; until the batch lapses it is not asked again."""


_held: dict[str, _Batch] = {}
_lock = Lock()


def take(caller: str) -> None:
    """Count one call of `caller`; raise Throttled with the seconds to wait where there were too many.

    The bucket holds three seconds' worth of calls, so that over a minute five in a hundred more than the limit may
    pass and never further ones, however many processes answer.
    """
    per_minute = settings.ITSM_API_RATE_LIMIT
    if per_minute <= 0:
        return
    moment = time.monotonic()
    with _lock:
        batch = _held.get(caller)
        if batch is not None and batch.until > moment:
            if batch.refused:
                raise exceptions.Throttled(math.ceil(batch.until - moment))
            if batch.left:
                batch.left -= 1
                return
        if len(_held) > MOST_HELD:
            _held.clear()
    drawn = _draw(caller, per_second=per_minute / 60)
    with _lock:
        life = BATCH_LIFE_SECONDS if drawn else max(PAUSE_SECONDS, 60 / per_minute)
        _held[caller] = _Batch(left=max(0, drawn - 1), until=moment + life, refused=not drawn)
    if not drawn:
        raise exceptions.Throttled(math.ceil(max(1.0, 60 / per_minute)))


def _draw(caller: str, *, per_second: float) -> int:
    """Draw the largest batch that the bucket still holds; 0 where it is empty."""
    size = max(1, int(per_second * BATCH_SECONDS))
    while True:
        if _drawn(caller, calls=size, per_second=per_second):
            return size
        if size == 1:
            return 0
        size = max(1, size // 8)


def _drawn(caller: str, *, calls: int, per_second: float) -> bool:
    """Move the time at which the bucket is full again, unless that would lie further ahead than it holds."""
    # Every process of one installation reads a synchronised clock; a skew only shifts the bucket by as much.
    moment = time.time()
    burst = max(BURST_SECONDS, 1 / per_second)
    full_again = Greatest(F("full_at"), Value(moment, FloatField())) + Value(calls / per_second, FloatField())
    rows = RateBucket.objects.filter(caller=caller, full_at__lte=moment + burst - calls / per_second)
    if rows.update(full_at=full_again):
        return True
    _, created = RateBucket.objects.get_or_create(caller=caller, defaults={"full_at": moment + calls / per_second})
    return created


def forget() -> None:
    """Drop what this process has drawn."""
    with _lock:
        _held.clear()

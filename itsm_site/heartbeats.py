"""Signs of life: each part writes one after useful work, so that one that is stuck shows as silent."""

import socket
import time
from datetime import timedelta

from django.db.models import F, Max
from django.db.models.functions import Now

from orgs.clock import now
from orgs.models import Heartbeat

BEAT = "beat"
WORKER = "worker"
WATCHDOG = "watchdog"
# A part that works every second need not say so every second.
_STEP = 5.0
_KEPT = timedelta(days=1)

_last: dict[str, tuple[float, int]] = {}


def component(queue: str) -> str:
    """The name under which the workers of a queue are known."""
    return f"{WORKER}.{queue}"


def alive(part: str, progress: int = 1) -> None:
    """Note that `part` has done `progress` units of useful work on this machine; written every few seconds at most."""
    written, pending = _last.get(part, (0.0, 0))
    pending += progress
    if time.monotonic() - written < _STEP:
        _last[part] = (written, pending)
        return
    _last[part] = (time.monotonic(), 0)
    instance = socket.gethostname()[:120]
    # The database's clock, which all parts share.
    seen = Heartbeat.objects.filter(component=part, instance=instance)
    if not seen.update(last_ok=Now(), progress=F("progress") + pending):
        Heartbeat.objects.bulk_create(
            [Heartbeat(component=part, instance=instance, last_ok=now(), progress=pending)], ignore_conflicts=True
        )


def silent_for(part: str) -> float | None:
    """Seconds since any instance of `part` last wrote; None where none ever did."""
    last = Heartbeat.objects.filter(component=part).aggregate(last=Max("last_ok"))["last"]
    return None if last is None else (now() - last).total_seconds()


def forget_old() -> None:
    """Drop instances that have been gone for a day, such as containers that were replaced."""
    Heartbeat.objects.filter(last_ok__lt=now() - _KEPT).delete()

"""Whether the parts of an installation do their work, judged by what they leave in the database and never by asking them."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import Max, Min

from incidents.models import Deadline, Incident
from integrations.models import InboxItem
from orgs.clock import now
from orgs.models import Checkpoint, Heartbeat, Organisation
from orgs.tenancy import org_scope

OK, DEGRADED, FAILING = "ok", "degraded", "failing"
SILENT_SECONDS = 75.0
"""A part that wrote no sign of life for so long is dead or stuck; a minute and a half after its end it must be known."""
WAITING_SECONDS = 60.0
LATE_SECONDS = 120.0
UNSEALED_SECONDS = 300.0
LEAST_FREE_SHARE = 0.10
LEAST_FREE_BYTES = 5 * 1024**3
REMEMBERED_SECONDS = 2.0
PARTS = {"beat": "beat", "worker_intake": "worker.intake", "worker_timers": "worker.timers"}
"""Component to the name under which it writes signs of life."""


@dataclass(frozen=True)
class Finding:
    """What was seen of one component; `seconds` is the age or the wait that was judged, where there is one."""

    component: str
    state: str
    detail: str
    seconds: float | None = None


def database() -> Finding:
    """Whether the database answers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return Finding("database", FAILING, "does not answer")
    return Finding("database", OK, "answers")


def broker() -> Finding:
    """Whether the broker takes messages. Without it everything is done by sweeps, only later."""
    if not settings.REDIS_URL:
        folder = Path(settings.CELERY_BROKER_TRANSPORT_OPTIONS["data_folder_in"])
        if os.access(folder, os.W_OK):
            return Finding("broker", OK, "the folder of messages can be written")
        return Finding("broker", DEGRADED, "the folder of messages cannot be written")
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=1) as client:
            client.ping()
    except redis.RedisError:
        return Finding("broker", DEGRADED, "does not answer; work is found by sweeps")
    return Finding("broker", OK, "answers")


def part(component: str) -> Finding:
    """Whether a worker or beat did something lately."""
    seen = Heartbeat.objects.filter(component=PARTS[component]).aggregate(last=Max("last_ok"))["last"]
    if seen is None:
        return Finding(component, FAILING, "was never seen at work")
    silent = _since(seen)
    if silent > SILENT_SECONDS:
        return Finding(component, FAILING, f"silent for {silent:.0f} s", silent)
    return Finding(component, OK, "at work", silent)


def intake() -> Finding:
    """How long the body that is due first has been waiting, and whether any were given up."""
    pending = InboxItem.all_orgs_unsafe.filter(state=InboxItem.State.PENDING)
    waiting = _since(pending.aggregate(first=Min("next_at"))["first"])
    if waiting > WAITING_SECONDS:
        return Finding("intake", FAILING, f"a body waits for {waiting:.0f} s", waiting)
    if InboxItem.all_orgs_unsafe.filter(state=InboxItem.State.DEAD).exists():
        return Finding("intake", DEGRADED, "bodies were given up and wait for a person", waiting)
    return Finding("intake", OK, "nothing waits long", waiting)


def deadlines() -> Finding:
    """How late the deadline is that is due first, and whether any were given up."""
    late = _since(Deadline.all_orgs_unsafe.filter(dead=False).aggregate(first=Min("due_at"))["first"])
    if late > LATE_SECONDS:
        return Finding("deadlines", FAILING, f"a deadline is {late:.0f} s late", late)
    if Deadline.all_orgs_unsafe.filter(dead=True).exists():
        return Finding("deadlines", DEGRADED, "deadlines were given up and wait for a person", late)
    return Finding("deadlines", OK, "none is late", late)


def seal() -> Finding:
    """How long the oldest change that no checkpoint covers has been waiting for one."""
    oldest = max((_unsealed(org) for org in Organisation.objects.all()), default=0.0)
    if oldest > UNSEALED_SECONDS:
        return Finding("seal", FAILING, f"a change waits for its checkpoint for {oldest:.0f} s", oldest)
    return Finding("seal", OK, "changes are sealed", oldest)


def _unsealed(org: Organisation) -> float:
    with org_scope(org):
        last = Checkpoint.objects.order_by("-number").values_list("sealed_at", flat=True).first()
        rows = Incident.objects.order_by("updated_at", "id").values_list("updated_at", flat=True)
        return _since((rows.filter(updated_at__gt=last) if last else rows).first())


def disk() -> Finding:
    """Whether there is room where the installation writes."""
    usage = shutil.disk_usage(settings.ITSM_DATA_DIR)
    share = usage.free / usage.total
    if share < LEAST_FREE_SHARE and usage.free < LEAST_FREE_BYTES:
        return Finding("disk", FAILING, f"{share:.0%} is free")
    return Finding("disk", OK, f"{share:.0%} is free")


def _since(moment: datetime | None) -> float:
    return 0.0 if moment is None else max(0.0, (now() - moment).total_seconds())


_Check = Callable[[], Finding]


def _checks() -> Iterator[tuple[str, _Check]]:
    yield "broker", broker
    yield from ((name, lambda name=name: part(name)) for name in PARTS)
    yield from (("intake", intake), ("deadlines", deadlines), ("seal", seal), ("disk", disk))


_remembered: tuple[float, list[Finding]] = (0.0, [])


def findings() -> list[Finding]:
    """Every component, the database first; without it the rest is unknown. Remembered for two seconds."""
    global _remembered  # noqa: PLW0603 - one small memory for the process
    until, held = _remembered
    if until > time.monotonic():
        return held
    found = [database()]
    for name, check in _checks():
        if found[0].state != OK and name not in ("broker", "disk"):
            found.append(Finding(name, FAILING, "unknown without the database"))
            continue
        try:
            found.append(check())
        except (DatabaseError, OSError):
            found.append(Finding(name, FAILING, "could not be looked at"))
    _remembered = (time.monotonic() + REMEMBERED_SECONDS, found)
    return found


def verdict(found: list[Finding]) -> str:
    """The worst of the components' states."""
    states = {finding.state for finding in found}
    return next((state for state in (FAILING, DEGRADED) if state in states), OK)


def forget() -> None:
    """Look anew next time."""
    global _remembered  # noqa: PLW0603 - see above
    _remembered = (0.0, [])

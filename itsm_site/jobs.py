"""What each periodic job does, callable by a Celery task and by the watchdog alike; nothing here knows a broker."""

import time
from collections.abc import Callable
from datetime import timedelta

from django.core.management import call_command

from api.base import idempotency
from api.models import RateBucket
from incidents import deadlines, durations
from integrations.intake import calm, drain, retention
from itsm_site import heartbeats, periodic
from itsm_site.schedule import Job
from orgs.clock import now
from orgs.models import SignInAttempt
from problems import recurrence
from timeline import checkpoints

# Counters of attempts and of calls mean nothing after so long without one.
_COUNTERS_KEPT = timedelta(days=1)


def run(job: Job) -> int:
    """Do one run; returns how much was done, for the heartbeat's progress."""
    return _FUNCTIONS[job.name]()


def clean_up() -> int:
    """Remove what has outlived its use; the ledger is not part of that."""
    removed = idempotency.purge() + retention.forget_old()
    removed += SignInAttempt.objects.filter(window_started_at__lt=now() - _COUNTERS_KEPT).delete()[0]
    removed += RateBucket.objects.filter(full_at__lt=time.time() - _COUNTERS_KEPT.total_seconds()).delete()[0]
    periodic.forget_old()
    heartbeats.forget_old()
    call_command("clearsessions")
    return removed


_FUNCTIONS: dict[str, Callable[[], int]] = {
    "drain-intake": drain.drain,
    "fire-deadlines": deadlines.fire_due,
    "settle-quiet": calm.settle_quiet,
    "roll-up-durations": durations.roll_up,
    "find-recurring": recurrence.find_recurring,
    "seal-checkpoints": checkpoints.seal_due,
    "clean-up": clean_up,
}

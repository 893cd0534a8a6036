"""Running a periodic job once per slot of time, whether nobody, one or two schedulers ask for it."""

from datetime import timedelta

from django.db import IntegrityError, transaction

from itsm_site.schedule import Job
from orgs.clock import now
from orgs.models import PeriodicRun

_KEPT = timedelta(hours=2)


def claim(job: Job) -> bool:
    """Take the present slot of a job; False where another scheduler's run has it already."""
    slot = int(now().timestamp()) // job.every
    try:
        with transaction.atomic():
            PeriodicRun(job=job.name, slot=slot).save(force_insert=True)
    except IntegrityError:
        return False
    return True


def forget_old() -> None:
    """Drop claims that are long past; an hourly job keeps its last ones."""
    PeriodicRun.objects.filter(started_at__lt=now() - _KEPT).delete()

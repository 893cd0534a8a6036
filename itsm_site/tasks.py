"""The Celery tasks: each a thin wrapper, called by the doorbell or by beat, around a function that needs no Celery."""

import structlog
from celery import shared_task

from itsm_site import heartbeats, jobs
from itsm_site.periodic import claim
from itsm_site.schedule import JOBS, Job

log = structlog.get_logger(__name__)


@shared_task(name="itsm_site.tasks.run_job")
def run_job(name: str) -> None:
    """One run of a periodic job, asked for by beat; nothing where another beat's run has the slot."""
    job = JOBS[name]
    if claim(job):
        _run(job)


@shared_task(name="itsm_site.tasks.drain_intake")
def drain_intake() -> None:
    """The doorbell of the intake."""
    _run(JOBS["drain-intake"])


@shared_task(name="itsm_site.tasks.fire_deadlines")
def fire_deadlines() -> None:
    """The doorbell of the deadlines."""
    _run(JOBS["fire-deadlines"])


def _run(job: Job) -> None:
    done = jobs.run(job)
    heartbeats.alive(heartbeats.component(job.queue), done)

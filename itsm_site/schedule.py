"""Which periodic jobs there are and how often each runs: the one table that beat and the watchdog read."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Job:
    """One job of `itsm_site.jobs`: the queue that carries it, and the seconds from one run to the next."""

    name: str
    queue: str
    every: int


JOBS = {
    job.name: job
    for job in (
        Job("drain-intake", "intake", 1),
        Job("fire-deadlines", "timers", 1),
        Job("settle-quiet", "timers", 5),
        Job("roll-up-durations", "timers", 30),
        Job("find-recurring", "timers", 30),
        Job("seal-checkpoints", "timers", 60),
        Job("clean-up", "timers", 3600),
    )
}


def beat_schedule() -> dict[str, dict[str, Any]]:
    """Celery's form of the table. A run that nobody took before its next ones are due expires."""
    return {
        job.name: {
            "task": "itsm_site.tasks.run_job",
            "args": (job.name,),
            "schedule": float(job.every),
            "options": {"queue": job.queue, "expires": max(2 * job.every, 10)},
        }
        for job in JOBS.values()
    }

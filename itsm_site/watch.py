"""The watchdog's eyes and hands: finds what is wrong, and does the work of silent workers, without a broker."""

import urllib.error
import urllib.request
from collections.abc import Iterator

import structlog
from django.conf import settings
from django.db import Error as StoreError

from api import health
from incidents import sla
from incidents.models import Deadline, Incident
from incidents.states import LIVE, Severity
from itsm_site import heartbeats, jobs
from itsm_site.periodic import claim
from itsm_site.schedule import JOBS

log = structlog.get_logger(__name__)

# Workers write a sign of life every five seconds while beat asks them to.
SILENT_AFTER = 12.0
_PING_TIMEOUT = 5


def watch_once() -> list[str]:
    """One round: do what silent workers left, audit, ping the dead-man URL if all is well. Returns what is wrong."""
    try:
        for queue in silent_queues():
            work_inline(queue)
        health.forget()
        wrong = list(audit())
        heartbeats.alive(heartbeats.WATCHDOG)
    except StoreError as error:
        wrong = [f"database: {type(error).__name__}"]
    for sentence in wrong:
        log.error("watchdog.found", finding=sentence)
    if not wrong:
        ping()
    return wrong


def silent_queues() -> list[str]:
    """The queues whose workers gave no sign of life lately."""
    queues = sorted({job.queue for job in JOBS.values()})
    silences = {queue: heartbeats.silent_for(heartbeats.component(queue)) for queue in queues}
    return [queue for queue, silence in silences.items() if silence is None or silence > SILENT_AFTER]


def work_inline(queue: str) -> int:
    """Run here the jobs of a queue that are due; a worker that wakes up meanwhile finds their slots taken."""
    done = 0
    for job in JOBS.values():
        if job.queue == queue and claim(job):
            done += jobs.run(job)
    if done:
        log.warning("watchdog.worked", queue=queue, done=done)
    return done


def audit() -> Iterator[str]:
    """Everything that is wrong, as sentences: parts that fail, and urgent incidents that nothing watches."""
    for finding in health.findings():
        if finding.state == health.FAILING:
            yield f"{finding.component}: {finding.detail}"
    for reference in unwatched():
        yield f"deadlines: {reference} has an open target and no deadline that watches it"


def unwatched() -> list[str]:
    """Live P1 and P2 incidents with a running clock and no deadline row that would announce it."""
    watched = Deadline.all_orgs_unsafe.filter(kind=Deadline.Kind.SLA, dead=False).values("incident")
    candidates = Incident.all_orgs_unsafe.filter(status__in=LIVE, severity__in=[Severity.P1, Severity.P2])
    rows = candidates.exclude(pk__in=watched).values_list("reference", "sla").iterator(chunk_size=500)
    return [reference for reference, clocks in rows if sla.pending(clocks)]


def ping() -> bool:
    """Fetch the dead-man URL, once: a ping that fails is not repeated, since its absence is the message."""
    if not settings.ITSM_DEADMAN_URL:
        return False
    try:
        # The address is the operator's own, checked at the start to be http or https.
        with urllib.request.urlopen(settings.ITSM_DEADMAN_URL, timeout=_PING_TIMEOUT) as answer:  # noqa: S310 - see above
            return bool(answer.status < 400)
    except (urllib.error.URLError, OSError) as error:
        log.warning("watchdog.ping_failed", reason=type(error).__name__)
        return False

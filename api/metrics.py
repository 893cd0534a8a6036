"""`/metrics`: what this process counted, and what only the database knows, read at the moment of the scrape."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Iterator

from django.conf import settings
from django.db import DatabaseError
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from django_prometheus.exports import ExportToDjangoView
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from api import health
from api.base.problems import problem
from incidents import durations
from incidents.models import Deadline, Incident
from incidents.states import LIVE, Severity
from integrations.models import Alert, InboxItem

LOOPBACK = ("127.0.0.1", "::1")
HISTOGRAMS = {
    durations.ACKNOWLEDGE: (
        "itsm_ticket_time_to_acknowledge_seconds",
        "From the creation of an incident to its acknowledgement.",
    ),
    durations.RESOLVE: ("itsm_ticket_time_to_resolve_seconds", "From the creation of an incident to its resolution."),
}


class DatabaseCollector(Collector):
    """Everything that is read from the database: a dead worker cannot report itself."""

    def collect(self) -> Iterable[Metric]:
        """Read it now; what cannot be read is left out, and `itsm_up` says so."""
        up = GaugeMetricFamily("itsm_up", "Whether the database could be read for this scrape.")
        try:
            found = [*_histograms(), *_backlogs(), *_records()]
            up.add_metric([], 1)
        except DatabaseError:
            found = []
            up.add_metric([], 0)
        yield up
        yield from found


def _histograms() -> Iterator[Metric]:
    measured = durations.histograms()
    for metric, (name, text) in HISTOGRAMS.items():
        family = HistogramMetricFamily(name, text, labels=["priority"])
        for priority in Severity.values:
            histogram = measured[metric, priority]
            buckets = [(str(float(bound)), histogram.buckets.get(str(bound), 0)) for bound in durations.BOUNDS[metric]]
            family.add_metric([priority], [*buckets, ("+Inf", histogram.count)], histogram.sum)
        yield family


def _backlogs() -> Iterator[Metric]:
    states = GaugeMetricFamily(
        "itsm_component_state", "1 where the component works, 0.5 degraded, 0 failing.", labels=["component"]
    )
    ages = GaugeMetricFamily(
        "itsm_component_seconds", "The age or wait by which a component is judged.", labels=["component"]
    )
    for finding in health.findings():
        value = {health.OK: 1.0, health.DEGRADED: 0.5}.get(finding.state, 0.0)
        states.add_metric([finding.component], value)
        if finding.seconds is not None:
            ages.add_metric([finding.component], finding.seconds)
    yield states
    yield ages
    inbox = GaugeMetricFamily("itsm_intake_items", "Stored bodies that are not done, by state.", labels=["state"])
    counted = dict(
        InboxItem.all_orgs_unsafe.exclude(state=InboxItem.State.DONE).values_list("state").annotate(n=Count("pk"))
    )
    for state in InboxItem.State.values:
        if state != InboxItem.State.DONE:
            inbox.add_metric([state], counted.get(state, 0))
    yield inbox
    dead = GaugeMetricFamily("itsm_dead_deadlines", "Deadlines that were given up.")
    dead.add_metric([], Deadline.all_orgs_unsafe.filter(dead=True).count())
    yield dead


def _records() -> Iterator[Metric]:
    live = GaugeMetricFamily("itsm_live_incidents", "Incidents that still take work.", labels=["priority"])
    counted = dict(Incident.all_orgs_unsafe.filter(status__in=LIVE).values_list("severity").annotate(n=Count("pk")))
    for priority in Severity.values:
        live.add_metric([priority], counted.get(priority, 0))
    yield live
    alerts = GaugeMetricFamily("itsm_open_alerts", "Alerts that no sender has called resolved.")
    alerts.add_metric([], Alert.all_orgs_unsafe.exclude(state=Alert.State.RESOLVED).count())
    yield alerts


_from_database = CollectorRegistry(auto_describe=False)
_from_database.register(DatabaseCollector())


def admits(request: HttpRequest) -> bool:
    """Whether the caller may read metrics: by the token where one is set, else from this machine alone."""
    if settings.ITSM_METRICS_TOKEN:
        given = request.headers.get("Authorization", "")
        return hmac.compare_digest(given.encode(), f"Bearer {settings.ITSM_METRICS_TOKEN}".encode())
    return request.META.get("REMOTE_ADDR") in LOOPBACK


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """All metrics in Prometheus's text format."""
    if not admits(request):
        challenge = {"WWW-Authenticate": 'Bearer realm="metrics"'}
        return problem(401, "not_authenticated", "Send the metrics token as a Bearer token.", headers=challenge)
    answer: HttpResponse = ExportToDjangoView(request)
    answer.content += generate_latest(_from_database)
    answer.headers["Cache-Control"] = "no-store"
    return answer

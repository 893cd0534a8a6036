"""Time to acknowledge and time to resolve: samples written with the events, summed by beat, read by the metrics."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import BigIntegerField, JSONField, Value

from incidents.models import DurationSample, DurationTotal, Incident, IncidentEvent
from incidents.states import Severity

ACKNOWLEDGE = "acknowledge"
RESOLVE = "resolve"
METRICS = (ACKNOWLEDGE, RESOLVE)
BOUNDS: dict[str, tuple[int, ...]] = {
    ACKNOWLEDGE: (60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400),
    RESOLVE: (300, 900, 1800, 3600, 7200, 14400, 28800, 86400, 172800, 259200, 604800, 1209600),
}
"""Upper bounds in seconds; seed 002's targets are among them, so that compliance can be read off exactly."""


@dataclass
class Histogram:
    """The cumulative counts of one metric and priority."""

    count: int = 0
    sum: float = 0.0
    buckets: dict[str, int] = field(default_factory=dict)


def sample(row: Incident, events: Sequence[IncidentEvent]) -> None:
    """Reactor: the first acknowledgement and every resolution leave a sample."""
    samples = []
    for event in events:
        if event.type not in ("INCIDENT_STATUS_CHANGED", "INCIDENT_RESOLVED"):
            continue
        seconds = (event.recorded_at - row.created_at).total_seconds()
        if row.acknowledged_at == event.recorded_at and event.payload["before"] == "open":
            samples.append(DurationSample(metric=ACKNOWLEDGE, priority=row.severity, seconds=seconds))
        if event.type == "INCIDENT_RESOLVED":
            samples.append(DurationSample(metric=RESOLVE, priority=row.severity, seconds=seconds))
    if samples:
        DurationSample.objects.bulk_create(samples)


def histograms() -> dict[tuple[str, str], Histogram]:
    """Every histogram by (metric, priority): the totals and the samples that wait for them.

    One statement reads both, so that no sample is seen twice or not at all while it is rolled up.
    """
    found = {(metric, priority): Histogram() for metric in METRICS for priority in Severity.values}
    waiting: list[tuple[str, str, float]] = []
    for metric, priority, count, seconds, buckets in _totals_and_samples():
        if count is None:
            waiting.append((metric, priority, seconds))
        else:
            found[metric, priority] = Histogram(count, seconds, dict(buckets))
    for metric, priority, seconds in waiting:
        _add(found[metric, priority], metric, seconds)
    return found


def _totals_and_samples() -> Iterable[tuple[str, str, int | None, float, dict[str, int]]]:
    samples = DurationSample.objects.annotate(
        count=Value(None, output_field=BigIntegerField()), buckets=Value(None, output_field=JSONField())
    )
    columns = ("metric", "priority", "count")
    return (
        DurationTotal.objects.order_by()
        .values_list(*columns, "sum", "buckets")
        .union(samples.order_by().values_list(*columns, "seconds", "buckets"), all=True)
    )


def _add(histogram: Histogram, metric: str, seconds: float) -> None:
    histogram.count += 1
    histogram.sum += seconds
    for bound in BOUNDS[metric]:
        if seconds <= bound:
            histogram.buckets[str(bound)] = histogram.buckets.get(str(bound), 0) + 1


def roll_up(limit: int = 10_000) -> int:
    """Add waiting samples to their totals; returns how many. Two at once wait for each other's totals."""
    with transaction.atomic():
        for metric in METRICS:
            for priority in Severity.values:
                DurationTotal.objects.get_or_create(metric=metric, priority=priority)
        totals = {(t.metric, t.priority): t for t in DurationTotal.objects.select_for_update().order_by("pk")}
        waiting = list(DurationSample.objects.order_by("pk")[:limit])
        for found in waiting:
            total = totals[found.metric, found.priority]
            histogram = Histogram(total.count, total.sum, total.buckets)
            _add(histogram, found.metric, found.seconds)
            total.count, total.sum = histogram.count, histogram.sum
        DurationTotal.objects.bulk_update(totals.values(), ["count", "sum", "buckets"])
        DurationSample.objects.filter(pk__in=[found.pk for found in waiting]).delete()
    return len(waiting)

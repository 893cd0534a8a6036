"""The little curves beside the alert counts: how signals came in over the last day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count
from django.db.models.functions import TruncHour
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from incidents.models import Incident, IncidentSignal
from incidents.views.listing import read_seen
from orgs.clock import now
from orgs.pages import PageRequest, signed_in

HOURS = 24
WIDTH, HEIGHT = 56, 16


def curve(counts: Sequence[int]) -> dict[str, str]:
    """The line and the area below it for a row of counts, as paths in a box of 56 by 16."""
    top = max(counts, default=0) or 1
    step = WIDTH / max(1, len(counts) - 1)
    points = [f"{at * step:.1f} {HEIGHT - 1 - (HEIGHT - 3) * count / top:.1f}" for at, count in enumerate(counts)]
    line = "M" + "L".join(points)
    return {"line": line, "area": f"{line}L{WIDTH} {HEIGHT}L0 {HEIGHT}Z"}


@require_safe
@signed_in
def sparks(request: PageRequest) -> HttpResponse:
    """The curves of the incidents that a list shows, each to be swapped into its row."""
    references = dict(
        Incident.objects.filter(reference__in=list(read_seen(request.GET.get("seen", ""))), signal_count__gt=0)
        .order_by()
        .values_list("id", "reference")
    )
    end = now().replace(minute=0, second=0, microsecond=0)
    since = end - timedelta(hours=HOURS - 1)
    counted = (
        IncidentSignal.objects.filter(incident__in=list(references), ts__gte=since, ts__lt=end + timedelta(hours=1))
        .order_by()
        .annotate(hour=TruncHour("ts"))
        .values_list("incident_id", "hour")
        .annotate(number=Count("pk"))
    )
    series: dict[Any, dict[datetime, int]] = defaultdict(dict)
    for incident_id, hour, number in counted:
        series[incident_id][hour] = number
    found = []
    for incident_id, by_hour in series.items():
        counts = [by_hour.get(since + timedelta(hours=at), 0) for at in range(HOURS)]
        words = f"{sum(counts)} in the last day, {counts[-1]} in this hour"
        found.append({"ref": references[incident_id], "words": words, **curve(counts)})
    return render(request, "incidents/_sparks.html", {"sparks": found})

"""The war room's other tabs: signals with their payloads, missed objectives, people, and the raw stream."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Count, Max, Min
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from incidents.models import Incident, IncidentEvent, IncidentSignal, SLOViolation
from incidents.queries import find_incident
from incidents.views.snapshot import Snapshot
from incidents.views.timeline import raw_events, read_wanted
from orgs.actor import ActorKind
from orgs.durations import iso, stamp
from orgs.errors import NotFound
from orgs.neutral import neutral, neutral_lines
from orgs.pages import PageRequest, signed_in

SIGNALS_SHOWN = 50
RAW_LENGTH = 20_000


def signals(request: PageRequest, shown: Snapshot, url: str, kept: list[tuple[str, str]]) -> dict[str, Any]:
    """Signals, those of the same summary together."""
    row = shown.row
    rows = IncidentSignal.objects.filter(incident=row).order_by("-ts", "-id").defer("data")
    if shown.at is not None:
        rows = rows.filter(ts__lte=shown.at)
    groups: dict[tuple[str, str], dict[str, Any]] = {}
    for signal in rows[:SIGNALS_SHOWN]:
        group = groups.setdefault(
            (signal.source, signal.summary),
            {
                "source": neutral(signal.source),
                "type": neutral(signal.signal_type).lower(),
                "summary": neutral(signal.summary)[:300],
                "why": _why_correlated(signal, row),
                "episodes": [],
            },
        )
        group["episodes"].append(
            {
                "url": reverse("incidents:signal", args=(row.reference, signal.pk)),
                "at": iso(signal.ts),
                "stamp": stamp(signal.ts),
                "state": {True: "firing", False: "resolved", None: "closed"}[signal.firing],
                "word": {True: "firing", False: "clear", None: "seen"}[signal.firing],
            }
        )
    return {"groups": list(groups.values()), "signals_shown": min(row.signal_count, SIGNALS_SHOWN)}


def _why_correlated(signal: IncidentSignal, row: Incident) -> str:
    if signal.pk == row.primary_signal_id:
        return "The incident was opened by it."
    if signal.correlation_key and signal.correlation_key in row.correlation_keys:
        return f"It carries the correlation key “{neutral(signal.correlation_key)}”, as this incident does."
    if signal.service_name and signal.service_name == row.service_name:
        return f"It speaks of the same service, {neutral(signal.service_name)}."
    return "It was attached by name."


def slo(request: PageRequest, shown: Snapshot, url: str, kept: list[tuple[str, str]]) -> dict[str, Any]:
    """The objectives that were missed."""
    rows = SLOViolation.objects.filter(incident=shown.row).order_by("-window_start", "-id")[:100]
    return {
        "violations": [
            {
                "slo": neutral(row.slo_id),
                "start": iso(row.window_start),
                "start_stamp": stamp(row.window_start),
                "end": iso(row.window_end),
                "end_stamp": stamp(row.window_end),
                "used": f"{row.error_budget_consumed * 100:.1f} %",
                "meter": f"{min(100, row.error_budget_consumed * 100):.0f}",
                "breached": row.threshold_breached,
                "details": neutral(row.details),
            }
            for row in rows
        ]
    }


def people(request: PageRequest, shown: Snapshot, url: str, kept: list[tuple[str, str]]) -> dict[str, Any]:
    """Who took part, and when."""
    stream = IncidentEvent.objects.filter(aggregate=shown.row)
    if shown.at is not None:
        stream = stream.filter(recorded_at__lte=shown.at)
    counted = list(
        stream.order_by()
        .values("actor_kind", "actor_ref")
        .annotate(number=Count("pk"), first=Min("recorded_at"), last=Max("recorded_at"), event=Max("pk"))
        .order_by("first")[:200]
    )
    latest = {event.pk: event for event in IncidentEvent.objects.filter(pk__in=[row["event"] for row in counted])}
    return {
        "people": [
            {
                "name": neutral(latest[row["event"]].actor_name),
                "kind": ActorKind(row["actor_kind"]).label,
                "number": row["number"],
                "first": iso(row["first"]),
                "first_stamp": stamp(row["first"]),
                "last": iso(row["last"]),
                "last_stamp": stamp(row["last"]),
            }
            for row in counted
        ],
    }


def events(request: PageRequest, shown: Snapshot, url: str, kept: list[tuple[str, str]]) -> dict[str, Any]:
    """The stream itself."""
    wanted = read_wanted(request.GET)
    stream, more = raw_events(shown.row, wanted.before)
    return {
        "events": [
            {
                "seq": event.seq,
                "type": event.type,
                "at": iso(event.recorded_at),
                "stamp": stamp(event.recorded_at),
                "actor": f"{event.actor_kind} {neutral(event.actor_ref)}",
                "hash": event.hash,
                "prev": event.prev_hash,
                "request": event.request_id,
                "payload": pretty({**event.payload, **event.personal_values}),
            }
            for event in stream
        ],
        "older_url": f"{url}?{urlencode([('tab', 'events'), ('before', stream[-1].seq)])}" if more else "",
        "newest_url": f"{url}?tab=events" if wanted.before else "",
    }


def pretty(value: Any) -> str:
    """JSON for reading, cut where it is very long."""
    text = neutral_lines(json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True))
    return text if len(text) <= RAW_LENGTH else text[:RAW_LENGTH] + "\n… cut here"


@require_safe
@signed_in
def signal(request: PageRequest, ref: str, pk: UUID) -> HttpResponse:
    """One signal with its raw payload, in the drawer or as a page."""
    row = find_incident(ref)
    found = IncidentSignal.objects.filter(incident=row, pk=pk).first()
    if found is None:
        raise NotFound("signal")
    layout = "layouts/drawer.html" if request.htmx else "layouts/page.html"
    facts = (
        ("Source", found.source),
        ("Type", found.signal_type),
        ("Service", found.service_name),
        ("Environment", found.environment),
        ("Correlation", found.correlation_key),
        ("Trace", found.trace_id),
        ("Episode", found.key),
    )
    context = {
        "row": row,
        "summary": neutral(found.summary)[:500],
        "facts": [{"name": name, "value": neutral(value)} for name, value in facts if value],
        "why": _why_correlated(found, row),
        "at": iso(found.ts),
        "stamp": stamp(found.ts),
        "raw": pretty(found.data_value()),
        "layout": layout,
    }
    return render(request, "incidents/signal.html", context)

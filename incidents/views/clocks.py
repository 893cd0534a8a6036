"""The SLA clocks of one incident in words, and why their deadlines stand where they do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from incidents import sla
from incidents.deadlines import CLOCK_EVENTS
from incidents.models import Incident, IncidentEvent
from incidents.projections import project
from incidents.queries import find_incident
from incidents.views.rows import tone_of
from incidents.views.snapshot import Snapshot
from incidents.wording import actor_words, describe
from orgs.durations import duration, iso, stamp
from orgs.pages import PageRequest, signed_in
from timeline.payloads import parse_time

NAMES = {sla.ACKNOWLEDGE: "Acknowledge", sla.RESOLVE: "Resolve"}


def clocks_of(shown: Snapshot) -> list[dict[str, Any]]:
    """Both clocks: name, words, tone, meter, and the deadline where one runs."""
    return [_clock(name, shown.state["sla"][name], shown) for name in sla.CLOCKS]


def _clock(name: str, clock: Mapping[str, Any], shown: Snapshot) -> dict[str, Any]:
    used = sla.used(dict(clock), shown.moment).total_seconds()
    share = max(0, min(100, round(100 * used / clock["target"])))
    found: dict[str, Any] = {"name": NAMES[name], "meter": share, "due": "", "target": duration(clock["target"])}
    met_at = parse_time(clock["met_at"])
    due = sla.due_at(dict(clock))
    if met_at is not None:
        late = clock["breached_at"] is not None or used > clock["target"]
        word = "missed, done after" if late else "met in"
        found.update(words=f"{word} {duration(used)}", tone="breached" if late else "ok")
    elif due is None:
        found.update(words=f"paused at {duration(used)} of {duration(clock['target'])}", tone="paused")
    else:
        left = (due - shown.moment).total_seconds()
        words = f"{duration(left)} left" if left >= 0 else f"{duration(-left)} over"
        found.update(words=words, tone=tone_of(share))
        if shown.at is None:
            found.update(due=iso(due), due_stamp=stamp(due))
    return found


def states_of(row: Incident, until: datetime | None = None) -> Iterator[tuple[datetime, str, sla.Clocks]]:
    """The clocks after each event that touched them, with the event's sentence. Other events do not move them."""
    events = IncidentEvent.objects.filter(aggregate=row, type__in=CLOCK_EVENTS)
    if until is not None:
        events = events.filter(recorded_at__lte=until)
    state: dict[str, Any] = {}
    for event in events.order_by("seq"):
        project(state, event)
        words = describe(event)
        what = f"{actor_words(event)} {words.what}" if words.by else words.what
        yield event.recorded_at, what, state["sla"]


@require_safe
@signed_in
def why(request: PageRequest, ref: str) -> HttpResponse:
    """Why these deadlines: step by step, from the beginning on."""
    row = find_incident(ref)
    steps = [
        {
            "at": iso(step.at),
            "stamp": stamp(step.at),
            "what": step.what,
            "dues": [
                {"name": name, "at": iso(due), "stamp": stamp(due)} if due else {"name": name, "at": "", "stamp": ""}
                for name, due in (("Acknowledge", step.acknowledge_due), ("Resolve", step.resolve_due))
            ],
        }
        for step in sla.explain(states_of(row))
    ]
    targets = {NAMES[name]: duration(row.sla[name]["target"]) for name in sla.CLOCKS}
    layout = "layouts/drawer.html" if request.htmx else "layouts/page.html"
    context = {"row": row, "steps": steps, "targets": targets.items(), "layout": layout}
    return render(request, "incidents/why.html", context)

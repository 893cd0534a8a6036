"""Pages above all apps: the overview, the palette's answers, the navigation's counts, and the style guide."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count
from django.db.models.functions import TruncDate
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from cmdb.queries import CIFilter, list_cis
from incidents.models import Incident
from incidents.queries import incidents
from incidents.targets import targets_of
from incidents.views.counts import live_numbers, moment_of_ledger
from incidents.views.filters import ORDERS, ListState
from incidents.views.listing import address, test_alert
from incidents.views.rows import FIELDS, printed
from integrations.queries import source_states
from itsm_site import styleguide as guide
from itsm_site.charts import Pair, pair_bars
from orgs.clock import now
from orgs.durations import ago, iso
from orgs.neutral import neutral
from orgs.pages import PageRequest, signed_in
from orgs.policy import allows
from orgs.remembered import Remembered

DAYS = 21
NEEDING = 8
FOUND = 8
LONGEST_SEARCH = 200
SOURCES_FRESH = 60
_sources: Remembered[list[dict[str, Any]]] = Remembered(64)
_per_day: Remembered[list[Pair]] = Remembered(64)


@require_safe
@signed_in
def overview(request: PageRequest) -> HttpResponse:
    """What needs attention now, and how the last three weeks went."""
    moment = now()
    at = moment_of_ledger(request.org.id)
    numbers = live_numbers(request.actor, at)
    needing = list(
        incidents(ListState().wanted(None))
        .order_by(*(column.order() for column in ORDERS["deadline"]))
        .values(*FIELDS)[:NEEDING]
    )
    pairs = _per_day.get((request.org.id, at[1], moment.date()), _opened_and_resolved)
    sources = _sources.get((request.org.id, int(moment.timestamp()) // SOURCES_FRESH), lambda: _hurting(moment))
    context = {
        "tiles": _tiles(numbers),
        "rows": printed(
            needing,
            targets=targets_of(request.org.id),
            now=moment,
            may_acknowledge=allows(request.actor, "incident.status"),
        ),
        "back": request.get_full_path(),
        "list_url": reverse("incidents:list"),
        "sources": sources,
        "chart": pair_bars(pairs, names=("opened", "resolved"), every=3, width=720 if sources else 1100),
        "empty": _empty(request) if not needing else None,
        "may_create": allows(request.actor, "incident.create"),
    }
    template = "overview/_live.html" if request.htmx else "overview/page.html"
    return render(request, template, context)


def _empty(request: PageRequest) -> dict[str, str]:
    if Incident.objects.exists():
        return {"title": "Nothing is live", "words": "Every incident is resolved, closed or cancelled."}
    return {
        "title": "No incident yet",
        "words": "Send a test alert from a shell, with an API key of yours. It appears here within two seconds.",
        "curl": test_alert(request.build_absolute_uri("/").rstrip("/")),
    }


def _tiles(numbers: dict[str, int]) -> list[dict[str, Any]]:
    state = ListState()
    rows = (
        (numbers["live"], "Live incidents", address(state), False),
        (numbers["p1"], "P1", address(state, severity=("P1",)), True),
        (numbers["breached"], "Past target", address(state, sla="breached"), True),
        (numbers["unassigned"], "Unassigned", address(state, owner="nobody"), False),
    )
    return [{"number": count, "label": label, "url": url, "hot": hot and count > 0} for count, label, url, hot in rows]


def _opened_and_resolved() -> list[Pair]:
    today = now().date()
    first = today - timedelta(days=DAYS - 1)
    counted = []
    for column in ("created_at", "resolved_at"):
        rows = Incident.objects.filter(**{f"{column}__gte": now() - timedelta(days=DAYS)}).order_by()
        counted.append(dict(rows.values_list(TruncDate(column)).annotate(number=Count("pk"))))
    days = [first + timedelta(days=at) for at in range(DAYS)]
    return [Pair(f"{day.day} {day:%b}", counted[0].get(day, 0), counted[1].get(day, 0)) for day in days]


def _hurting(moment: datetime) -> list[dict[str, Any]]:
    """The sources that delivered in the last week, those that hurt first."""
    found = [
        {
            "label": state.label,
            "deliveries": state.deliveries,
            "last": iso(state.last_received_at),
            "ago": ago(state.last_received_at, moment),
            "trouble": state.trouble,
            "silent": state.is_silent,
            "off": not state.policy.is_enabled,
            "url": f"{reverse('integrations:inbox')}?source={state.name}",
            "trouble_url": f"{reverse('integrations:inbox')}?source={state.name}&state=quarantined&state=dead",
        }
        for state in source_states()
        if state.last_received_at is not None
    ]
    return sorted(found, key=lambda source: (not source["trouble"] and not source["silent"], source["label"]))


@require_safe
@signed_in
def navigation(request: PageRequest) -> HttpResponse:
    """The navigation alone, for its live counts."""
    return render(request, "components/nav.html")


@require_safe
@signed_in
def palette(request: PageRequest) -> JsonResponse:
    """Pages, and the records that a text means: incidents by reference or words, configuration items by name."""
    text = request.GET.get("q", "").replace("\0", "").strip()[:LONGEST_SEARCH]
    found = [item for item in _pages(request) if text.casefold() in item["label"].casefold()]
    if text:
        rows = incidents(ListState(state=("all",), q=text).wanted(None)).order_by("-created_at")
        found += [
            {
                "label": neutral(title),
                "hint": f"{reference} {severity} {status}",
                "url": reverse("incidents:detail", args=(reference,)),
            }
            for reference, title, severity, status in rows.values_list("reference", "title", "severity", "status")[
                :FOUND
            ]
        ]
        found += [
            {"label": neutral(ci.name), "hint": neutral(ci.kind), "url": reverse("cmdb:detail", args=(ci.pk,))}
            for ci in list_cis(CIFilter(q=text))[:FOUND]
        ]
    return JsonResponse({"items": found})


def _pages(request: PageRequest) -> list[dict[str, str]]:
    pages = [
        ("Overview", reverse("overview")),
        ("Incidents, live", reverse("incidents:list")),
        ("Incidents, mine", address(ListState(owner="mine"))),
        ("Incidents, unassigned", address(ListState(owner="nobody"))),
        ("Incidents, past target", address(ListState(sla="breached"))),
        ("Configuration items", reverse("cmdb:list")),
        ("Keyboard", reverse("keyboard")),
    ]
    if allows(request.actor, "incident.create"):
        pages.insert(1, ("New incident", reverse("incidents:new")))
    return [{"label": label, "hint": "page", "url": url} for label, url in pages]


@require_safe
@signed_in
def styleguide(request: PageRequest) -> HttpResponse:
    """Every part of the pages, in development only."""
    if not settings.DEVELOPMENT:
        raise Http404
    return render(request, "styleguide.html", guide.samples())

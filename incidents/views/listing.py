"""The incident list: filters with counts, an order, a page of rows, its live changes, and its export."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_safe

from incidents.models import Incident
from incidents.queries import LIVE_VALUES, incidents
from incidents.states import Severity, Status
from incidents.targets import targets_of
from incidents.views.assignees import assignees, own_teams
from incidents.views.counts import MOST_COUNTED, MOST_OPTIONS, Counts, facet_counts, moment_of_ledger
from incidents.views.filters import ORDERS, ListState, read_state
from incidents.views.rows import FIELDS, STATUS_WORDS, place_of, printed, sla_of
from orgs.clock import now
from orgs.durations import stamp
from orgs.neutral import neutral
from orgs.pages import PageRequest, signed_in
from orgs.paging import Page, page_of
from orgs.policy import allows
from orgs.remembered import Remembered
from orgs.spreadsheets import streamed

_printed_facets: Remembered[str] = Remembered(256)
PAGE_SIZE = 50
EXPORT_SIZE = 1000
MOST_SEEN = 200

SEVERITY_WORDS = {value: str(label) for value, label in Severity.choices}
SLA_WORDS = {"at_risk": "At risk", "breached": "Breached", "held": "Paused"}
OWNER_WORDS = {"mine": "Mine", "nobody": "Unassigned"}
AGE_WORDS = {"hour": "Older than an hour", "day": "Older than a day", "week": "Older than a week"}
ORDER_WORDS = {"deadline": "Deadline", "newest": "Newest", "oldest": "Oldest", "updated": "Last changed"}

EXPORT_HEADER = (
    "reference", "severity", "status", "title", "service", "affected", "assigned to", "alerts", "SLA",
    "created", "acknowledged", "acknowledge due", "resolve due", "updated",
)  # fmt: skip


def address(shown: ListState, /, **changes: Any) -> str:
    """The list's address for a state with some parts changed; from the first page on unless a cursor is among them."""
    pairs = replace(shown, **{"cursor": "", **changes}).pairs(cursor=True)
    return reverse("incidents:list") + (f"?{urlencode(pairs)}" if pairs else "")


def page_for(state: ListState, user_id: int | None, *, size: int = PAGE_SIZE) -> Page:
    """One page of incidents as plain dictionaries."""
    return page_of(
        incidents(state.wanted(user_id)),
        order=state.ordering,
        columns=ORDERS[state.ordering],
        fields=FIELDS,
        cursor=state.cursor,
        size=size,
    )


@require_safe
@signed_in
def incident_list(request: PageRequest) -> HttpResponse:
    """The list; by default what is live, the worst first and then what is due first."""
    state = read_state(request.GET)
    moment = now()
    page = page_for(state, request.actor.user_id)
    at = moment_of_ledger(request.org.id)
    request.ledger_moment = at
    counts = facet_counts(state, request.actor, at)
    query = urlencode(state.pairs())
    context = {
        "rows": printed(
            page.rows,
            targets=targets_of(request.org.id),
            now=moment,
            may_acknowledge=allows(request.actor, "incident.status"),
        ),
        "facets_html": _printed_facets.get((at, request.actor.user_id, state), lambda: _print_facets(state, counts)),
        "capped": MOST_COUNTED if counts.capped else 0,
        "views": _views(state, counts, request),
        "chips": _chips(state, counts),
        "clear_url": reverse("incidents:list"),
        "q": state.q,
        "kept": [pair for pair in state.pairs() if pair[0] != "q"],
        "orders": [
            {"label": word, "url": address(state, order=name), "current": name == state.ordering}
            for name, word in ORDER_WORDS.items()
            if name != "deadline" or state.only_live
        ],
        "next_url": address(state, cursor=page.next_cursor) if page.next_cursor else "",
        "first_url": address(state) if state.cursor else "",
        "changes_url": reverse("incidents:changes") + f"?{query}" if not state.cursor else "",
        "sparks_url": reverse("incidents:sparks"),
        "export_url": reverse("incidents:export") + (f"?{query}" if query else ""),
        "back": request.get_full_path(),
        "may": {
            "create": allows(request.actor, "incident.create"),
            "status": allows(request.actor, "incident.status"),
            "assign": allows(request.actor, "incident.assign"),
            "severity": allows(request.actor, "incident.severity"),
        },
        "severities": SEVERITY_WORDS.items(),
        "assignees": assignees(request.org.id),
        "empty": _empty(request, state) if not page.rows else None,
    }
    return render(request, "incidents/list.html", context)


def _views(state: ListState, counts: Counts, request: PageRequest) -> list[dict[str, Any]]:
    """The views that everybody has: each is an address, so that it can be kept and passed on."""
    own = own_teams(request.org.id, request.actor.user_id)
    choices = [
        ("Live", ListState()),
        ("Mine", ListState(owner="mine")),
        *((neutral(team.name), ListState(team=team.pk)) for team in counts.teams if team.pk in own),
        ("Unassigned", ListState(owner="nobody")),
        ("At risk", ListState(sla="at_risk")),
        ("Past target", ListState(sla="breached")),
    ]
    here = replace(state, order="deadline", cursor="")
    return [
        {"label": label, "url": address(choice), "current": choice.pairs() == here.pairs()} for label, choice in choices
    ]


def _toggled(values: tuple[str, ...], value: str) -> tuple[str, ...]:
    return tuple(held for held in values if held != value) if value in values else (*values, value)


def _option(label: str, count: int | str, url: str, current: bool) -> dict[str, Any]:
    return {"label": label, "count": str(count), "url": url, "current": current}


def _print_facets(state: ListState, counts: Counts) -> str:
    return render_to_string("components/facets.html", {"facets": _facets(state, counts)})


def _facets(state: ListState, counts: Counts) -> list[dict[str, Any]]:
    by = counts.by
    chosen = state.state
    states = [
        _option(
            "Live",
            sum(by["state"].get(value, 0) for value in LIVE_VALUES),
            address(state, state=("live",)),
            chosen == ("live",),
        )
    ]
    for value, word in STATUS_WORDS.items():
        url = address(state, state=_toggled(() if chosen in (("live",), ("all",)) else chosen, value) or ("live",))
        states.append(_option(word, by["state"].get(value, 0), url, value in chosen))
    states.append(_option("All", "", address(state, state=("all",)), chosen == ("all",)))
    facets = [{"name": "State", "options": states}]
    facets.append({"name": "Severity", "options": _many(state, "severity", SEVERITY_WORDS, by["severity"])})
    facets.append({"name": "Owner", "options": _one(state, "owner", OWNER_WORDS, by["owner"])})
    facets.append({"name": "SLA", "options": _one(state, "sla", SLA_WORDS, by["sla"])})
    names = {str(team.pk): neutral(team.name) for team in counts.teams}
    teams = [
        _option(
            names[value], number, address(state, team=None if value == str(state.team) else value),
            value == str(state.team),
        )
        for value, number in list(by["team"].items())[:MOST_OPTIONS]
        if value in names
    ]  # fmt: skip
    facets.append({"name": "Team", "options": teams})
    for name, title in (("service", "Service"), ("environment", "Environment"), ("source", "Source")):
        held = dict.fromkeys((*getattr(state, name), *list(by[name])[:MOST_OPTIONS]))
        facets.append(
            {"name": title, "options": _many(state, name, {value: neutral(value) for value in held}, by[name])}
        )
    facets.append({"name": "Age", "options": _one(state, "age", AGE_WORDS, by["age"])})
    return [facet for facet in facets if facet["options"]]


def _many(state: ListState, name: str, words: Mapping[str, str], numbers: Mapping[str, int]) -> list[dict[str, Any]]:
    chosen = getattr(state, name)
    return [
        _option(word, numbers.get(value, 0), address(state, **{name: _toggled(chosen, value)}), value in chosen)
        for value, word in words.items()
    ]


def _one(state: ListState, name: str, words: Mapping[str, str], numbers: Mapping[str, int]) -> list[dict[str, Any]]:
    chosen = getattr(state, name)
    return [
        _option(
            word, numbers.get(value, 0), address(state, **{name: "" if value == chosen else value}), value == chosen
        )
        for value, word in words.items()
    ]


def _chips(state: ListState, counts: Counts) -> list[dict[str, str]]:
    """What is filtered by, each with the address without it."""
    chips = []
    if state.state != ("live",):
        words = [STATUS_WORDS.get(value, "All states") for value in state.state]
        chips.append({"label": ", ".join(words), "url": address(state, state=("live",))})
    for name, words_of in (("severity", SEVERITY_WORDS), ("service", {}), ("environment", {}), ("source", {})):
        for value in getattr(state, name):
            label = words_of.get(value) or neutral(value)
            chips.append({"label": label, "url": address(state, **{name: _toggled(getattr(state, name), value)})})
    names = {team.pk: neutral(team.name) for team in counts.teams}
    for name, label in (
        ("team", names.get(state.team, "Unknown team") if state.team else ""),
        ("ci", "One configuration item" if state.ci else ""),
        ("owner", OWNER_WORDS.get(state.owner, "")),
        ("sla", SLA_WORDS.get(state.sla, "")),
        ("age", AGE_WORDS.get(state.age, "")),
        ("q", f"“{neutral(state.q)}”" if state.q else ""),
    ):
        if label:
            chips.append({"label": label, "url": address(state, **{name: None if name in ("team", "ci") else ""})})
    return chips


def _empty(request: PageRequest, state: ListState) -> dict[str, str]:
    if state.pairs():
        return {
            "title": "No incident matches",
            "words": "Nothing fits all of these filters at once.",
            "url": reverse("incidents:list"),
            "action": "Clear the filters",
        }
    if Incident.objects.exists():
        return {
            "title": "Nothing is live",
            "words": "Every incident is resolved, closed or cancelled. Enjoy the quiet.",
        }
    host = request.build_absolute_uri("/").rstrip("/")
    return {
        "title": "No incident yet",
        "words": "Send a test alert from a shell, with an API key of yours. The incident appears here within two seconds.",
        "curl": test_alert(host),
    }


def test_alert(host: str) -> str:
    """A command that sends one alert; the key is the reader's to fill in."""
    return (
        f"curl -sS {host}/api/v1/webhooks/alerts/generic \\\n"
        '  -H "Authorization: Bearer $OPSLEDGER_KEY" -H "Content-Type: application/json" \\\n'
        """  -d '{"title": "Test alert", "severity": "P2", "source": "shell"}'"""
    )


@require_safe
@signed_in
def changes(request: PageRequest) -> HttpResponse:
    """What changed of the rows that a list shows (``seen``: reference:version pairs), and how many are new."""
    state = read_state(request.GET)
    seen = read_seen(request.GET.get("seen", ""))
    known = dict(Incident.objects.filter(reference__in=list(seen)).values_list("reference", "version"))
    changed = [reference for reference, version in known.items() if version != seen[reference]]
    rows: list[str] = []
    moment = now()
    if changed:
        rows = printed(
            Incident.objects.filter(reference__in=changed).values(*FIELDS),
            targets=targets_of(request.org.id),
            now=moment,
            may_acknowledge=allows(request.actor, "incident.status"),
            oob=True,
        )
    first = incidents(state.wanted(request.actor.user_id)).order_by(*(c.order() for c in ORDERS[state.ordering]))
    new = sum(reference not in seen for reference in first.values_list("reference", flat=True)[:PAGE_SIZE])
    return render(request, "incidents/_changes.html", {"rows": rows, "new": new, "url": address(state)})


def read_seen(text: str) -> dict[str, int]:
    """Reference to version, as a list says what it shows."""
    found = {}
    for pair in text.split(",")[:MOST_SEEN]:
        reference, _, version = pair.partition(":")
        if version.isascii() and version.isdigit() and len(version) < 10 and len(reference) <= 24:
            found[reference] = int(version)
    return found


@require_safe
@signed_in
def export(request: PageRequest) -> StreamingHttpResponse:
    """Exactly the incidents of the list's address, all pages of them, as CSV."""
    state = replace(read_state(request.GET), cursor="")
    moment = now()
    filename = f"incidents-{request.org.slug}-{moment:%Y%m%d-%H%M%S}.csv"
    return streamed(
        request.org, filename, EXPORT_HEADER, _export_rows(state, request.org.id, request.actor.user_id, moment)
    )


def _export_rows(state: ListState, org_id: UUID, user_id: int | None, moment: datetime) -> Iterator[list[object]]:
    targets = targets_of(org_id)
    while True:
        page = page_for(state, user_id, size=EXPORT_SIZE)
        for row in page.rows:
            yield _export_row(row, targets, moment)
        if not page.next_cursor:
            return
        state = replace(state, cursor=page.next_cursor)


def _export_row(row: dict[str, Any], targets: Mapping[str, Mapping[str, int]], moment: datetime) -> list[object]:
    clock = sla_of(row, targets, moment)
    times = (row["created_at"], row["acknowledged_at"], row["ack_due_at"], row["resolve_due_at"], row["updated_at"])
    return [
        row["reference"],
        row["severity"],
        Status(row["status"]).label,
        row["title"],
        row["service_name"],
        ", ".join(row["affected_names"]) or place_of(row),
        row["assigned_to"],
        row["signal_count"],
        " ".join(part for part in (clock["sla"], clock.get("sla_left", "")) if part),
        *(stamp(time) if time else "" for time in times),
    ]

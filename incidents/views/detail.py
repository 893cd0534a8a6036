"""The war room: one incident with its clocks, its timeline, what surrounds it, and the legal next steps."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from incidents.markdown import render as markdown
from incidents.models import Incident
from incidents.queries import find_incident
from incidents.states import Severity
from incidents.views import panels, tabs
from incidents.views.assignees import assignees
from incidents.views.clocks import clocks_of
from incidents.views.forms import IN_DRAWER, Tried, form_of, legal_deeds, steps_for
from incidents.views.rows import STATUS_WORDS
from incidents.views.snapshot import Snapshot, snapshot
from incidents.views.timeline import entries_of, events_for, filters_of, read_wanted
from orgs.clock import now
from orgs.durations import duration, iso, stamp
from orgs.errors import Invalid
from orgs.neutral import neutral
from orgs.pages import PageRequest, signed_in
from orgs.policy import allows
from orgs.remembered import Remembered
from timeline.verify import verify_record

TABS = ("timeline", "signals", "slo", "people", "events")
NOTE_KINDS = (("note", "Note"), ("decision", "Decision"), ("hypothesis", "Hypothesis"), ("action", "Action"))
_verified: Remembered[bool] = Remembered(2048)


@require_safe
@signed_in
def detail(request: PageRequest, ref: str) -> HttpResponse:
    """The page of one incident; ``tab``, ``show``, ``before``, ``event`` and ``as_of`` say what of it."""
    row = find_incident(ref)
    return render(request, "incidents/detail.html", record_context(request, row))


def record_context(request: PageRequest, row: Incident, tried: Tried | None = None) -> dict[str, Any]:
    """Everything that the record's fragment prints; ``tried`` is a form that was refused."""
    query = request.GET
    shown = snapshot(row, as_of=query.get("as_of", ""), offset=query.get("offset", ""))
    tab = query.get("tab", "timeline")
    if tab not in TABS:
        raise Invalid.one("tab", "choice", f"Choose among {', '.join(TABS)}.")
    url = reverse("incidents:detail", args=(row.reference,))
    kept = [(name, query[name]) for name in ("as_of", "offset") if query.get(name)]
    context = {
        **_head(request, shown, url, tried),
        "tab": tab,
        "tabs": _tabs(row, url, kept, tab),
        "url": url,
        "at_now": shown.at is None,
    }
    context.update(_TAB_CONTEXT[tab](request, shown, url, kept))
    if tab == "timeline":
        context.update(_beside(shown, request))
    return context


def _head(request: PageRequest, shown: Snapshot, url: str, tried: Tried | None) -> dict[str, Any]:
    row, state, actor = shown.row, shown.state, request.actor
    deeds = {deed.name: deed for deed in legal_deeds(row, actor)} if shown.at is None else {}
    hold = state["hold_reason"]
    return {
        "ref": row.reference,
        "record_id": str(row.pk),
        "version": row.version,
        "title": neutral(state["title"]),
        "severity": state["severity"],
        "severity_word": Severity(state["severity"]).label,
        "status": state["status"],
        "status_word": STATUS_WORDS[state["status"]],
        "hold": f"On hold: {hold}" if hold else "",
        "owner": neutral(state["assigned_to"]) or "Unassigned",
        "reopened": state["reopen_count"],
        "created": iso(row.created_at),
        "created_stamp": stamp(row.created_at),
        "running": shown.ended_at is None and shown.at is None,
        "lasted": duration(shown.lasted.total_seconds()),
        "clocks": clocks_of(shown) if state["status"] != "cancelled" else [],
        "moments": panels.moments_of(shown),
        "tickets": panels.tickets_of(shown),
        "steps": steps_for(row, actor) if shown.at is None else {"first": None, "others": []},
        "resolve_form": _form(deeds, "resolve", row, tried),
        "assign_form": _form(deeds, "assign", row, tried),
        "may_note": "note" in deeds,
        "note_kinds": NOTE_KINDS,
        "resolve_first": state["status"] == "mitigated",
        "note_tried": tried if tried is not None and tried.deed == "note" else None,
        "more": bool(deeds),
        "asof": _as_of(shown, url),
        "assignees": assignees(request.org.id) if deeds else [],
        "hx_target": "#record",
    }


def _form(deeds: dict[str, Any], name: str, row: Incident, tried: Tried | None) -> dict[str, Any] | None:
    return form_of(deeds[name], row, tried) if name in deeds else None


def _as_of(shown: Snapshot, url: str) -> dict[str, Any]:
    row = shown.row
    span = max(1, int((now() - row.created_at).total_seconds()))
    held = int((shown.moment - row.created_at).total_seconds()) if shown.at else span
    return {
        "span": span,
        "offset": max(0, min(span, held)),
        "base": int(row.created_at.timestamp() * 1000),
        "at": iso(shown.moment),
        "stamp": stamp(shown.moment),
        "url": url,
    }


def _tabs(row: Incident, url: str, kept: list[tuple[str, str]], tab: str) -> list[dict[str, Any]]:
    words = {"timeline": "Timeline", "signals": "Signals", "slo": "SLO", "people": "People", "events": "Raw events"}
    counts = {"signals": row.signal_count or "", "events": row.version}
    found = []
    for name, word in words.items():
        pairs = [*kept, *([("tab", name)] if name != "timeline" else [])]
        address = url + (f"?{urlencode(pairs)}" if pairs else "")
        found.append({"label": word, "url": address, "count": counts.get(name, ""), "current": name == tab})
    return found


def _timeline(request: PageRequest, shown: Snapshot, url: str, kept: list[tuple[str, str]]) -> dict[str, Any]:
    wanted = read_wanted(request.GET)
    events, more = events_for(shown, wanted)
    pairs = [*kept, *(("show", kind) for kind in sorted(wanted.kinds))]
    older = urlencode([*pairs, ("before", str(events[-1].seq))]) if more else ""
    return {
        "entries": entries_of(events, folded=not wanted.kinds),
        "filters": filters_of(url, kept, wanted),
        "filtered": bool(wanted.kinds),
        "older_url": f"{url}?{older}" if older else "",
        "newest_url": url + (f"?{urlencode(pairs)}" if pairs else "") if wanted.before else "",
    }


def _beside(shown: Snapshot, request: PageRequest) -> dict[str, Any]:
    row = shown.row
    state = shown.state
    return {
        "facts": panels.facts_of(shown),
        "description": markdown(state["description"]) if state["description"] else "",
        "root_cause": markdown(state["root_cause"]) if state["root_cause"] else "",
        "impact": panels.impact_of(shown),
        "affected": [neutral(name) for name in state["affected_names"][:50]],
        "tags": [neutral(tag) for tag in state["tags"]],
        "may_tag": shown.at is None and allows(request.actor, "incident.tag"),
        "links": panels.links_of(shown),
        "around_url": reverse("incidents:around", args=(row.reference,)) if shown.at is None else "",
    }


_TAB_CONTEXT = {
    "timeline": _timeline,
    "signals": tabs.signals,
    "slo": tabs.slo,
    "people": tabs.people,
    "events": tabs.events,
}


@require_safe
@signed_in
def around(request: PageRequest, ref: str) -> HttpResponse:
    """The affected items as a graph, related and similar incidents: asked for once the record itself is shown."""
    row = find_incident(ref)
    shown = snapshot(row)
    context = {
        "ref": row.reference,
        "url": reverse("incidents:detail", args=(row.reference,)),
        "impact": panels.impact_of(shown),
        "graph": panels.graph_of(row),
        "alike": panels.alike(row, shown.moment),
    }
    return render(request, "incidents/_around.html" if request.htmx else "incidents/around.html", context)


@require_safe
@signed_in
def deeds(request: PageRequest, ref: str) -> HttpResponse:
    """All that can be done to an incident, in the drawer or as a page."""
    return render(request, "incidents/act.html", deeds_context(request, find_incident(ref)))


def deeds_context(request: PageRequest, row: Incident, tried: Tried | None = None) -> dict[str, Any]:
    """What `incidents/act.html` prints."""
    legal = {deed.name: deed for deed in legal_deeds(row, request.actor)}
    url = reverse("incidents:detail", args=(row.reference,))
    # The drawer opens above a list, whose row is swapped afterwards, or above the record itself.
    above_record = (
        bool(request.htmx)
        and request.htmx.current_url_abs_path is not None
        and (request.htmx.current_url_abs_path.partition("?")[0] == url)
    )
    return {
        "ref": row.reference,
        "version": row.version,
        "title": neutral(row.title),
        "severity": row.severity,
        "status": row.status,
        "status_word": STATUS_WORDS[row.status],
        "steps": steps_for(row, request.actor),
        "forms": [form_of(legal[name], row, tried) for name in IN_DRAWER if name in legal],
        "assignees": assignees(request.org.id) if legal else [],
        "layout": "layouts/drawer.html" if request.htmx else "layouts/page.html",
        "in_drawer": bool(request.htmx),
        "hx_target": ("#record" if above_record else "#outcome") if request.htmx else "",
        "url": url,
    }


@require_safe
@signed_in
def verified(request: PageRequest, ref: str) -> HttpResponse:
    """The mark that says whether the record's chain is whole and the row is the fold of its events."""
    row = find_incident(ref)
    whole = _verified.get((row.pk, row.head_hash, row.version), lambda: not verify_record(row))
    return render(request, "incidents/_seal.html", {"whole": whole, "version": row.version, "ref": row.reference})


@require_safe
@signed_in
def pulse(request: PageRequest, ref: str) -> HttpResponse:
    """What a war room asks every few seconds: 204 while nothing happened, else the new head and how much is new."""
    row = find_incident(ref)
    since = request.GET.get("since", "")
    if since == str(row.version):
        return HttpResponse(status=204)
    new = row.version - int(since) if since.isascii() and since.isdigit() and len(since) < 10 else 0
    context = record_context(request, row)
    return render(request, "incidents/_pulse.html", {**context, "new": max(0, new), "oob": True})

"""The admin of incidents: a list like the pages' own, and a record with its stream, its signals and its buttons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from incidents.admin.buttons import ADDER, BULK, BUTTONS, main_button
from incidents.admin.forms import assignees
from incidents.admin.lists import FILTERS, found, worst_first
from incidents.markdown import render as markdown
from incidents.models import Incident, IncidentAction, IncidentSignal, SLOViolation
from incidents.queries import events_of
from incidents.states import Severity
from incidents.targets import all_targets
from incidents.views.clocks import clocks_of
from incidents.views.panels import affected_of, facts_of, impact_of, links_of, moments_of, tickets_of
from incidents.views.rows import FIELDS, STATUS_WORDS, row_of
from incidents.views.snapshot import snapshot
from incidents.views.timeline import Wanted, entries_of, events_for
from incidents.wording import actor_words, describe
from orgs.admin_base import ReadOnlyAdmin
from orgs.clock import now
from orgs.durations import duration, iso, stamp
from orgs.errors import DomainError
from orgs.neutral import neutral
from orgs.pages import PageRequest

EVENTS_SHOWN = 50
AROUND = 20
MOST_SHOWN = 50
MOST_OVERTAKEN = 20


@admin.register(Incident)
class IncidentAdmin(ReadOnlyAdmin):
    """Incidents are read here; what changes them is a button that calls a command."""

    view_action = "incident.read"
    adder = ADDER
    buttons = BUTTONS
    bulk = BULK
    change_form_template = "admin/incidents/incident/record.html"
    list_display = ("severity_mark", "status_mark", "what", "owner", "age", "clock")
    list_display_links = None
    list_filter = FILTERS
    search_fields = ("reference",)
    search_help_text = "Words of the title, the reference or the service."
    ordering = worst_first()
    sortable_by = ("severity_mark", "status_mark", "owner", "age", "clock")
    column_places: ClassVar[dict[str, str]] = {
        "severity_mark": "mark-col",
        "status_mark": "mark-col",
        "what": "what",
        "owner": "who",
        "age": "when",
        "clock": "slac",
    }
    # The record's page prints the folds of its events, not the columns one by one.
    fields = ("reference",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """The pages' own search."""
        return found(queryset, search_term), False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return super().changelist_view(request, {"assignees": assignees(), **(extra_context or {})})

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The list, each row with what the pages print of it."""
        listed = super().get_changelist_instance(request)
        targets, moment = all_targets(), now()
        for row in listed.result_list:
            values = {name: getattr(row, name) for name in FIELDS}
            row.shown = row_of(values, targets=targets, now=moment, may_acknowledge=False)
        return listed

    @admin.display(description="Severity", ordering="severity")
    def severity_mark(self, row: Any) -> SafeString:
        """The severity's chip."""
        return format_html('<span class="sev {}">{}</span>', row.severity, row.severity)

    @admin.display(description="Incident")
    def what(self, row: Any) -> SafeString:
        """The title with its link; below it the reference, the service and the marks."""
        marks = [(mark["tone"], mark["word"]) for mark in row.shown["marks"]]
        return format_html(
            '<a class="title" href="{}">{}</a><span class="sub"><span class="ref">{}</span>'
            '<span class="clip">{}</span>{}</span>',
            reverse("admin:incidents_incident_change", args=(row.pk,)),
            row.shown["title"],
            row.reference,
            row.shown["place"],
            format_html_join("", '<span class="mark{}">{}</span>', marks),
        )

    @admin.display(description="Status", ordering="status")
    def status_mark(self, row: Any) -> SafeString:
        """The status as shape and word."""
        return format_html('<span class="st st-{}">{}</span>', row.status, STATUS_WORDS[row.status])

    @admin.display(description="Owner", ordering="assigned_to")
    def owner(self, row: Any) -> SafeString:
        """Who works on it."""
        return format_html('<span class="{}">{}</span>', "mute" if row.shown["unowned"] else "", row.shown["owner"])

    @admin.display(description="Age", ordering="-created_at")
    def age(self, row: Any) -> SafeString:
        """How long ago it began."""
        return format_html('<time datetime="{}" data-rel="age">{}</time>', row.shown["created"], row.shown["age"])

    @admin.display(description="SLA", ordering="next_due_at")
    def clock(self, row: Any) -> SafeString | str:
        """The clock that matters now, in words."""
        shown = row.shown
        if not shown["sla"]:
            return ""
        due = shown["sla_due"]
        time = ' <time datetime="{}" data-rel="{}">{}</time>'
        rest = format_html(time, due, shown["sla_rel"], shown["sla_left"]) if due else ""
        return format_html(
            '<span class="sla sla-{}"><span>{}{}</span><svg class="meter" viewBox="0 0 100 3" '
            'preserveAspectRatio="none" aria-hidden="true"><rect width="{}" height="3"/></svg></span>',
            shown["sla_tone"],
            shown["sla"],
            rest,
            shown["sla_meter"],
        )

    def more_context(self, request: PageRequest, obj: Any) -> dict[str, Any]:
        """The record as the pages show it: its clocks, a page of its stream, and what hangs below it."""
        seen = snapshot(obj)
        events, more = events_for(seen, Wanted(frozenset(), _before(request)), size=EVENTS_SHOWN)
        address = reverse("admin:incidents_incident_change", args=(obj.pk,))
        return {
            "title": f"{obj.reference} {neutral(obj.title)}",
            "heading": neutral(obj.title),
            "severity_word": Severity(obj.severity).label,
            "status_word": STATUS_WORDS[obj.status],
            "owner": neutral(obj.assigned_to) or "Unassigned",
            "lasted": duration(seen.lasted.total_seconds()),
            "clocks": clocks_of(seen),
            "moments": moments_of(seen),
            "facts": facts_of(seen),
            "impact": impact_of(seen),
            "links": links_of(seen),
            "tickets": tickets_of(seen),
            "affected": affected_of(obj)[:MOST_SHOWN],
            "tags": [neutral(tag) for tag in obj.tags],
            "prose": _prose(obj),
            "entries": entries_of(events, folded=False),
            "older_url": f"{address}?{urlencode({'before': events[-1].seq})}#events" if more else "",
            "newest_url": f"{address}#events" if _before(request) else "",
            "signals": _signals(obj),
            "actions": _actions(obj),
            "violations": _violations(obj),
            "main_button": main_button(obj),
            "assignees": assignees(),
            "page_url": reverse("incidents:detail", args=(obj.reference,)),
        }

    def form_context(self, request: PageRequest) -> dict[str, Any]:
        """Whom an incident can be assigned to."""
        return {"assignees": assignees()}

    def changes_since(self, row: Any, version: int) -> Sequence[str]:
        """The events that were written after the version, in words."""
        found = []
        for event in events_of(row, after=version, limit=MOST_OVERTAKEN):
            words = describe(event)
            who = f"{actor_words(event)} " if words.by else ""
            found.append(f"{event.seq}: {who}{words.what}, {stamp(event.recorded_at)}")
        return found


def _before(request: HttpRequest) -> int:
    """The number of the event below which the page begins; ``event`` names one that must be on it."""
    text = request.GET.get("event", "") or request.GET.get("before", "")
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise DomainError("Give the number of an event.", code="unknown_page")
    return int(text) + (AROUND if "event" in request.GET else 0)


def _prose(row: Incident) -> list[dict[str, Any]]:
    texts = (
        ("Description", row.description),
        ("Resolution", row.resolution),
        ("Root cause", row.root_cause),
        ("Note on the hold", row.hold_note),
    )
    return [{"name": name, "html": markdown(text)} for name, text in texts if text]


def _signals(row: Incident) -> list[dict[str, Any]]:
    rows = IncidentSignal.objects.filter(incident=row).order_by("-ts", "-id").defer("data")[:MOST_SHOWN]
    states = {True: ("firing", "firing"), False: ("resolved", "clear"), None: ("closed", "seen")}
    return [
        {
            "state": states[signal.firing][0],
            "word": states[signal.firing][1],
            "type": neutral(signal.signal_type).lower(),
            "source": neutral(signal.source),
            "summary": neutral(signal.summary)[:300],
            "at": iso(signal.ts),
            "stamp": stamp(signal.ts),
        }
        for signal in rows
    ]


def _actions(row: Incident) -> list[dict[str, Any]]:
    rows = IncidentAction.objects.filter(incident=row).order_by("-ts", "-id")[:MOST_SHOWN]
    return [
        {
            "kind": neutral(action.action_kind),
            "label": neutral(action.label),
            "by": action.get_actor_type_display(),
            "at": iso(action.ts),
            "stamp": stamp(action.ts),
        }
        for action in rows
    ]


def _violations(row: Incident) -> list[dict[str, Any]]:
    rows = SLOViolation.objects.filter(incident=row).order_by("-window_start", "-id")[:MOST_SHOWN]
    return [
        {
            "slo": neutral(violation.slo_id),
            "start": iso(violation.window_start),
            "start_stamp": stamp(violation.window_start),
            "end_stamp": stamp(violation.window_end),
            "used": f"{violation.error_budget_consumed * 100:.1f} %",
            "breached": violation.threshold_breached,
        }
        for violation in rows
    ]

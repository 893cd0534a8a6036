"""The admin of changes: a list with the approvers' queue, and a record with evidence, votes, stream and buttons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from changes.admin.buttons import BUTTONS
from changes.evidence import evidence_of
from changes.models import Change, ChangeEvent
from changes.queries import ChangeFilter, awaiting, changes, events_of
from changes.states import Kind, Risk, Status
from changes.wording import actor_words, describe
from orgs.admin_base import ReadOnlyAdmin, actor_of
from orgs.admin_lists import ChoiceFilter, choice_filter
from orgs.durations import stamp
from orgs.neutral import neutral

EVENTS_SHOWN = 100
MOST_OVERTAKEN = 20


def _said(event: ChangeEvent) -> str:
    return f"{event.seq}: {actor_words(event)} {describe(event)}, {stamp(event.recorded_at)}"


def _lines(texts: Iterable[str]) -> SafeString:
    return format_html_join("", "<div>{}</div>", ((neutral(text),) for text in texts))


class AwaitingFilter(ChoiceFilter):
    """The approver's queue."""

    title = "vote"
    parameter_name = "vote"
    choices_of = (("mine", "Waits for my vote"),)

    def narrow(self, request: HttpRequest, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        """Those on which whoever looks may vote now."""
        return queryset.filter(pk__in=[row.pk for row in awaiting(actor_of(request))])


@admin.register(Change)
class ChangeAdmin(ReadOnlyAdmin):
    """Changes are read here; what changes them is a button that calls a command."""

    view_action = "change.read"
    buttons = BUTTONS
    list_display = ("reference", "shown_title", "type", "status", "risk", "scheduled_at")
    list_filter = (
        AwaitingFilter,
        choice_filter("status", "status", Status.choices),
        choice_filter("type", "type", Kind.choices),
        choice_filter("risk", "risk", Risk.choices),
    )
    search_fields = ("reference",)
    search_help_text = "Words of the title or the reference."
    ordering = ("-created_at", "-id")
    sortable_by = ("reference",)
    fieldsets = (
        (None, {"fields": ("shown_title", "type", "status", "risk", "description", "affected_names")}),
        ("Evidence", {"fields": ("evidence",)}),
        ("Plans", {"fields": ("implementation_plan", "test_plan", "rollback_plan")}),
        ("Approval", {"fields": ("votes", "rejection", "approve_by")}),
        (
            "Facts",
            {
                "fields": (
                    "requested_by",
                    "assigned_to",
                    "scheduled_at",
                    "scheduled_end",
                    "submitted_at",
                    "approved_at",
                    "executed_at",
                    "finished_at",
                    "outcome",
                    "review_due_at",
                    "review_note",
                    "version",
                )
            },
        ),
        ("Events", {"fields": ("stream",)}),
    )
    readonly_fields = ("shown_title", "evidence", "votes", "stream")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """The lists' own search."""
        return (queryset & changes(ChangeFilter(q=search_term)) if search_term.strip() else queryset), False

    @admin.display(description="Title")
    def shown_title(self, row: Change) -> str:
        """The title, in which nothing acts on its surroundings."""
        return neutral(row.title)

    @admin.display(description="What is known of it")
    def evidence(self, row: Change) -> SafeString:
        """What an approver should see: risk, what is in the way, what it reaches, how such changes ended."""
        known = evidence_of(row)
        reach = known.blast_radius
        return _lines(
            [
                f"Computed risk: {known.risk.level}.",
                *(factor.words for factor in known.risk.factors),
                *(each.in_words() for group in known.conflicts.groups for each in group.conflicts),
                f"Depend on it: {reach['dependents']:,} items; services: {', '.join(reach['services']) or 'none'}.",
                *(f"{each.reference} {each.title}: {each.words}" for each in known.findings),
                *(f"Before: {each.reference} {each.title} has {each.status}." for each in known.similar),
            ]
        )

    @admin.display(description="Votes")
    def votes(self, row: Change) -> SafeString:
        """Every stage and what was said in it."""
        return _lines(
            text
            for stage in row.approval.get("stages", ())
            for text in (
                f"{stage['name']}: {stage['state']}, takes {stage['quorum']}",
                *(f"– {vote['voter_name']}: {vote['decision']} {vote['comment']}" for vote in stage["votes"]),
                *(f"– {asked['voter_name']} asks: {asked['question']}" for asked in stage["questions"]),
            )
        )

    @admin.display(description="The latest")
    def stream(self, row: Change) -> SafeString:
        """The latest events in words, the newest first."""
        first = max(row.version - EVENTS_SHOWN, 0)
        return _lines(_said(event) for event in reversed(events_of(row, after=first)))

    def changes_since(self, row: Any, version: int) -> Sequence[str]:
        """The events that were written after the version, in words."""
        return [_said(event) for event in events_of(row, after=version, limit=MOST_OVERTAKEN)]

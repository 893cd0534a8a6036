"""The admin of problems: a list, and a record with its links, its stream and its buttons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from orgs.admin_base import ReadOnlyAdmin
from orgs.admin_lists import choice_filter
from orgs.durations import stamp
from orgs.neutral import neutral
from problems.admin.buttons import ADDER, BUTTONS
from problems.models import Problem, ProblemEvent
from problems.queries import ProblemFilter, events_of, fixing_changes, linked_incidents, problems
from problems.states import Status
from problems.wording import actor_words, describe

EVENTS_SHOWN = 100
MOST_SHOWN = 50
MOST_OVERTAKEN = 20


def _said(event: ProblemEvent) -> str:
    return f"{event.seq}: {actor_words(event)} {describe(event)}, {stamp(event.recorded_at)}"


def _lines(texts: Iterable[str]) -> SafeString:
    return format_html_join("", "<div>{}</div>", ((text,) for text in texts))


@admin.register(Problem)
class ProblemAdmin(ReadOnlyAdmin):
    """Problems are read here; what changes them is a button that calls a command."""

    view_action = "problem.read"
    adder = ADDER
    buttons = BUTTONS
    list_display = ("reference", "shown_title", "status", "incident_count", "workaround_worth", "shown_owner")
    list_filter = (choice_filter("status", "status", Status.choices),)
    search_fields = ("reference",)
    search_help_text = "Words of the title, the symptoms or the reference."
    ordering = ("-created_at", "-id")
    sortable_by = ("reference",)
    fieldsets = (
        (
            None,
            {"fields": ("shown_title", "status", "symptoms", "description", "workaround", "root_cause", "resolution")},
        ),
        ("Links", {"fields": ("incidents", "changes", "affected_names", "services")}),
        (
            "Facts",
            {
                "fields": (
                    "assigned_to",
                    "owner_name",
                    "workaround_worth",
                    "reopen_count",
                    "known_since",
                    "resolved_at",
                    "created_at",
                    "version",
                )
            },
        ),
        ("Events", {"fields": ("stream",)}),
    )
    readonly_fields = ("shown_title", "incidents", "changes", "workaround_worth", "stream")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """The API's own search."""
        return (queryset & problems(ProblemFilter(q=search_term)) if search_term.strip() else queryset), False

    @admin.display(description="Title")
    def shown_title(self, row: Problem) -> str:
        """The title, in which nothing acts on its surroundings."""
        return neutral(row.title)

    @admin.display(description="Owner")
    def shown_owner(self, row: Problem) -> str:
        """Who answers for it."""
        return neutral(row.owner_name)

    @admin.display(description="Workaround helped")
    def workaround_worth(self, row: Problem) -> str:
        """What the workaround is worth, in numbers."""
        return f"{row.workaround_helped} of {row.workaround_used}" if row.workaround_used else ""

    @admin.display(description="Incidents")
    def incidents(self, row: Problem) -> SafeString:
        """Those that it caused."""
        found = linked_incidents(row)[:MOST_SHOWN]
        return _lines(f"{each.reference} {neutral(each.title)} ({each.status})" for each in found)

    @admin.display(description="Fixing changes")
    def changes(self, row: Problem) -> SafeString:
        """Those that are to end it, or have."""
        found = fixing_changes(row)[:MOST_SHOWN]
        return _lines(f"{each.reference} {neutral(each.title)} ({each.status})" for each in found)

    @admin.display(description="The latest")
    def stream(self, row: Problem) -> SafeString:
        """What happened to it, the latest first."""
        return _lines(_said(event) for event in events_of(row, after=max(0, row.version - EVENTS_SHOWN))[::-1])

    def changes_since(self, row: Any, version: int) -> Sequence[str]:
        """The events that were written after the version, in words."""
        return [_said(event) for event in events_of(row, after=version, limit=MOST_OVERTAKEN)]

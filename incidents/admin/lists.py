"""The admin's list of incidents: its filters, and its columns as the pages show them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from incidents.models import Incident
from incidents.queries import IncidentFilter, incidents
from incidents.states import LIVE, Severity, Status
from orgs.admin_lists import ChoiceFilter, choice_filter
from orgs.queries import teams

LIVE_STATE = "live"
ANY_STATE = "any"


class StateFilter(ChoiceFilter):
    """Live incidents unless something else is asked for."""

    title = "state"
    parameter_name = "state"
    default = LIVE_STATE
    choices_of = ((LIVE_STATE, "Live"), *Status.choices, (ANY_STATE, "Any"))

    def narrow(self, request: HttpRequest, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        if value == ANY_STATE:
            return queryset
        return queryset.filter(status__in=LIVE if value == LIVE_STATE else (value,))


class SlaFilter(ChoiceFilter):
    """What the clocks say."""

    title = "SLA"
    parameter_name = "sla"
    choices_of = (("at_risk", "At risk"), ("breached", "Missed"), ("held", "On hold"))

    def narrow(self, request: HttpRequest, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset & incidents(IncidentFilter(sla=value))


class TeamFilter(ChoiceFilter):
    """The team that it is assigned to."""

    title = "team"
    parameter_name = "team"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(team.slug, team.name) for team in teams()]

    def narrow(self, request: HttpRequest, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(assigned_team__slug=value)


class OwnerFilter(ChoiceFilter):
    """Mine, or nobody's."""

    title = "owner"
    parameter_name = "owner"
    choices_of = (("me", "Me"), ("nobody", "Nobody"))

    def narrow(self, request: HttpRequest, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(assignee=request.user) if value == "me" else queryset.filter(assigned_to="")


FILTERS: tuple[type[admin.ListFilter], ...] = (
    StateFilter,
    choice_filter("severity", "severity", Severity.choices),
    SlaFilter,
    OwnerFilter,
    TeamFilter,
)


def found(rows: QuerySet[Incident], words: str) -> QuerySet[Incident]:
    """The rows in which every word stands in the title, reference or service, as the pages search."""
    if not words.strip():
        return rows
    return rows & incidents(IncidentFilter(q=words))


def worst_first() -> tuple[str, ...]:
    """The order of the list: by severity, then by the nearest deadline, as an index of the live ones has it."""
    return ("severity", "next_due_at", "id")

"""The admin of recurring incidents: proposals to decide on, and the measure of what recurs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin

from orgs.actor import Actor
from orgs.admin_base import ReadOnlyAdmin
from orgs.admin_commands import CommandButton
from orgs.admin_lists import choice_filter
from orgs.neutral import neutral
from problems import commands
from problems.admin.forms import AcceptForm, DismissForm, RuleForm
from problems.models import RecurrenceProposal, RecurrenceRule
from problems.signatures import shown


def _accept(*, actor: Actor, row: RecurrenceProposal, version: None, title: str, owner: str) -> str:
    problem = commands.accept_proposal(actor=actor, proposal=row.pk, title=title, owner=owner)
    return f"{problem.reference} is open, with {problem.incident_count} incidents."


def _dismiss(*, actor: Actor, row: RecurrenceProposal, version: None, mute_until: datetime | None, reason: str) -> str:
    commands.dismiss_proposal(actor=actor, proposal=row.pk, mute_until=mute_until, reason=reason)
    return "The proposal is dismissed."


def _is_pending(row: RecurrenceProposal, actor: Actor) -> bool:
    return row.state == RecurrenceProposal.State.PENDING


@admin.register(RecurrenceProposal)
class RecurrenceProposalAdmin(ReadOnlyAdmin):
    """What the detector proposes; a person accepts it or dismisses it."""

    view_action = "problem.read"
    buttons = (
        CommandButton("accept", "Make it a problem", "problem.decide", _accept, AcceptForm, offered=_is_pending),
        CommandButton("dismiss", "Dismiss", "problem.decide", _dismiss, DismissForm, offered=_is_pending),
    )
    list_display = ("what", "ci", "count", "state", "first_seen_at", "last_seen_at")
    list_filter = (choice_filter("state", "state", RecurrenceProposal.State.choices),)
    list_select_related = ("ci",)
    ordering = ("-last_seen_at", "-id")
    sortable_by = ()
    fields = (
        "what",
        "ci",
        "count",
        "incident_names",
        "state",
        "first_seen_at",
        "last_seen_at",
        "problem",
        "mute_until",
        "reason",
        "decided_by",
        "decided_at",
    )
    readonly_fields = ("what", "incident_names")

    @admin.display(description="What recurs")
    def what(self, row: RecurrenceProposal) -> str:
        """The signature as people read it."""
        return neutral(shown(row.signature))

    @admin.display(description="Incidents")
    def incident_names(self, row: RecurrenceProposal) -> str:
        """The references of the incidents."""
        return ", ".join(ref["name"] for ref in row.incidents)


def _measure(*, actor: Actor, row: RecurrenceRule | None, version: None, incidents: int, days: int) -> Any:
    rule = commands.set_recurrence_rule(actor=actor, incidents=incidents, days=days)
    return "The measure is set." if row else rule


@admin.register(RecurrenceRule)
class RecurrenceRuleAdmin(ReadOnlyAdmin):
    """An organisation's own measure of what recurs; without one the product's holds."""

    view_action = "problem.read"
    adder = CommandButton("add", "Set the measure", "org.manage", _measure, RuleForm, tone="main")
    buttons = (CommandButton("change", "Change the measure", "org.manage", _measure, RuleForm),)
    list_display = ("__str__", "incidents", "days")
    ordering = ("id",)
    sortable_by = ()
    fields = ("incidents", "days")

"""The admin of an organisation's SLA targets."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from incidents.commands import set_sla_target
from incidents.models import SlaTarget
from incidents.states import Severity
from incidents.targets import all_targets
from orgs.actor import Actor
from orgs.admin_base import ReadOnlyAdmin
from orgs.admin_commands import CommandButton, CommandForm
from orgs.durations import duration

HINT = "In minutes. Incidents that run keep the targets that they began with."


class TargetForm(CommandForm):
    """Both targets of one severity."""

    severity = forms.ChoiceField(label="Severity", choices=Severity.choices)
    acknowledge_minutes = forms.IntegerField(label="Acknowledge within", min_value=1, help_text=HINT)
    resolve_minutes = forms.IntegerField(label="Resolve within", min_value=1, help_text=HINT)


def _change_form(request: HttpRequest, row: SlaTarget) -> type[CommandForm]:
    """The same without the severity, which the row says."""
    return type(
        "ChangeTargetForm",
        (CommandForm,),
        {
            "acknowledge_minutes": forms.IntegerField(
                label="Acknowledge within", min_value=1, help_text=HINT, initial=row.acknowledge_seconds // 60
            ),
            "resolve_minutes": forms.IntegerField(
                label="Resolve within", min_value=1, help_text=HINT, initial=row.resolve_seconds // 60
            ),
        },
    )


def _set(
    *,
    actor: Actor,
    row: SlaTarget | None,
    version: None,
    acknowledge_minutes: int,
    resolve_minutes: int,
    severity: str = "",
) -> Any:
    target = set_sla_target(
        actor=actor,
        severity=row.severity if row else severity,
        acknowledge_seconds=acknowledge_minutes * 60,
        resolve_seconds=resolve_minutes * 60,
    )
    return f"The targets of {target.severity} are set." if row else target


_RENAMED = {"acknowledge_seconds": "acknowledge_minutes", "resolve_seconds": "resolve_minutes"}


@admin.register(SlaTarget)
class SlaTargetAdmin(ReadOnlyAdmin):
    """An organisation's own targets; a severity that is not listed has those of the product."""

    view_action = "incident.read"
    adder = CommandButton("add", "Set a target", "org.manage", _set, TargetForm, renamed=_RENAMED, tone="main")
    buttons = (CommandButton("change", "Change the targets", "org.manage", _set, _change_form, renamed=_RENAMED),)
    list_display = ("severity", "acknowledge", "resolve")
    ordering = ("severity",)
    fields = ("severity", "acknowledge", "resolve")
    readonly_fields = ("acknowledge", "resolve")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        words = "; ".join(
            f"{severity}: {duration(seconds['acknowledge'])} and {duration(seconds['resolve'])}"
            for severity, seconds in all_targets().items()
        )
        lead = f"In force now, to acknowledge and to resolve: {words}."
        return super().changelist_view(request, {"lead": lead, **(extra_context or {})})

    @admin.display(description="Acknowledge within")
    def acknowledge(self, row: SlaTarget) -> str:
        """The first target in words."""
        return duration(row.acknowledge_seconds)

    @admin.display(description="Resolve within")
    def resolve(self, row: SlaTarget) -> str:
        """The second target in words."""
        return duration(row.resolve_seconds)

"""The intake in the admin: stored bodies and alerts that are read, with buttons; sources with their policy."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from incidents.states import Severity
from integrations.commands import configure_source, promote_alert, replay_item
from integrations.intake.sources import SOURCES
from integrations.intake.wording import title_of
from integrations.models import Alert, AlertSource, InboxItem
from orgs.actor import Actor
from orgs.admin_base import ReadOnlyAdmin
from orgs.admin_commands import BulkCommand, CommandButton, CommandForm
from orgs.admin_lists import choice_filter
from orgs.neutral import neutral_lines

RAW_SHOWN = 50_000
_SOURCE_CHOICES = [(name, source.label) for name, source in sorted(SOURCES.items())]


def _replay(*, actor: Actor, row: InboxItem, version: None) -> str:
    replay_item(actor=actor, item=row)
    return "It is in line to be applied again."


def _replay_each(*, actor: Actor, row: InboxItem, version: None, value: str) -> None:
    replay_item(actor=actor, item=row)


def _may_replay(row: InboxItem, actor: Actor) -> bool:
    return row.state not in (InboxItem.State.PENDING, InboxItem.State.PARKED)


@admin.register(InboxItem)
class InboxItemAdmin(ReadOnlyAdmin):
    """Every body that was answered with 202, and what became of it."""

    view_action = "intake.read"
    buttons = (CommandButton("replay", "Replay", "intake.replay", _replay, offered=_may_replay, tone="main"),)
    bulk = (BulkCommand("replay", "Replay", "intake.replay", _replay_each, "In line again:"),)
    list_display = ("received_at", "source", "state", "size", "attempts", "what_became")
    list_display_links = ("received_at",)
    list_filter = (
        choice_filter("state", "state", InboxItem.State.choices),
        choice_filter("source", "source", _SOURCE_CHOICES),
    )
    ordering = ("-received_at", "-id")
    sortable_by = ()
    fieldsets = (
        (
            None,
            {"fields": ("source", "state", "received_at", "sender", "size", "sha256", "delivery_key", "request_id")},
        ),
        ("What became of it", {"fields": ("attempts", "applied_at", "finished_at", "error", "outcome", "remarks")}),
        ("As it came", {"fields": ("headers", "given", "body")}),
    )
    readonly_fields = ("body",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[InboxItem]:
        """The rows without their bodies, which only the page of one shows."""
        return super().get_queryset(request).defer("raw")

    @admin.display(description="What became of it")
    def what_became(self, row: InboxItem) -> str:
        """Its error, else its alerts in a few words."""
        if row.error:
            return neutral_lines(row.error[:200])
        outcome = row.outcome
        words = [f"{outcome[name]} {name}" for name in ("firing", "resolved", "acknowledged") if outcome.get(name)]
        return ", ".join(words) or ("no alert" if row.state == InboxItem.State.DONE else "")

    @admin.display(description="Body")
    def body(self, row: InboxItem) -> SafeString:
        """The body as text."""
        return format_html('<pre class="raw" tabindex="0">{}</pre>', neutral_lines(row.text(RAW_SHOWN)))


def _promote(*, actor: Actor, row: Alert, version: None, incident: str) -> str:
    made = promote_alert(actor=actor, alert=row, incident=incident.strip() or None)
    return f"The alert belongs to {made.reference}."


class PromoteForm(CommandForm):
    """Which incident an alert should join."""

    incident = forms.CharField(
        label="Incident", required=False, max_length=60, help_text="A reference to join; empty: open one."
    )


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin):
    """Alerts, whether or not they made an incident."""

    view_action = "alert.read"
    buttons = (
        CommandButton(
            "promote",
            "Promote to an incident",
            "alert.promote",
            _promote,
            PromoteForm,
            offered=lambda row, actor: row.incident is None or row.incident.is_final,
            tone="main",
        ),
    )
    list_display = ("created_at", "severity", "state", "what", "source", "service", "count", "belongs_to")
    list_display_links = ("created_at",)
    list_select_related = ("incident",)
    list_filter = (
        choice_filter("state", "state", Alert.State.choices),
        choice_filter("severity", "severity", Severity.choices),
        choice_filter("source", "source", _SOURCE_CHOICES),
    )
    ordering = ("-created_at", "-id")
    sortable_by = ()
    fieldsets = (
        (None, {"fields": ("what", "state", "severity", "severity_given", "belongs_to", "error", "is_doubtful")}),
        ("Where", {"fields": ("source", "origin", "service", "environment", "ci", "ci_names")}),
        ("When", {"fields": ("starts_at", "ends_at", "last_seen_at", "count", "episode", "created_at")}),
        ("What tells it from others", {"fields": ("fingerprint", "correlation_key", "group_key")}),
        ("What the sender said", {"fields": ("description", "labels", "links", "details")}),
    )
    readonly_fields = ("what", "belongs_to")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Alert]:
        """The rows with what their page shows of others."""
        return super().get_queryset(request).select_related("incident", "ci")

    @admin.display(description="Alert")
    def what(self, row: Alert) -> str:
        """The title on one line."""
        return neutral_lines(title_of(row))

    @admin.display(description="Incident")
    def belongs_to(self, row: Alert) -> SafeString | str:
        """A link to its incident."""
        if row.incident is None:
            return self.get_empty_value_display()
        address = reverse("admin:incidents_incident_change", args=(row.incident.pk,))
        return format_html('<a href="{}">{}</a>', address, row.incident.reference)


class _Lines(forms.CharField):
    """One entry a line."""

    widget = forms.Textarea(attrs={"rows": 4, "spellcheck": "false"})

    def clean(self, value: Any) -> list[str]:
        """The lines that say something."""
        return [line.strip() for line in super().clean(value).splitlines() if line.strip()]


class _Words(forms.CharField):
    """``word = P1`` a line."""

    widget = forms.Textarea(attrs={"rows": 6, "spellcheck": "false"})

    def clean(self, value: Any) -> dict[str, str]:
        """Word to severity; what the severities may be is the command's to say."""
        lines = [line for line in super().clean(value).splitlines() if line.strip()]
        pairs = (line.rpartition("=") for line in lines)
        return {word.strip(): severity.strip() for word, _, severity in pairs}


def _source_form(request: HttpRequest, row: AlertSource | None) -> type[CommandForm]:
    """The policy of a source, filled with what holds; a new row chooses its source first."""
    held = row or AlertSource()
    words = "\n".join(f"{word} = {severity}" for word, severity in sorted(held.severity_map.items()))

    def lines(label: str, name: str, hint: str) -> _Lines:
        return _Lines(label=label, required=False, initial="\n".join(getattr(held, name)), help_text=hint)

    fields: dict[str, forms.Field] = {
        "is_enabled": forms.BooleanField(
            label="Applied as they come", required=False, initial=held.is_enabled, help_text="Off: bodies wait here."
        ),
        "severity_map": _Words(label="Severities", required=False, initial=words, help_text="word = P1, one a line."),
        "ci_labels": lines("Labels that name CIs", "ci_labels", "Labels or dotted paths; empty: the source's own."),
        "service_labels": lines("Labels that name the service", "service_labels", "The same for the service."),
        "correlate_by": lines("Correlate by", "correlate_by", "Alerts with equal values share an incident."),
        "create_severities": forms.MultipleChoiceField(
            label="Severities that open an incident",
            choices=Severity.choices,
            widget=forms.CheckboxSelectMultiple,
            required=False,
            initial=held.create_severities,
        ),
        "quiet_seconds": forms.IntegerField(label="Quiet period", initial=held.quiet_seconds),
        "reopen_seconds": forms.IntegerField(label="Reopen window", initial=held.reopen_seconds),
    }
    if row is None:
        fields = {"kind": forms.ChoiceField(label="Source", choices=_SOURCE_CHOICES), **fields}
    return type("SourceForm", (CommandForm,), {"__doc__": "The policy of a source.", **fields})


def _configure(*, actor: Actor, row: AlertSource | None, version: None, kind: str = "", **values: Any) -> Any:
    made = configure_source(actor=actor, kind=row.kind if row else kind, changes=values)
    return f"The policy of {SOURCES[made.kind].label} is set." if row else made


@admin.register(AlertSource)
class AlertSourceAdmin(ReadOnlyAdmin):
    """How the organisation wants its sources treated; one that is not listed has the defaults."""

    view_action = "intake.read"
    adder = CommandButton("add", "Set a policy", "source.manage", _configure, _source_form, tone="main")
    buttons = (CommandButton("change", "Change the policy", "source.manage", _configure, _source_form, tucked=True),)
    list_display = ("kind", "is_enabled", "create_severities", "quiet_seconds", "reopen_seconds", "updated_at")
    ordering = ("kind",)
    sortable_by = ()
    fields = (
        *("kind", "is_enabled", "severity_map", "ci_labels", "service_labels", "correlate_by", "create_severities"),
        *("quiet_seconds", "reopen_seconds", "updated_at", "updated_by"),
    )

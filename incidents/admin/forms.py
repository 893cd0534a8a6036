"""Forms of the admin's buttons, made from what the pages ask for the same deed, and those that only the admin has."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import HttpRequest

from incidents.commands.links import REVERSE
from incidents.commands.work import NOTE_KINDS
from incidents.models import Incident
from incidents.states import Severity
from incidents.views.forms import Ask, Deed
from incidents.wording import LINK_WORDS, NOTE_WORDS
from orgs.admin_commands import CommandForm
from orgs.models import Project
from orgs.queries import members, teams

WIDEST = 65_536


def _text(
    label: str,
    *,
    required: bool = False,
    most: int = 500,
    hint: str = "",
    widget: forms.Widget | None = None,
    **more: Any,
) -> forms.CharField:
    """A text. That it must be given, and how long it may be, is said to the browser; the command decides."""
    shown = widget or forms.TextInput()
    shown.attrs.update({"maxlength": most, **({"required": True} if required else {})})
    return forms.CharField(label=label, required=False, help_text=hint, strip=False, widget=shown, **more)


def _prose(label: str, *, required: bool = False, hint: str = "Markdown.", rows: int = 4) -> forms.CharField:
    return _text(label, required=required, most=WIDEST, hint=hint, widget=forms.Textarea(attrs={"rows": rows}))


def _choice(label: str, choices: Iterable[tuple[str, str]], hint: str = "", start: str = "") -> forms.CharField:
    widget = forms.Select(choices=[(value, str(word)) for value, word in choices])
    return forms.CharField(label=label, required=False, help_text=hint, initial=start, widget=widget)


def _moment(label: str, hint: str, *, required: bool = False) -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local", "step": "1"}, format="%Y-%m-%dT%H:%M:%S")
    return forms.DateTimeField(label=label, required=required, help_text=hint, widget=widget)


class _Lines(forms.CharField):
    """One entry a line."""

    widget = forms.Textarea(attrs={"rows": 3})

    def clean(self, value: Any) -> list[str]:
        """The lines that say something."""
        return [line.strip() for line in super().clean(value).splitlines() if line.strip()]


class _Json(forms.CharField):
    """Any JSON value, or nothing."""

    widget = forms.Textarea(attrs={"rows": 4, "spellcheck": "false"})

    def clean(self, value: Any) -> Any:
        """The value that the text spells."""
        text = super().clean(value).strip()
        if not text:
            return None
        try:
            return json.loads(text, parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            raise forms.ValidationError("Give JSON, or leave it empty.") from error


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


def form_of_deed(deed: Deed) -> Any:
    """A function that makes the form of a deed for one incident: the same fields, filled with what stands there."""

    def form(request: HttpRequest, row: Incident) -> type[CommandForm]:
        fields = {ask.name: _field(ask, row) for ask in deed.fields}
        return type("DeedForm", (CommandForm,), {"__doc__": deed.label, **fields})

    return form


def _field(ask: Ask, row: Incident) -> forms.Field:
    start = ask.start(row)
    if ask.choices:
        return _choice(ask.label, ask.choices, ask.hint, start)
    widget: forms.Widget = forms.TextInput(attrs={"list": ask.list} if ask.list else {})
    if ask.kind == "textarea":
        widget = forms.Textarea(attrs={"rows": ask.rows})
    elif ask.kind == "url":
        widget = forms.URLInput()
    most = ask.most or WIDEST
    return _text(ask.label, required=ask.required, most=most, hint=ask.hint, initial=start, widget=widget)


class ReasonForm(CommandForm):
    """Why, for a step that needs no more than a press."""

    reason = _prose("Reason", hint="Kept on the timeline. Markdown.", rows=2)


class NoteForm(CommandForm):
    """A note, a decision or a hypothesis."""

    kind = _choice("Kind", [(kind, NOTE_WORDS[kind]) for kind in NOTE_KINDS])
    text = _prose("Text", required=True)
    occurred_at = _moment("Happened at", "UTC, if not now; when it was written stays known.")


class ActionForm(CommandForm):
    """Something that was done."""

    kind = _text("Kind", required=True, most=40, hint="A short word, such as NOTE, ROLLBACK or RUNBOOK_STEP.")
    label = _text("What was done", required=True)
    details = _prose("Details")
    occurred_at = _moment("Happened at", "UTC, if not now.")


class SignalForm(CommandForm):
    """An observation to attach."""

    signal_type = _text("Type", required=True, most=40, hint="Such as ALERT, METRIC, TRACE or USER_REPORT.")
    source = _text("Source", required=True, most=200)
    summary = _prose("Summary", required=True, hint="", rows=2)
    correlation_key = _text("Correlation key")
    trace_id = _text("Trace", most=200)
    service_name = _text("Service", most=200)
    environment = _text("Environment", most=100)
    payload = _Json(label="Data", required=False, strip=False, max_length=WIDEST, help_text="JSON, kept as it is.")


class SloForm(CommandForm):
    """An objective that was missed."""

    slo_id = _text("Objective", required=True, most=200)
    window_start = _moment("Window began", "UTC.", required=True)
    window_end = _moment("Window ended", "UTC.", required=True)
    error_budget_consumed = forms.DecimalField(
        label="Error budget consumed", help_text="A share: 1 is the whole budget.", max_digits=14, decimal_places=6
    )
    threshold_breached = forms.BooleanField(label="The threshold was breached", required=False)
    details = _prose("Details")


class TagForm(CommandForm):
    """A tag to take off."""

    tag = _text("Tag", required=True, most=60)


def unlink_form(request: HttpRequest, row: Incident) -> type[CommandForm]:
    """Which of the incident's links to take off."""
    choices = [
        (f"{link['kind']} {link['incident_id']}", f"{LINK_WORDS.get(link['kind'], link['kind'])} {link['reference']}")
        for link in row.links
        if link["kind"] in REVERSE
    ]
    return type("UnlinkForm", (CommandForm,), {"link": _choice("This one", choices)})


def new_incident_form(request: HttpRequest, row: None) -> type[CommandForm]:
    """What a new incident can be begun with."""
    return type(
        "NewIncidentForm",
        (CommandForm,),
        {
            "title": _text("Title", required=True),
            "severity": _choice("Severity", Severity.choices, start=Severity.P3),
            "affected_cis": _Lines(label="Affected configuration items", required=False, help_text="One name a line."),
            "assigned_to": _text(
                "Assign to",
                most=200,
                hint="A team, a person, or any words.",
                widget=forms.TextInput(attrs={"list": "assignees"}),
            ),
            "service_name": _text("Service", most=200),
            "environment": _text("Environment", most=100),
            "project": _choice("Project", [("", "None"), *_projects()]),
            "description": _prose("Description"),
            "tags": _Lines(label="Tags", required=False, help_text="One a line."),
            "correlation_key": _text("Correlation key"),
            "runbook_path": _text("Runbook"),
            "impact_started_at": _moment("Impact began", "UTC, if it is known."),
        },
    )


def _projects() -> list[tuple[str, str]]:
    return [(str(project.pk), project.name) for project in Project.objects.order_by("name")]


def assignees() -> list[str]:
    """The names that an assignment may be given to."""
    return [*(team.name for team in teams()), *(user.display_name() for user in members())]

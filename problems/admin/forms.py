"""Forms of the admin's buttons. What the values must be is the commands' business."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest

from changes.models import Change
from incidents.models import Incident
from orgs.admin_commands import CommandForm
from orgs.neutral import neutral
from problems.commands.fields import LENGTHS
from problems.commands.recurrence import LEAST_INCIDENTS, MOST_DAYS, MOST_INCIDENTS
from problems.models import Problem
from problems.queries import fixing_changes, linked_incidents
from problems.signatures import DEFAULT_DAYS, DEFAULT_INCIDENTS

NAME = {"assigned_to": "Assigned to", "root_cause": "Root cause"}


class Lines(forms.CharField):
    """One entry a line."""

    widget = forms.Textarea(attrs={"rows": 3})

    def clean(self, value: Any) -> list[str]:
        """The lines that say something."""
        return [line.strip() for line in super().clean(value).splitlines() if line.strip()]


def text(name: str, *, start: str = "", required: bool = False, hint: str = "") -> forms.CharField:
    """A text of one line. That it must be given is said to the browser; the command decides."""
    attributes: dict[str, Any] = {"maxlength": LENGTHS.get(name, 500), **({"required": True} if required else {})}
    widget = forms.TextInput(attrs=attributes)
    return _plain(name, widget, start, hint)


def prose(name: str, *, start: str = "", required: bool = False, hint: str = "") -> forms.CharField:
    """A text of several lines."""
    attributes: dict[str, Any] = {"rows": 4, "maxlength": LENGTHS.get(name, 65_536)}
    widget = forms.Textarea(attrs={**attributes, **({"required": True} if required else {})})
    return _plain(name, widget, start, hint)


def _plain(name: str, widget: forms.Widget, start: str, hint: str) -> forms.CharField:
    label = NAME.get(name, name.replace("_", " ").capitalize())
    return forms.CharField(label=label, required=False, strip=False, widget=widget, initial=start, help_text=hint)


class NewProblemForm(CommandForm):
    """What a new problem can be begun with."""

    title = text("title", required=True)
    description = prose("description")
    symptoms = prose("symptoms", hint="What people and alerts see of it, for finding it again.")
    workaround = prose("workaround")
    root_cause = prose("root_cause")
    affected_cis = Lines(label="Affected configuration items", required=False, help_text="One name a line.")
    services = Lines(label="Services", required=False, help_text="One a line.")
    linked_incidents = Lines(label="Incidents", required=False, help_text="One reference a line.")
    assigned_to = text("assigned_to")
    owner = text("owner", hint="Who answers for it.")


def edit_form(request: HttpRequest, row: Problem) -> type[CommandForm]:
    """What stands in a problem, to be changed."""
    fields: dict[str, Any] = {"title": text("title", start=row.title, required=True)}
    for name in ("description", "symptoms", "workaround", "root_cause"):
        fields[name] = prose(name, start=getattr(row, name))
    fields["owner"] = text("owner", start=row.owner_name)
    fields["assigned_to"] = text("assigned_to", start=row.assigned_to)
    return type("EditForm", (CommandForm,), fields)


class ReasonForm(CommandForm):
    """Why."""

    reason = prose("reason")


class ResolveForm(CommandForm):
    """How it ended, and by which change."""

    resolution = prose("resolution", required=True)
    change = text("change", hint="The reference of the change that fixed it, if there was one.")
    incidents = forms.BooleanField(label="Resolve its incidents too", required=False)


class NoteForm(CommandForm):
    """A note."""

    text = prose("text", required=True)


class IncidentForm(CommandForm):
    """An incident to link."""

    incident = text("incident", required=True, hint="Its reference.")


class ChangeForm(CommandForm):
    """A change to name."""

    change = text("change", required=True, hint="Its reference.")


class UseForm(CommandForm):
    """A use of the workaround."""

    incident = text("incident", required=True, hint="The reference of the incident that it was tried on.")
    helped = forms.ChoiceField(
        label="Did it help?", choices=(("", "Nobody can say yet"), ("yes", "Yes"), ("no", "No")), required=False
    )


def unlink_form(request: HttpRequest, row: Problem) -> type[CommandForm]:
    """Which of the linked records to take off."""
    rows: list[Incident | Change] = [*linked_incidents(row), *fixing_changes(row)]
    choices = [(found.reference, f"{found.reference} {neutral(found.title)}"[:120]) for found in rows]
    field = forms.CharField(label="This one", required=False, widget=forms.Select(choices=choices))
    return type("UnlinkForm", (CommandForm,), {"other": field})


class AcceptForm(CommandForm):
    """What the new problem is to be called, and who answers for it."""

    title = text("title", hint="The title of the newest incident unless given.")
    owner = text("owner")


class DismissForm(CommandForm):
    """Until when, and why."""

    mute_until = forms.DateTimeField(
        label="Not again before",
        required=False,
        help_text="UTC; thirty days from now unless given.",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "step": "1"}, format="%Y-%m-%dT%H:%M:%S"),
    )
    reason = prose("reason")


class RuleForm(CommandForm):
    """How many alike within how long."""

    incidents = forms.IntegerField(
        label="So many alike on one item",
        initial=DEFAULT_INCIDENTS,
        min_value=LEAST_INCIDENTS,
        max_value=MOST_INCIDENTS,
    )
    days = forms.IntegerField(label="Within so many days", initial=DEFAULT_DAYS, min_value=1, max_value=MOST_DAYS)

"""Forms of the admin's buttons. What the values must be is the commands' business."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest

from changes.commands.fields import LENGTHS
from changes.evidence import evidence_of
from changes.models import Change
from orgs.admin_commands import CommandForm


def prose(name: str, *, required: bool = False, hint: str = "") -> forms.CharField:
    """A text of several lines. That it must be given is said to the browser; the command decides."""
    attributes: dict[str, Any] = {"rows": 4, "maxlength": LENGTHS[name], **({"required": True} if required else {})}
    widget = forms.Textarea(attrs=attributes)
    label = name.replace("_", " ").capitalize()
    return forms.CharField(label=label, required=False, strip=False, widget=widget, help_text=hint)


class SubmitForm(CommandForm):
    """What approvers should know."""

    comment = prose("comment")
    conflict_reason = prose("conflict_reason", hint="Why what is in its way is accepted, if anything is.")


class QuestionForm(CommandForm):
    """What an approver wants to know."""

    comment = prose("comment", required=True)


def ballot_form(request: HttpRequest, row: Change, *, required: bool = False) -> type[CommandForm]:
    """What is said with a vote, and the hash of the evidence that the page shows with it."""
    shown = forms.CharField(required=False, widget=forms.HiddenInput, initial=lambda: evidence_of(row).snapshot_hash)
    fields = {"comment": prose("comment", required=required), "evidence_hash": shown}
    return type("BallotForm", (CommandForm,), fields)


def rejection_form(request: HttpRequest, row: Change) -> type[CommandForm]:
    """The same, where something must be said."""
    return ballot_form(request, row, required=True)


class DelegateForm(CommandForm):
    """Who gets the seat."""

    delegate_to = forms.CharField(
        label="To", required=False, help_text="Their sign-in name.", widget=forms.TextInput(attrs={"required": True})
    )
    comment = prose("comment")


class ExecuteForm(CommandForm):
    """Why outside its window."""

    override_reason = prose("override_reason", hint="Needed outside its window only.")


class CompleteForm(CommandForm):
    """How it went."""

    review_note = prose("review_note")


class FailForm(CommandForm):
    """What was undone."""

    rolled_back = prose("rolled_back", required=True)


class ReasonForm(CommandForm):
    """Why."""

    reason = prose("reason")


class ReviewForm(CommandForm):
    """What was learnt."""

    note = prose("note", required=True)


class NoteForm(CommandForm):
    """A note."""

    text = prose("text", required=True)

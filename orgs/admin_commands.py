"""Commands as buttons: how the admin offers one, and how a form of the admin calls it and tells of a refusal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.http import HttpRequest

from orgs.actor import Actor
from orgs.errors import DomainError, Invalid
from orgs.pages import PageRequest, refuse_other_organisation
from orgs.policy import allows

MOST_AT_ONCE = 200
"""Rows that one bulk command takes."""
OUT_OF_ORDER = "This form is incomplete. Open the record again and repeat the change."

Run = Callable[..., Any]
"""What carries a button out; keywords ``actor``, ``row`` (None when adding), ``version`` and the form's values."""


class CommandForm(forms.Form):
    """The shape of a command's input. What the values must be is the command's business, not the form's."""

    use_required_attribute = True


@dataclass(frozen=True)
class Secret:
    """What a command made that can be shown once and never again."""

    title: str
    words: str
    value: str


def always(row: Any, actor: Actor) -> bool:
    """Offer the button on every record."""
    return True


@dataclass(frozen=True)
class CommandButton:
    """A command that the admin offers on a record, or for a new one.

    ``name`` is its place in the address, ``action`` the policy's action that it takes, ``run`` calls the command,
    ``offered`` says whether it is a legal next step of the record now, ``said`` is the sentence of its success unless
    ``run`` returns one. ``question`` asks before what cannot be taken back, ``tone`` is ``main``, ``bad`` or nothing,
    ``tucked`` puts it among the record's further actions, ``quick`` shows a plain button there and leaves its fields,
    none of which must be given, to the page of the command. A ``form`` may be a function of (request, row) that returns
    the form's class; ``renamed`` maps a field of the command to the form's, ``appends`` ones overwrite nothing and go
    without a version. Whether it may be done is decided by the command alone.
    """

    name: str
    label: str
    action: str
    run: Run
    form: type[CommandForm] | Callable[[HttpRequest, Any], type[CommandForm]] | None = None
    offered: Callable[[Any, Actor], bool] = always
    said: str = "Done."
    question: str = ""
    tone: str = ""
    hint: str = ""
    tucked: bool = False
    quick: bool = False
    appends: bool = False
    renamed: Mapping[str, str] = field(default_factory=dict)

    def is_open_to(self, actor: Actor, row: Any) -> bool:
        """Whether to show it: permitted to the actor, and legal on the record as it stands."""
        return allows(actor, self.action) and self.offered(row, actor)

    def form_class(self, request: HttpRequest, row: Any) -> type[CommandForm]:
        """The class of its form; one without fields where it takes no input."""
        if self.form is None:
            return CommandForm
        if isinstance(self.form, type):
            return self.form
        return self.form(request, row)


@dataclass(frozen=True)
class BulkCommand:
    """A command over the ticked rows of a list: ``run`` takes ``actor``, ``row``, ``version`` and ``value``.

    Each row is a transaction of its own; what is refused is told row by row. ``needs`` names the text that it takes
    from the field beside the choice, if any.
    """

    name: str
    label: str
    action: str
    run: Run
    done: str
    needs: str = ""


@dataclass
class Attempt:
    """What came of sending a command's form: ``result`` where it was carried out, else the refusal."""

    form: CommandForm
    result: Any = None
    refusal: DomainError | None = None

    @property
    def done(self) -> bool:
        """Whether the command was carried out."""
        return self.refusal is None and not self.form.errors

    @property
    def status(self) -> int:
        """The HTTP status that says the same."""
        if self.refusal is not None:
            return self.refusal.status
        return 400 if self.form.errors else 200


@dataclass(frozen=True)
class Offer:
    """A button on a record's page, with its empty form where it takes input."""

    button: CommandButton
    form: CommandForm | None


def offers(buttons: Sequence[CommandButton], request: PageRequest, row: Any) -> list[Offer]:
    """The buttons that the record offers to whoever looks at it."""
    open_ones = [button for button in buttons if button.is_open_to(request.actor, row)]
    shown = (button.form and not button.tucked and not button.quick for button in open_ones)
    return [
        Offer(button, button.form_class(request, row)(auto_id=f"{button.name}-%s") if with_fields else None)
        for button, with_fields in zip(open_ones, shown, strict=True)
    ]


def attempt(button: CommandButton, request: PageRequest, row: Any) -> Attempt:
    """Call the command with what was sent and the version that the person saw; a refusal becomes part of the answer.

    Raises ``Conflict`` for a form that was opened in another organisation.
    """
    refuse_other_organisation(request)
    form = button.form_class(request, row)(request.POST, auto_id=f"{button.name}-%s")
    if not form.is_valid():
        return Attempt(form)
    try:
        version = None if button.appends else seen_version(request.POST.get("version"), row)
        result = button.run(actor=request.actor, row=row, version=version, **form.cleaned_data)
    except Invalid as refusal:
        _blame(form, refusal, button.renamed)
        return Attempt(form, refusal=refusal)
    except DomainError as refusal:
        return Attempt(form, refusal=refusal)
    return Attempt(form, result=result)


def seen_version(sent: str | None, row: Any) -> int | None:
    """The version that a form was made from, None for records without one. Raises ``DomainError`` if it is missing."""
    if not hasattr(row, "version"):
        return None
    if sent is None or not sent.isascii() or not sent.isdigit() or len(sent) > 9:
        raise DomainError(OUT_OF_ORDER, code="version_required")
    return int(sent)


def _blame(form: CommandForm, refusal: Invalid, renamed: Mapping[str, str]) -> None:
    """Put every bad field's sentence beside its field; what the form does not have goes above it."""
    for error in refusal.fields:
        name = error.field.split(".")[0].split("[")[0]
        name = renamed.get(name, name)
        form.add_error(name if name in form.fields else None, error.message)


def split_ticks(ticks: Iterable[str]) -> list[tuple[str, str | None]]:
    """The ticked rows as (key, version seen)."""
    found: list[tuple[str, str | None]] = []
    for tick in ticks:
        key, _, version = tick.rpartition(":")
        found.append((key, version) if key else (tick, None))
    return found

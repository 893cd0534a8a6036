"""The buttons of a problem in the admin: each calls a command."""

from __future__ import annotations

from typing import Any

from changes.models import Change
from orgs.actor import Actor
from orgs.admin_commands import CommandButton
from orgs.errors import Conflict
from orgs.policy import require
from problems import commands
from problems.admin.forms import (
    ChangeForm,
    IncidentForm,
    NewProblemForm,
    NoteForm,
    ReasonForm,
    ResolveForm,
    UseForm,
    edit_form,
    unlink_form,
)
from problems.models import Problem
from problems.states import Status
from problems.wording import status_word
from timeline.verify import verify_record


def _step(name: str, label: str, to: Status, sources: tuple[Status, ...]) -> CommandButton:
    def run(*, actor: Actor, row: Problem, version: int | None, reason: str) -> str:
        commands.change_status(actor=actor, problem=row.pk, to=to, reason=reason, expected_version=version)
        return f"{row.reference} is {status_word(to).lower()} now."

    return CommandButton(
        name, label, "problem.status", run, ReasonForm, offered=lambda row, actor: row.status in sources, quick=True
    )


def _resolve(*, actor: Actor, row: Problem, version: int | None, resolution: str, change: str, incidents: bool) -> str:
    row = commands.resolve(
        actor=actor,
        problem=row.pk,
        resolution=resolution,
        fixing_change=change.strip() or None,
        expected_version=version,
    )
    if not incidents:
        return f"{row.reference} is resolved now."
    return _told(commands.resolve_linked_incidents(actor=actor, problem=row.pk))


def _resolve_incidents(*, actor: Actor, row: Problem, version: int | None) -> str:
    return _told(commands.resolve_linked_incidents(actor=actor, problem=row.pk, expected_version=version))


def _told(outcome: Any) -> str:
    left = " ".join(f"{ref['name']}: {why}" for ref, why in outcome.refused)
    return f"Incidents resolved with it: {len(outcome.resolved)}. {left}".strip()


def _edit(*, actor: Actor, row: Problem, version: int | None, **changes: str) -> str:
    commands.update_problem(actor=actor, problem=row.pk, changes=changes, expected_version=version)
    return "The changes are kept."


def _note(*, actor: Actor, row: Problem, version: int | None, text: str) -> str:
    commands.add_note(actor=actor, problem=row.pk, text=text)
    return "Written to the ledger."


def _link(*, actor: Actor, row: Problem, version: int | None, incident: str) -> str:
    commands.link_incidents(actor=actor, problem=row.pk, incidents=[incident])
    return "They are linked, on both records."


def _fix(*, actor: Actor, row: Problem, version: int | None, change: str) -> str:
    commands.link_fixing_change(actor=actor, problem=row.pk, change=change)
    return "The change is named."


def _unlink(*, actor: Actor, row: Problem, version: int | None, other: str) -> str:
    if other.startswith(f"{Change.PREFIX}-"):
        commands.unlink_fixing_change(actor=actor, problem=row.pk, change=other)
    else:
        commands.unlink_incidents(actor=actor, problem=row.pk, incidents=[other])
    return "The link is off."


def _use(*, actor: Actor, row: Problem, version: int | None, incident: str, helped: str) -> str:
    answer = {"yes": True, "no": False}.get(helped)
    commands.record_workaround_use(actor=actor, problem=row.pk, incident=incident, helped=answer)
    return "The use is counted."


def _verify(*, actor: Actor, row: Problem, version: int | None) -> str:
    require(actor, "ledger.read")
    faults = verify_record(row)
    if faults:
        raise Conflict(f"The ledger is broken. {faults[0]}.", code="ledger_fault")
    return f"Ledger verified: {row.version} events, each chained to the one before; the row is what they add up to."


BUTTONS = (
    _step("known", "Known error", Status.KNOWN_ERROR, (Status.INVESTIGATING,)),
    _step("investigate", "Investigate again", Status.INVESTIGATING, (Status.KNOWN_ERROR,)),
    CommandButton(
        "resolve", "Resolve", "problem.status", _resolve, ResolveForm, offered=lambda row, actor: row.is_unresolved
    ),
    _step("reopen", "Reopen", Status.INVESTIGATING, (Status.RESOLVED,)),
    CommandButton(
        "resolve-incidents",
        "Resolve its incidents",
        "problem.status",
        _resolve_incidents,
        offered=lambda row, actor: row.status == Status.RESOLVED and row.incident_count > 0,
        question="Resolve every incident of this problem that can be?",
    ),
    CommandButton("note", "Write a note", "problem.note", _note, NoteForm, appends=True),
    CommandButton("edit", "Edit", "problem.edit", _edit, edit_form, tucked=True),
    CommandButton(
        "use",
        "Record a use of the workaround",
        "problem.workaround",
        _use,
        UseForm,
        offered=lambda row, actor: bool(row.workaround),
        tucked=True,
        appends=True,
    ),
    CommandButton(
        "link",
        "Link an incident",
        "problem.link",
        _link,
        IncidentForm,
        tucked=True,
        appends=True,
        renamed={"incidents": "incident"},
    ),
    CommandButton("fix", "Name a fixing change", "problem.link", _fix, ChangeForm, tucked=True, appends=True),
    CommandButton("unlink", "Take a link off", "problem.link", _unlink, unlink_form, tucked=True, appends=True),
    CommandButton("verify", "Verify the ledger", "ledger.read", _verify, tucked=True, appends=True),
)
"""Every button of a problem, in the order in which they stand."""


def _create(*, actor: Actor, row: None, version: None, **values: Any) -> Problem:
    return commands.create_problem(actor=actor, **values)


ADDER = CommandButton(
    "add", "New problem", "problem.create", _create, NewProblemForm, said="The problem is open.", tone="main"
)

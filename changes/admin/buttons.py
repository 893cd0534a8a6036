"""The buttons of a change in the admin: each calls a command."""

from __future__ import annotations

from typing import Any

from changes import commands
from changes.admin.forms import (
    CompleteForm,
    DelegateForm,
    ExecuteForm,
    FailForm,
    NoteForm,
    QuestionForm,
    ReasonForm,
    ReviewForm,
    SubmitForm,
    ballot_form,
    rejection_form,
)
from changes.models import Change
from changes.queries import may_vote
from changes.states import DONE, Status, allowed_from
from orgs.actor import Actor
from orgs.admin_commands import CommandButton
from orgs.errors import Conflict, DomainError
from orgs.policy import require
from timeline.verify import verify_record


def _leads_to(*targets: Status) -> Any:
    return lambda row, actor: not set(targets).isdisjoint(allowed_from(row.status, row.type))


def _has_seat(row: Change, actor: Actor) -> bool:
    try:
        may_vote(actor, row)
    except DomainError:
        return False
    return True


def _ballot(name: str, label: str, decision: str, form: Any, said: str, **more: Any) -> CommandButton:
    def run(*, actor: Actor, row: Change, version: int | None, **values: str) -> str:
        commands.vote(actor=actor, change=row.pk, decision=decision, expected_version=version, **values)
        return said

    return CommandButton(name, label, "change.vote", run, form, offered=_has_seat, **more)


def _step(name: str, label: str, command: Any, form: Any, offered: Any, action: str, **more: Any) -> CommandButton:
    def run(*, actor: Actor, row: Change, version: int | None, **values: str) -> str:
        done = command(actor=actor, change=row.pk, expected_version=version, **values)
        return f"{done.reference} is {done.status_label().lower()} now."

    return CommandButton(name, label, action, run, form, offered=offered, **more)


def _note(*, actor: Actor, row: Change, version: int | None, text: str) -> str:
    commands.add_note(actor=actor, change=row.pk, text=text)
    return "Written to the ledger."


def _verify(*, actor: Actor, row: Change, version: int | None) -> str:
    require(actor, "ledger.read")
    if faults := verify_record(row):
        raise Conflict(f"The ledger is broken. {faults[0]}.", code="ledger_fault")
    return f"Ledger verified: {row.version} events, each chained to the one before; the row is what they add up to."


BUTTONS = (
    _ballot("approve", "Approve", "approve", ballot_form, "Your vote is kept.", tone="main"),
    _ballot("reject", "Reject", "reject", rejection_form, "It is rejected.", tone="bad"),
    _ballot("abstain", "Abstain", "abstain", ballot_form, "Your abstention is kept.", tucked=True),
    _ballot("delegate", "Hand your seat on", "delegate", DelegateForm, "The seat is theirs.", tucked=True),
    _ballot("ask", "Ask a question", "ask", QuestionForm, "The question is asked.", tucked=True),
    _step(
        "submit",
        "Ask for approval",
        commands.submit_change,
        SubmitForm,
        lambda row, actor: row.status == Status.DRAFT,
        "change.submit",
    ),
    _step("execute", "Begin", commands.execute_change, ExecuteForm, _leads_to(Status.IN_PROGRESS), "change.execute"),
    _step(
        "complete", "Complete", commands.complete_change, CompleteForm, _leads_to(Status.COMPLETED), "change.execute"
    ),
    _step("fail", "It failed", commands.fail_change, FailForm, _leads_to(Status.FAILED), "change.execute", tone="bad"),
    _step(
        "review",
        "Record the review",
        commands.review_change,
        ReviewForm,
        lambda row, actor: row.status in DONE and row.reviewed_at is None,
        "change.review",
    ),
    CommandButton("note", "Write a note", "change.note", _note, NoteForm, appends=True),
    _step(
        "reopen",
        "Back to draft",
        commands.reopen_change,
        ReasonForm,
        _leads_to(Status.DRAFT),
        "change.edit",
        tucked=True,
    ),
    _step(
        "cancel",
        "Call it off",
        commands.cancel_change,
        ReasonForm,
        _leads_to(Status.CANCELLED),
        "change.cancel",
        tucked=True,
    ),
    CommandButton("verify", "Verify the ledger", "ledger.read", _verify, tucked=True, appends=True),
)
"""Every button of a change, in the order in which they stand."""

"""The buttons of an incident in the admin: the deeds of its page, one button a step, and what is attached by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from incidents import commands
from incidents.admin.forms import (
    ActionForm,
    NoteForm,
    ReasonForm,
    SignalForm,
    SloForm,
    TagForm,
    form_of_deed,
    new_incident_form,
    unlink_form,
)
from incidents.commands import Signal
from incidents.commands.links import REVERSE
from incidents.models import Incident
from incidents.states import Status, allowed_from
from incidents.views.forms import DEEDS, NATURAL_NEXT, Deed
from orgs.actor import Actor
from orgs.admin_commands import BulkCommand, CommandButton
from orgs.errors import Conflict
from orgs.policy import require
from timeline.verify import verify_record

OPENED = "The incident is open."


def _step(name: str, label: str, to: Status) -> CommandButton:
    """A button for one step of the lifecycle that takes no words."""

    def run(*, actor: Actor, row: Incident, version: int | None, reason: str) -> str:
        return DEEDS["step"].run(actor, row, {"to": to, "reason": reason}, version)

    def offered(row: Incident, actor: Actor) -> bool:
        # From resolved, going on investigating is called reopening.
        return to in allowed_from(row.status) and row.status != Status.RESOLVED

    return CommandButton(name, label, "incident.status", run, ReasonForm, offered=offered, quick=True)


def _deed(name: str, *, tucked: bool = True, tone: str = "") -> CommandButton:
    """A button for a deed of the incident's page, with the same form and the same sentence."""
    deed: Deed = DEEDS[name]

    def run(*, actor: Actor, row: Incident, version: int | None, **values: str) -> str:
        return deed.run(actor, row, values, version)

    return CommandButton(
        name,
        deed.label,
        deed.permission,
        run,
        form=form_of_deed(deed),
        offered=lambda row, actor: deed.legal(row),
        tucked=tucked,
        tone=tone,
        appends=deed.appends,
        renamed=deed.renamed,
    )


def _close(*, actor: Actor, row: Incident, version: int | None, reason: str) -> str:
    return DEEDS["step"].run(actor, row, {"to": Status.CLOSED, "reason": reason}, version)


def _note(
    *, actor: Actor, row: Incident, version: int | None, kind: str, text: str, occurred_at: datetime | None
) -> str:
    commands.add_note(actor=actor, incident=row.pk, text=text, kind=kind, occurred_at=occurred_at)
    return "Written to the ledger."


def _action(*, actor: Actor, row: Incident, version: int | None, **values: Any) -> str:
    commands.add_action(actor=actor, incident=row.pk, **values)
    return "The action is recorded."


def _signal(*, actor: Actor, row: Incident, version: int | None, payload: Any, **values: Any) -> str:
    commands.attach_signal(actor=actor, incident=row.pk, signal=Signal(data=payload, **values))
    return "The signal is attached."


def _slo(
    *,
    actor: Actor,
    row: Incident,
    version: int | None,
    slo_id: str,
    window_start: datetime,
    window_end: datetime,
    error_budget_consumed: Decimal,
    threshold_breached: bool,
    details: str,
) -> str:
    commands.record_slo_violation(
        actor=actor,
        incident=row.pk,
        slo_id=slo_id,
        window_start=window_start,
        window_end=window_end,
        error_budget_consumed=error_budget_consumed,
        threshold_breached=threshold_breached,
        details=details,
    )
    return "The violation is recorded."


def _untag(*, actor: Actor, row: Incident, version: int | None, tag: str) -> str:
    commands.remove_tag(actor=actor, incident=row.pk, tag=tag)
    return "The tag is off."


def _unlink(*, actor: Actor, row: Incident, version: int | None, link: str) -> str:
    kind, _, other = link.partition(" ")
    commands.unlink_incidents(actor=actor, incident=row.pk, other=other, kind=kind)
    return "The link is off, on both incidents."


def _verify(*, actor: Actor, row: Incident, version: int | None) -> str:
    require(actor, "ledger.read")
    faults = verify_record(row)
    if faults:
        raise Conflict(f"The ledger is broken. {faults[0]}.", code="ledger_fault")
    return f"Ledger verified: {row.version} events, each chained to the one before; the row is what they add up to."


STEPS = (
    _step("acknowledge", "Acknowledge", Status.ACKNOWLEDGED),
    _step("investigate", "Investigating", Status.INVESTIGATING),
    _step("identify", "Identified", Status.IDENTIFIED),
    _step("mitigate", "Mitigated", Status.MITIGATED),
)

BUTTONS = (
    *STEPS,
    _deed("resolve", tucked=False),
    CommandButton(
        "close",
        "Close",
        "incident.status",
        _close,
        ReasonForm,
        quick=True,
        offered=lambda row, actor: row.status == Status.RESOLVED,
        question="Close this incident? A closed incident is final.",
    ),
    _deed("reopen", tucked=False),
    _deed("assign", tucked=False),
    CommandButton("note", "Write a note", "incident.note", _note, NoteForm, appends=True),
    _deed("severity"),
    _deed("hold"),
    _deed("release"),
    _deed("edit"),
    _deed("root-cause"),
    _deed("cancel", tone="bad"),
    CommandButton("action", "Record an action", "incident.action", _action, ActionForm, tucked=True, appends=True),
    CommandButton(
        "signal",
        "Attach a signal",
        "incident.signal",
        _signal,
        SignalForm,
        tucked=True,
        appends=True,
        renamed={"data": "payload"},
    ),
    CommandButton(
        "slo",
        "Record an SLO violation",
        "incident.slo",
        _slo,
        SloForm,
        tucked=True,
        appends=True,
    ),
    _deed("tag"),
    CommandButton(
        "untag",
        "Take a tag off",
        "incident.tag",
        _untag,
        TagForm,
        offered=lambda row, actor: bool(row.tags),
        tucked=True,
        appends=True,
    ),
    _deed("link"),
    CommandButton(
        "unlink",
        "Take a link off",
        "incident.link",
        _unlink,
        unlink_form,
        offered=lambda row, actor: any(link["kind"] in REVERSE for link in row.links),
        tucked=True,
        appends=True,
    ),
    _deed("ticket"),
    CommandButton("verify", "Verify the ledger", "ledger.read", _verify, tucked=True, appends=True),
)
"""Every button of an incident, in the order in which they stand."""


def main_button(row: Incident) -> str:
    """The name of the natural next step."""
    names: Mapping[str, str] = {
        Status.ACKNOWLEDGED: "acknowledge",
        Status.INVESTIGATING: "investigate",
        Status.IDENTIFIED: "identify",
        Status.MITIGATED: "mitigate",
        Status.RESOLVED: "resolve",
        Status.CLOSED: "close",
    }
    return names.get(NATURAL_NEXT.get(row.status, ""), "")


def _create(*, actor: Actor, row: None, version: None, **values: Any) -> Incident:
    values["project"] = values["project"] or None
    return commands.create_incident(actor=actor, source="admin", detected_by=actor.name, **values)


ADDER = CommandButton("add", "New incident", "incident.create", _create, new_incident_form, said=OPENED, tone="main")


def _each(call: Callable[..., Any]) -> Callable[..., Any]:
    def run(*, actor: Actor, row: Incident, version: int | None, value: str) -> None:
        call(actor=actor, incident=row.pk, expected_version=version)

    return run


def _assign_each(*, actor: Actor, row: Incident, version: int | None, value: str) -> None:
    commands.assign(actor=actor, incident=row.pk, to=value, expected_version=version)


BULK = (
    BulkCommand("acknowledge", "Acknowledge", "incident.status", _each(commands.acknowledge), "Acknowledged:"),
    BulkCommand(
        "assign", "Assign to", "incident.assign", _assign_each, "Assigned:", needs="Say to whom the incidents go."
    ),
    BulkCommand("close", "Close", "incident.status", _each(commands.close), "Closed:"),
)
"""What the list does to its ticked rows."""

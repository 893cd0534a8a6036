"""What can be done to an incident from its page: each deed with its permission, its fields, and the command it calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from incidents.commands.links import REVERSE
from incidents.models import Incident
from incidents.states import HoldReason, Severity, Status, allowed_from
from incidents.views import carrying_out as do
from incidents.views.carrying_out import Values
from incidents.wording import LINK_WORDS
from orgs.actor import Actor
from orgs.policy import allows

Run = Callable[[Actor, Incident, Values, int | None], str]


@dataclass(frozen=True)
class Ask:
    """One field of a form. ``choices`` are (value, label); ``start`` yields what stands there at first."""

    name: str
    label: str
    kind: str = "text"
    hint: str = ""
    required: bool = False
    most: int = 0
    choices: tuple[tuple[str, str], ...] = ()
    start: Callable[[Incident], str] = lambda row: ""
    list: str = ""
    rows: int = 3


@dataclass(frozen=True)
class Deed:
    """Something that can be done. ``legal`` looks at the incident alone; the command decides in the end.

    ``renamed`` maps a command's field to the form's; ``columns`` maps a form's field to the incident's column that it
    writes, for showing both values after a conflict; ``appends`` ones cannot overwrite anything and carry no version.
    """

    name: str
    label: str
    permission: str
    run: Run
    fields: tuple[Ask, ...] = ()
    legal: Callable[[Incident], bool] = lambda row: True
    button: str = ""
    renamed: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    appends: bool = False


def _may_go(status: str) -> Callable[[Incident], bool]:
    return lambda row: status in allowed_from(row.status)


_REASON = Ask("reason", "Reason", "textarea", hint="Kept on the timeline. Markdown.", rows=2)
_CAUSE = Ask("root_cause", "Root cause", "textarea", hint="If you know it by now.", start=lambda row: row.root_cause)

DEEDS: dict[str, Deed] = {
    deed.name: deed
    for deed in (
        Deed("step", "Move on", "incident.status", do.step, (_REASON,), renamed={"status": "to"}, columns={"to": "status"}),
        Deed(
            "resolve",
            "Resolve",
            "incident.status",
            do.resolve,
            (
                Ask("resolution", "What ended it", "textarea", "How the impact was ended. Markdown.", required=True),
                _CAUSE,
            ),
            _may_go(Status.RESOLVED),
            columns={"resolution": "resolution", "root_cause": "root_cause"},
        ),
        Deed(
            "reopen", "Reopen", "incident.status", do.reopen, (_REASON,), lambda row: row.status == Status.RESOLVED
        ),
        Deed(
            "assign",
            "Assign",
            "incident.assign",
            do.assign,
            (
                Ask(
                    "assigned_to", "To", most=200, list="assignees", start=lambda row: row.assigned_to,
                    hint="A team, a person, or any words. Empty assigns nobody.",
                ),
            ),
            lambda row: not row.is_final,
            columns={"assigned_to": "assigned_to"},
        ),
        Deed(
            "severity",
            "Change the severity",
            "incident.severity",
            do.severity,
            (
                Ask("severity", "Severity", "select", choices=tuple(Severity.choices), start=lambda row: row.severity),
                _REASON,
            ),
            lambda row: row.is_live,
            "Change it",
            columns={"severity": "severity"},
        ),
        Deed(
            "hold",
            "Put on hold",
            "incident.hold",
            do.hold,
            (
                Ask("hold_reason", "Waiting for the", "select", choices=tuple(HoldReason.choices)),
                Ask("note", "Note", "textarea", rows=2),
            ),
            lambda row: row.is_live and not row.hold_reason,
            renamed={"reason": "hold_reason"},
            columns={"hold_reason": "hold_reason"},
        ),
        Deed(
            "release",
            "End the hold",
            "incident.hold",
            do.release,
            (Ask("note", "Note", "textarea", rows=2),),
            lambda row: bool(row.hold_reason),
        ),
        Deed(
            "edit",
            "Edit",
            "incident.edit",
            do.edit,
            (
                Ask("title", "Title", required=True, most=500, start=lambda row: row.title),
                Ask("description", "Description", "textarea", "Markdown.", start=lambda row: row.description, rows=5),
                Ask(
                    "affected_cis", "Affected configuration items", "textarea", "One name or id a line.",
                    start=lambda row: "\n".join(row.affected_names),
                ),
                Ask("service_name", "Service", most=200, start=lambda row: row.service_name),
                Ask("environment", "Environment", most=100, start=lambda row: row.environment),
                Ask("runbook_path", "Runbook", most=500, start=lambda row: row.runbook_path),
            ),
            lambda row: not row.is_final,
            "Save",
            columns={
                name: name
                for name in ("title", "description", "service_name", "environment", "runbook_path", "affected_cis")
            },
        ),
        Deed(
            "root-cause",
            "Record the root cause",
            "incident.edit",
            do.root_cause,
            (Ask("root_cause", "Root cause", "textarea", "Markdown.", start=lambda row: row.root_cause, rows=5),),
            lambda row: row.status in (Status.RESOLVED, Status.CLOSED),
            "Record it",
            columns={"root_cause": "root_cause"},
        ),
        Deed(
            "cancel",
            "Cancel or merge",
            "incident.status",
            do.cancel,
            (Ask("merged_into", "It is the same as", most=24, hint="A reference such as INC-20261121-014, or empty."), _REASON),
            _may_go(Status.CANCELLED),
            "Cancel the incident",
        ),
        Deed("note", "Write", "incident.note", do.note, renamed={"description": "text", "label": "text"}, appends=True),
        Deed("tag", "Tag", "incident.tag", do.tag, (Ask("tag", "Tag", most=60, required=True),), button="Add", appends=True),
        Deed("untag", "Take a tag off", "incident.tag", do.untag, appends=True),
        Deed(
            "link",
            "Link another incident",
            "incident.link",
            do.link,
            (
                Ask("kind", "This one", "select", choices=tuple((kind, LINK_WORDS[kind]) for kind in REVERSE)),
                Ask("other", "Other incident", most=36, required=True, hint="Its reference."),
            ),
            button="Link",
            appends=True,
        ),
        Deed("unlink", "Take a link off", "incident.link", do.unlink, appends=True),
        Deed(
            "ticket",
            "Link a ticket elsewhere",
            "incident.link",
            do.ticket,
            (
                Ask("platform", "System", most=100, required=True, hint="Such as Jira or ServiceNow."),
                Ask("ticket", "Ticket", most=200, required=True),
                Ask("url", "Address", "url", most=500),
            ),
            button="Link",
            appends=True,
        ),
    )
}  # fmt: skip
"""Every deed by its name."""

IN_DRAWER = (
    "assign",
    "severity",
    "hold",
    "release",
    "edit",
    "root-cause",
    "reopen",
    "resolve",
    "cancel",
    "link",
    "ticket",
    "tag",
)
"""What the drawer of all actions offers, in this order."""

NATURAL_NEXT: dict[str, str] = {
    Status.OPEN: Status.ACKNOWLEDGED,
    Status.ACKNOWLEDGED: Status.INVESTIGATING,
    Status.INVESTIGATING: Status.IDENTIFIED,
    Status.IDENTIFIED: Status.MITIGATED,
    Status.MITIGATED: Status.RESOLVED,
    Status.RESOLVED: Status.CLOSED,
}
STEP_WORDS: dict[str, str] = {
    Status.ACKNOWLEDGED: "Acknowledge",
    Status.INVESTIGATING: "Start investigating",
    Status.IDENTIFIED: "Cause identified",
    Status.MITIGATED: "Impact mitigated",
    Status.CLOSED: "Close",
}
"""The steps that need no words of their own, as buttons."""


@dataclass(frozen=True)
class Tried:
    """A form that was sent and refused: what was typed stays, each error stands beside its field."""

    deed: str
    values: Values
    errors: Mapping[str, str]
    sentence: str = ""


def legal_deeds(row: Incident, actor: Actor) -> list[Deed]:
    """What this actor may do to this incident now."""
    return [deed for deed in DEEDS.values() if deed.legal(row) and allows(actor, deed.permission)]


def steps_for(row: Incident, actor: Actor) -> dict[str, Any]:
    """The legal next steps that need no words: the natural one first, apart from the others."""
    if not allows(actor, "incident.status"):
        return {"first": None, "others": []}
    legal = [
        {"to": to, "label": STEP_WORDS[to]}
        for to in allowed_from(row.status)
        if to in STEP_WORDS and not (row.status == Status.RESOLVED and to == Status.INVESTIGATING)
    ]
    if row.status == Status.MITIGATED:
        legal = [{**step, "label": "Impact is back"} if step["to"] == Status.INVESTIGATING else step for step in legal]
    first = next((step for step in legal if step["to"] == NATURAL_NEXT.get(row.status)), None)
    return {"first": first, "others": [step for step in legal if step is not first]}


def form_of(deed: Deed, row: Incident, tried: Tried | None = None) -> dict[str, Any]:
    """What `incidents/_form.html` prints of one deed."""
    mine = tried if tried is not None and tried.deed == deed.name else None
    return {
        "name": deed.name,
        "label": deed.label,
        "button": deed.button or deed.label,
        "fields": [_field(ask, row, mine) for ask in deed.fields],
        "open": mine is not None,
        "sentence": mine.sentence if mine else "",
    }


def _field(ask: Ask, row: Incident, tried: Tried | None) -> dict[str, Any]:
    value = tried.values.get(ask.name, "") if tried else ask.start(row)
    return {
        "name": ask.name,
        "label": ask.label,
        "kind": ask.kind,
        "hint": ask.hint,
        "required": ask.required,
        "max": ask.most,
        "rows": ask.rows,
        "list": ask.list,
        "choices": [{"value": value, "label": label} for value, label in ask.choices],
        "value": value,
        "error": tried.errors.get(ask.name, "") if tried else "",
    }

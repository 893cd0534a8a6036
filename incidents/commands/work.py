"""What people write and do while they work on an incident."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

from incidents.commands.fields import LENGTHS, checked
from incidents.commands.pairs import Ident
from incidents.events import ActionExecuted, NoteAdded
from incidents.models import Incident
from orgs.actor import Actor
from orgs.clock import now
from orgs.errors import Invalid
from orgs.policy import require
from timeline.commands import command, lock, record

NOTE_KINDS = ("note", "decision", "hypothesis")
ACTION_KIND_LENGTH = LENGTHS["kind"]
CLOCK_SKEW = timedelta(minutes=5)


def _happened(at: datetime | None) -> datetime | None:
    if at is not None and at > now() + CLOCK_SKEW:
        raise Invalid.one("occurred_at", "future", "It cannot have happened in the future.")
    return at


@command
def add_note(
    *,
    actor: Actor,
    incident: Ident,
    text: str,
    kind: str = "note",
    occurred_at: datetime | None = None,
    expected_version: int | None = None,
) -> Incident:
    """Write a note, a decision or a hypothesis (Markdown).

    ``occurred_at`` back-dates it; when it was written stays known.
    """
    require(actor, "incident.note")
    if kind not in NOTE_KINDS:
        raise Invalid.one("kind", "choice", f"Choose one of {', '.join(NOTE_KINDS)}.")
    text = checked({"text": text}, required=("text",))["text"]
    happened = _happened(occurred_at)
    row = lock(Incident, incident, expected_version=expected_version)
    record(row, NoteAdded(kind=kind, text=text), actor=actor, occurred_at=happened)
    return row


@command
def add_action(
    *,
    actor: Actor,
    incident: Ident,
    kind: str,
    label: str,
    details: str = "",
    occurred_at: datetime | None = None,
    expected_version: int | None = None,
) -> Incident:
    """Record what was done. ``kind`` is a short word such as NOTE, ROLLBACK or RUNBOOK_STEP."""
    require(actor, "incident.action")
    texts = checked({"kind": kind, "label": label, "details": details}, required=("kind", "label"))
    happened = _happened(occurred_at)
    row = lock(Incident, incident, expected_version=expected_version)
    done = ActionExecuted(action_id=uuid4(), kind=texts["kind"], label=texts["label"], details=texts["details"])
    record(row, done, actor=actor, occurred_at=happened)
    return row

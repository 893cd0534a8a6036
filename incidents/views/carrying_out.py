"""What a form's deed does: reads the typed values, calls the one command, and says in a sentence what was done."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from incidents import commands
from incidents.models import Incident
from incidents.wording import status_word
from orgs.actor import Actor
from orgs.errors import Invalid
from orgs.neutral import neutral
from timeline.payloads import parse_time

Values = Mapping[str, str]


def _at(values: Values) -> datetime | None:
    text = values.get("occurred_at", "").strip()
    if not text:
        return None
    try:
        # A datetime-local field carries no zone; the pages speak UTC.
        return parse_time(text if text.endswith("Z") or "+" in text else f"{text}Z")
    except ValueError:
        raise Invalid.one("occurred_at", "invalid", "Give a date and a time of day, in UTC.") from None


def step(actor: Actor, row: Incident, values: Values, version: int | None) -> str:
    """Take a step that needs no words."""
    to = values.get("to", "")
    commands.change_status(
        actor=actor, incident=row.pk, to=to, reason=values.get("reason", ""), expected_version=version
    )
    return f"{row.reference} is {status_word(to).lower()} now."


def resolve(actor: Actor, row: Incident, values: Values, version: int | None) -> str:
    """Say that it is over and how."""
    commands.resolve(
        actor=actor,
        incident=row.pk,
        resolution=values.get("resolution", ""),
        root_cause=values.get("root_cause", "").strip() or None,
        expected_version=version,
    )
    return f"{row.reference} is resolved."


def reopen(actor: Actor, row: Incident, values: Values, version: int | None) -> str:
    """Take a resolved incident up again."""
    commands.reopen(actor=actor, incident=row.pk, reason=values.get("reason", ""), expected_version=version)
    return f"{row.reference} is open again."


def cancel(actor: Actor, row: Incident, values: Values, version: int | None) -> str:
    """Say that it was none, or that it was another."""
    merged = values.get("merged_into", "").strip()
    commands.cancel(
        actor=actor,
        incident=row.pk,
        reason=values.get("reason", ""),
        merged_into=merged or None,
        expected_version=version,
    )
    return f"{row.reference} is cancelled."


def hold(actor: Actor, row: Incident, values: Values, version: int | None) -> str:
    """Wait for somebody else."""
    commands.hold(
        actor=actor,
        incident=row.pk,
        reason=values.get("hold_reason", ""),
        note=values.get("note", ""),
        expected_version=version,
    )
    return f"{row.reference} is on hold; its clocks stand still."


def release(actor: Actor, row: Incident, values: Values, version: int | None) -> str:
    """End the wait."""
    commands.release(actor=actor, incident=row.pk, note=values.get("note", ""), expected_version=version)
    return f"{row.reference} is off hold; its clocks run on."


def severity(actor: Actor, row: Incident, values: Values, version: int | None) -> str:
    """Set the severity."""
    to = values.get("severity", "")
    commands.change_severity(
        actor=actor, incident=row.pk, to=to, reason=values.get("reason", ""), expected_version=version
    )
    return f"{row.reference} is {to} now."


def assign(actor: Actor, row: Incident, values: Values, version: int | None) -> str:
    """Give it to somebody; the button "To me" gives it to the actor."""
    to = actor.name if "me" in values else values.get("assigned_to", "")
    updated = commands.assign(actor=actor, incident=row.pk, to=to, expected_version=version)
    name = neutral(updated.assigned_to)
    return f"{row.reference} is assigned to {name}." if name else f"{row.reference} is assigned to nobody."


def edit(actor: Actor, row: Incident, values: Values, version: int | None) -> str:
    """Write the descriptive fields that the form has."""
    changes: dict[str, Any] = {
        name: values[name] for name in ("title", "description", "service_name", "environment", "runbook_path")
        if name in values
    }  # fmt: skip
    if "affected_cis" in values:
        changes["affected_cis"] = [line.strip() for line in values["affected_cis"].splitlines() if line.strip()]
    commands.update_incident(actor=actor, incident=row.pk, changes=changes, expected_version=version)
    return "Saved."


def root_cause(actor: Actor, row: Incident, values: Values, version: int | None) -> str:
    """Write down why it happened."""
    commands.record_root_cause(
        actor=actor, incident=row.pk, root_cause=values.get("root_cause", ""), expected_version=version
    )
    return "The root cause is recorded."


def note(actor: Actor, row: Incident, values: Values, version: int | None) -> str:
    """Write a note, a decision, a hypothesis, or what was done."""
    kind = values.get("kind", "note")
    if kind == "action":
        text = values.get("text", "").strip()
        label, _, details = text.partition("\n")
        commands.add_action(
            actor=actor,
            incident=row.pk,
            kind="MANUAL",
            label=label[:500],
            details=(label[500:] + details).strip(),
            occurred_at=_at(values),
        )
    else:
        commands.add_note(actor=actor, incident=row.pk, text=values.get("text", ""), kind=kind, occurred_at=_at(values))
    return "Written to the ledger."


def tag(actor: Actor, row: Incident, values: Values, version: int | None) -> str:
    """Put a tag on."""
    commands.add_tag(actor=actor, incident=row.pk, tag=values.get("tag", ""))
    return "Tagged."


def untag(actor: Actor, row: Incident, values: Values, version: int | None) -> str:
    """Take a tag off."""
    commands.remove_tag(actor=actor, incident=row.pk, tag=values.get("tag", ""))
    return "The tag is off."


def link(actor: Actor, row: Incident, values: Values, version: int | None) -> str:
    """Connect it with another incident."""
    commands.link_incidents(
        actor=actor, incident=row.pk, other=values.get("other", "").strip(), kind=values.get("kind", "")
    )
    return "Linked, on both incidents."


def unlink(actor: Actor, row: Incident, values: Values, version: int | None) -> str:
    """Take a connection off."""
    commands.unlink_incidents(actor=actor, incident=row.pk, other=values.get("other", ""), kind=values.get("kind", ""))
    return "The link is off, on both incidents."


def ticket(actor: Actor, row: Incident, values: Values, version: int | None) -> str:
    """Name a ticket elsewhere."""
    commands.link_ticket(
        actor=actor,
        incident=row.pk,
        platform=values.get("platform", ""),
        ticket=values.get("ticket", ""),
        url=values.get("url", "").strip(),
    )
    return "The ticket is linked."

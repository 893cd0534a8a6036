"""What people note on a change, and which other records it has to do with."""

from __future__ import annotations

from uuid import UUID

from changes.commands.fields import checked
from changes.events import Linked, NoteAdded, Unlinked
from changes.models import Change
from changes.queries import Ident
from orgs.actor import Actor
from orgs.checking import check_choice
from orgs.errors import Invalid
from orgs.policy import require
from timeline.commands import command, lock, record

RECORDS = ("incident", "problem", "change")
"""The sorts of records that a change is linked to. The app of that record keeps the other side of the link."""


@command
def add_note(*, actor: Actor, change: Ident, text: str, expected_version: int | None = None) -> Change:
    """Write something down (Markdown). Raises ``Forbidden``, ``Invalid``, ``NotFound``, ``Stale``."""
    require(actor, "change.note")
    text = checked({"text": text}, required=("text",))["text"]
    row = lock(Change, change, expected_version=expected_version)
    record(row, NoteAdded(text=text), actor=actor)
    return row


@command
def link_record(
    *, actor: Actor, change: Ident, kind: str, record_type: str, record_id: UUID, reference: str, title: str
) -> Change:
    """Note that another record has to do with this change; one that is noted already is no change.

    ``kind`` says how (fixes, caused, related, …), ``record_type`` is one of ``RECORDS``. The caller found the record
    within the actor's organisation and writes its side. Raises ``Forbidden``, ``Invalid``, ``NotFound``.
    """
    require(actor, "change.link")
    check_choice("record_type", record_type, RECORDS)
    kind = checked({"kind": kind}, required=("kind",))["kind"]
    row = lock(Change, change)
    if record_id == row.pk:
        raise Invalid.one("record_id", "self", "A change cannot be linked to itself.")
    if not any(_names(link, kind, record_id) for link in row.links):
        record(row, Linked(kind, record_type, record_id, reference, title), actor=actor)
    return row


@command
def unlink_record(*, actor: Actor, change: Ident, kind: str, record_id: UUID) -> Change:
    """Take the link to another record off; one that is not there is no change.

    Raises ``Forbidden``, ``NotFound``.
    """
    require(actor, "change.link")
    row = lock(Change, change)
    for link in row.links:
        if _names(link, kind, record_id):
            record(row, Unlinked(kind, link["record"], record_id, link["reference"]), actor=actor)
            break
    return row


def _names(link: dict[str, str], kind: str, pk: UUID) -> bool:
    return (link["kind"], link["record_id"]) == (kind, str(pk))

"""What an incident is connected with: tags, other incidents, records of other apps, tickets elsewhere."""

from __future__ import annotations

from uuid import UUID

from incidents.commands.fields import LONGEST_TAG, MOST_TAGS, check_list, checked
from incidents.commands.pairs import Ident, lock_both
from incidents.events import Linked, LinkedToTicket, TagAdded, TagRemoved, Unlinked
from incidents.models import Incident
from orgs.actor import Actor
from orgs.errors import Conflict, Invalid
from orgs.policy import require
from timeline.commands import command, lock, record

REVERSE = {
    "related": "related",
    "caused_by": "causes",
    "causes": "caused_by",
    "duplicate_of": "duplicated_by",
    "duplicated_by": "duplicate_of",
    "follows": "followed_by",
    "followed_by": "follows",
}
"""Kind of link to what it is called from the other side."""
RECORDS = ("problem",)
"""Kinds of link to a record that is no incident. The app of that record keeps the other side of it."""


@command
def add_tag(*, actor: Actor, incident: Ident, tag: str, expected_version: int | None = None) -> Incident:
    """Put a tag on; one that is there already is no change."""
    require(actor, "incident.tag")
    tag = check_list("tag", [tag], longest=LONGEST_TAG)[0]
    row = lock(Incident, incident, expected_version=expected_version)
    if tag in row.tags:
        return row
    if len(row.tags) >= MOST_TAGS:
        raise Invalid.one("tag", "items", f"An incident holds at most {MOST_TAGS} tags.")
    record(row, TagAdded(tag), actor=actor)
    return row


@command
def remove_tag(*, actor: Actor, incident: Ident, tag: str, expected_version: int | None = None) -> Incident:
    """Take a tag off; one that is not there is no change."""
    require(actor, "incident.tag")
    row = lock(Incident, incident, expected_version=expected_version)
    if tag in row.tags:
        record(row, TagRemoved(tag), actor=actor)
    return row


@command
def link_ticket(
    *, actor: Actor, incident: Ident, platform: str, ticket: str, url: str = "", expected_version: int | None = None
) -> Incident:
    """Name a ticket in another system that belongs to this incident."""
    require(actor, "incident.link")
    texts = checked({"platform": platform, "ticket": ticket, "url": url}, required=("platform", "ticket"))
    if texts["url"] and not texts["url"].startswith(("https://", "http://")):
        raise Invalid.one("url", "scheme", "Give an address that starts with https:// or http://.")
    row = lock(Incident, incident, expected_version=expected_version)
    if any((ref["platform"], ref["ticket"]) == (texts["platform"], texts["ticket"]) for ref in row.external_refs):
        raise Conflict("That ticket is linked already.", code="duplicate")
    record(row, LinkedToTicket(**texts), actor=actor)
    return row


@command
def link_incidents(
    *, actor: Actor, incident: Ident, other: Ident, kind: str = "related", expected_version: int | None = None
) -> Incident:
    """Connect two incidents, on both records. ``kind`` is one of ``REVERSE``, said from the first one's side."""
    require(actor, "incident.link")
    row, far = _both(incident, other, kind, expected_version)
    if any(_is(link, kind, far) for link in row.links):
        raise Conflict("They are linked so already.", code="duplicate")
    record(row, Linked(kind, far.pk, far.reference, far.title), actor=actor)
    record(far, Linked(REVERSE[kind], row.pk, row.reference, row.title), actor=actor)
    return row


@command
def unlink_incidents(
    *, actor: Actor, incident: Ident, other: Ident, kind: str = "related", expected_version: int | None = None
) -> Incident:
    """Take a connection off both records. Raises ``Conflict`` where there is none."""
    require(actor, "incident.link")
    row, far = _both(incident, other, kind, expected_version)
    if not any(_is(link, kind, far) for link in row.links):
        raise Conflict("They are not linked so.", code="not_linked")
    record(row, Unlinked(kind, far.pk, far.reference), actor=actor)
    if any(_is(link, REVERSE[kind], row) for link in far.links):
        record(far, Unlinked(REVERSE[kind], row.pk, row.reference), actor=actor)
    return row


@command
def link_record(*, actor: Actor, incident: Ident, kind: str, record_id: UUID, reference: str, title: str) -> Incident:
    """Note that a record of another app has to do with this incident; one that is noted already is no change.

    ``kind`` is one of ``RECORDS``. The caller found the record within the actor's organisation and writes its side.
    """
    require(actor, "incident.link")
    _check_record(kind)
    row = lock(Incident, incident)
    if not any(_names(link, kind, record_id) for link in row.links):
        record(row, Linked(kind, record_id, reference, title), actor=actor)
    return row


@command
def unlink_record(*, actor: Actor, incident: Ident, kind: str, record_id: UUID, reference: str) -> Incident:
    """Take the link to a record of another app off; one that is not there is no change."""
    require(actor, "incident.link")
    _check_record(kind)
    row = lock(Incident, incident)
    if any(_names(link, kind, record_id) for link in row.links):
        record(row, Unlinked(kind, record_id, reference), actor=actor)
    return row


def _check_record(kind: str) -> None:
    if kind not in RECORDS:
        raise Invalid.one("kind", "choice", f"Choose one of {', '.join(RECORDS)}.")


def _both(incident: Ident, other: Ident, kind: str, expected_version: int | None) -> tuple[Incident, Incident]:
    if kind not in REVERSE:
        raise Invalid.one("kind", "choice", f"Choose one of {', '.join(REVERSE)}.")
    return lock_both(incident, other, field="other", expected_version=expected_version)


def _is(link: dict[str, str], kind: str, other: Incident) -> bool:
    return _names(link, kind, other.pk)


def _names(link: dict[str, str], kind: str, pk: UUID) -> bool:
    return (link["kind"], link["incident_id"]) == (kind, str(pk))

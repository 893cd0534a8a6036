"""The steps of the lifecycle, and the wait for others that overlays it."""

from __future__ import annotations

from incidents.commands.fields import check_status, checked
from incidents.commands.pairs import Ident, lock_both, refuse_circle
from incidents.events import CiRef, Held, Released, Resolved, StatusChanged
from incidents.models import Incident
from incidents.states import HoldReason, Status, allowed_from
from orgs.actor import Actor
from orgs.errors import Conflict, IllegalTransition, Invalid
from orgs.policy import require
from timeline.commands import command, lock, record


@command
def change_status(
    *,
    actor: Actor,
    incident: Ident,
    to: str,
    reason: str = "",
    resolution: str | None = None,
    root_cause: str | None = None,
    merged_into: Ident | None = None,
    expected_version: int | None = None,
) -> Incident:
    """Take one step of the lifecycle; ``to`` is a canonical status.

    A step to resolved takes its resolution from ``resolution``, else from ``reason``. Raises ``Forbidden``,
    ``NotFound``, ``Stale``, and ``IllegalTransition`` with the steps that are legal, also where the status is held
    already.
    """
    require(actor, "incident.status")
    target = None
    if merged_into is None:
        row = lock(Incident, incident, expected_version=expected_version)
    elif to != Status.CANCELLED:
        raise Invalid.one("merged_into", "not_cancelled", "Only an incident that is cancelled is merged into another.")
    else:
        row, target = lock_both(incident, merged_into, field="merged_into", expected_version=expected_version)
    record(
        row,
        step(row, to=to, reason=reason, resolution=resolution, root_cause=root_cause, merged_into=target),
        actor=actor,
    )
    return row


def step(
    row: Incident,
    *,
    to: str,
    reason: str = "",
    resolution: str | None = None,
    root_cause: str | None = None,
    merged_into: Incident | None = None,
) -> StatusChanged | Resolved:
    """Guard one step of a locked incident, move its status, and return the event that says so.

    ``merged_into`` is locked too.
    """
    to = check_status(to)
    texts = checked({"reason": reason, "resolution": resolution or "", "root_cause": root_cause or ""})
    before = row.status
    allowed = allowed_from(before)
    if to not in allowed:
        raise IllegalTransition(current=before, requested=to, allowed=allowed, detail=_why_not(before, to))
    target: CiRef | None = None
    if merged_into is not None:
        refuse_circle(row, merged_into)
        target = {"id": str(merged_into.pk), "name": merged_into.reference}
    getattr(row, f"to_{to}")()
    if to == Status.RESOLVED:
        return Resolved(
            before=before,
            resolution=texts["resolution"] or texts["reason"],
            root_cause=texts["root_cause"] if root_cause is not None else None,
        )
    return StatusChanged(before=before, after=to, reason=texts["reason"], merged_into=target)


def _why_not(before: str, to: str) -> str:
    if before == Status.CLOSED:
        return "A closed incident is final; open a new one that follows it."
    if to == Status.CLOSED and before != Status.CLOSED and before != Status.CANCELLED:
        return "Resolve or cancel it before closing it."
    return ""


def acknowledge(*, actor: Actor, incident: Ident, reason: str = "", expected_version: int | None = None) -> Incident:
    """Say that somebody has seen it."""
    return change_status(
        actor=actor, incident=incident, to=Status.ACKNOWLEDGED, reason=reason, expected_version=expected_version
    )


@command
def resolve(
    *,
    actor: Actor,
    incident: Ident,
    resolution: str,
    root_cause: str | None = None,
    expected_version: int | None = None,
) -> Incident:
    """Say that it is over and how. Raises ``Invalid`` without a resolution."""
    require(actor, "incident.status")
    checked({"resolution": resolution}, required=("resolution",))
    return change_status(
        actor=actor,
        incident=incident,
        to=Status.RESOLVED,
        resolution=resolution,
        root_cause=root_cause,
        expected_version=expected_version,
    )


def close(*, actor: Actor, incident: Ident, reason: str = "", expected_version: int | None = None) -> Incident:
    """Close a resolved incident; final."""
    return change_status(
        actor=actor, incident=incident, to=Status.CLOSED, reason=reason, expected_version=expected_version
    )


@command
def reopen(*, actor: Actor, incident: Ident, reason: str = "", expected_version: int | None = None) -> Incident:
    """Take a resolved incident up again."""
    require(actor, "incident.status")
    row = lock(Incident, incident, expected_version=expected_version)
    if row.status != Status.RESOLVED:
        raise IllegalTransition(
            current=row.status,
            requested="reopened",
            allowed=allowed_from(row.status),
            detail=_why_not(row.status, "") or "Only a resolved incident can be reopened.",
        )
    record(row, step(row, to=Status.INVESTIGATING, reason=reason), actor=actor)
    return row


def cancel(
    *,
    actor: Actor,
    incident: Ident,
    reason: str = "",
    merged_into: Ident | None = None,
    expected_version: int | None = None,
) -> Incident:
    """Say that it was none, or that it was another (``merged_into``)."""
    return change_status(
        actor=actor,
        incident=incident,
        to=Status.CANCELLED,
        reason=reason,
        merged_into=merged_into,
        expected_version=expected_version,
    )


@command
def hold(
    *, actor: Actor, incident: Ident, reason: str, note: str = "", expected_version: int | None = None
) -> Incident:
    """Wait for a vendor, the customer or a change; the SLA clocks stand still meanwhile."""
    require(actor, "incident.hold")
    if reason not in HoldReason.values:
        raise Invalid.one("reason", "choice", f"Choose one of {', '.join(HoldReason.values)}.")
    note = checked({"note": note})["note"]
    row = lock(Incident, incident, expected_version=expected_version)
    if not row.is_live:
        raise Conflict(f"An incident that is {row.status} waits for nobody.", code="not_live")
    if row.hold_reason:
        raise Conflict(f"It is on hold already, waiting for the {row.hold_reason}.", code="on_hold")
    record(row, Held(reason=reason, note=note), actor=actor)
    return row


@command
def release(*, actor: Actor, incident: Ident, note: str = "", expected_version: int | None = None) -> Incident:
    """End the wait; the SLA clocks run on from where they stood."""
    require(actor, "incident.hold")
    note = checked({"note": note})["note"]
    row = lock(Incident, incident, expected_version=expected_version)
    if not row.hold_reason:
        raise Conflict("It is not on hold.", code="not_on_hold")
    record(row, Released(note=note), actor=actor)
    return row

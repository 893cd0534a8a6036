"""Asking for approval: what a change must have first, and which way to approval it takes."""

from __future__ import annotations

from copy import copy

from changes.commands.fields import checked, interval
from changes.commands.risk import reassessed
from changes.conflicts import conflicts_of
from changes.events import Approved, Submitted
from changes.evidence import evidence_of
from changes.models import Change
from changes.queries import Ident, approval_for, computed_risk
from changes.states import RISK_RANKS, Kind, Status, allowed_from
from changes.surroundings import plan_of
from orgs.actor import Actor
from orgs.clock import now
from orgs.errors import FieldError, IllegalTransition, Invalid
from orgs.policy import require
from timeline.commands import command, lock, record

TEMPLATE_PLANS = ("implementation_plan", "test_plan", "rollback_plan")


@command
def submit_change(
    *,
    actor: Actor,
    change: Ident,
    comment: str = "",
    conflict_reason: str = "",
    expected_version: int | None = None,
) -> Change:
    """Ask for approval of a draft; a standard change that keeps to its pre-approved template has it at once.

    ``conflict_reason`` says why what is in its way is accepted, if that was not said before. Raises ``Forbidden``,
    ``NotFound``, ``Stale``, ``IllegalTransition``, and ``Invalid`` that names all that is missing.
    """
    require(actor, "change.submit")
    row = lock(Change, change, expected_version=expected_version)
    if row.status != Status.DRAFT:
        allowed = allowed_from(row.status, row.type)
        raise IllegalTransition(current=row.status, requested=Status.PENDING_APPROVAL, allowed=allowed)
    submit(row, actor=actor, comment=comment, conflict_reason=conflict_reason)
    return row


def submit(row: Change, *, actor: Actor, comment: str = "", conflict_reason: str = "") -> None:
    """Record that approval is asked for a locked draft. Raises ``Invalid``."""
    texts = checked({"comment": comment, "conflict_reason": conflict_reason})
    texts["conflict_reason"] = texts["conflict_reason"] or row.conflict_reason
    reassess(row, actor=actor)
    if missing := missing_of(row, conflict_reason=texts["conflict_reason"]):
        raise Invalid(missing)
    shown = copy(row)
    shown.conflict_reason = texts["conflict_reason"]
    evidence = evidence_of(shown)
    template = row.template if row.type == Kind.STANDARD else None
    submitted = Submitted(
        before=row.status,
        approval=approval_for(row) if template is None else {},
        evidence=evidence.as_data(),
        evidence_hash=evidence.snapshot_hash,
        **texts,
    )
    if template is None:
        row.to_pending_approval()
        record(row, submitted, actor=actor)
    else:
        row.to_approved()
        by = f"template {template.name}, approved beforehand by {template.approved_by}"
        record(row, submitted, Approved(before=Status.DRAFT.value, after=Status.APPROVED.value, by=by), actor=actor)


def reassess(row: Change, *, actor: Actor) -> None:
    """Compute the risk of a locked change anew: what is in its way may have changed since it was written."""
    computed = computed_risk(
        plan_of(row),
        kind=row.type,
        rollback_plan=row.rollback_plan,
        test_plan=row.test_plan,
        template_id=row.template_id,
    )
    if (event := reassessed(row, computed, row.risk_reason)) is not None:
        record(row, event, actor=actor)


def missing_of(row: Change, *, conflict_reason: str = "") -> list[FieldError]:
    """All that a draft lacks before approval can be asked for. An emergency needs no more than what it is about."""
    missing: list[FieldError] = []
    if not row.affected_names:
        missing.append(FieldError("affected_cis", "required", "Name the configuration items that it touches."))
    if row.type == Kind.EMERGENCY:
        return missing
    window = interval(row.scheduled_at, row.scheduled_end)
    if window is None:
        missing.append(FieldError("scheduled_at", "required", "Say when: give a window."))
    elif window.end <= now():
        missing.append(FieldError("scheduled_end", "past", "Its window is over; give another."))
    if not row.rollback_plan:
        missing.append(FieldError("rollback_plan", "required", "Say how it is undone."))
    if not conflict_reason and (conflicts := conflicts_of(row)):
        reasons = ", ".join(group.reason.label.lower() for group in conflicts.groups)
        message = f"Something is in its way ({reasons}): choose another window, or say why that is accepted."
        missing.append(FieldError("conflict_reason", "required", message))
    if row.type == Kind.STANDARD:
        missing += _departures(row)
    return missing


def _departures(row: Change) -> list[FieldError]:
    """What keeps a standard change from passing without a vote."""
    remedy = "Make it a normal change, or keep to the template."
    template = row.template
    if template is None or not template.pre_approved or not template.is_active:
        return [FieldError("template", "required", "A standard change is made from a pre-approved template.")]
    found = [
        FieldError(name, "template", f"This differs from the template. {remedy}")
        for name in TEMPLATE_PLANS
        if getattr(row, name) != getattr(template, name)
    ]
    if RISK_RANKS[row.risk] > RISK_RANKS[template.risk]:
        found.append(FieldError("risk", "template", f"Its risk is above that of the template. {remedy}"))
    return found

"""Editing a change: any mix of fields in one transaction; what was asked approval for stands, or is asked anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from changes.approvals import votes_of
from changes.commands.fields import check_kind, check_lowering, check_risk, check_window, checked, interval
from changes.commands.risk import reassessed, risk_event
from changes.events import Assigned, ChangeUpdated, CisChanged, Reopened, Rescheduled, RiskChanged
from changes.models import Change
from changes.queries import Ident, affected_ids, affected_refs, computed_risk
from changes.refusals import Frozen
from changes.states import AHEAD, Status, allowed_from
from changes.surroundings import Plan
from cmdb.affected import as_refs, find_affected
from orgs.actor import Actor
from orgs.assignment import find_assignment
from orgs.checking import Refusals, check_tags
from orgs.errors import Conflict, FieldError, IllegalTransition, Invalid
from orgs.policy import require
from timeline.commands import command, lock, record

PLANS = ("implementation_plan", "test_plan", "rollback_plan")
WINDOW = ("scheduled_at", "scheduled_end")
MATERIAL = ("affected_cis", *WINDOW, *PLANS, "type", "risk", "risk_reason")
"""What approvers approve; it stands from submit on."""
FREE = ("title", "description", "tags", "assigned_to")
"""What may change until the change is finished."""


@dataclass(frozen=True)
class Edit:
    """One edit of a locked change: the checked values that differ from what stands there."""

    row: Change
    wanted: dict[str, Any]

    def value(self, name: str) -> Any:
        """The field as it will be."""
        return self.wanted.get(name, getattr(self.row, name))


@command
def edit_change(
    *,
    actor: Actor,
    change: Ident,
    changes: dict[str, Any],
    reopen: bool = False,
    reason: str = "",
    expected_version: int | None = None,
) -> Change:
    """Change any of the fields in ``MATERIAL`` and ``FREE``; all of it or nothing.

    A value that stands there already is no change. With ``reopen``, a change that waits for approval or has it goes
    back to draft for a material edit, and its votes no longer count; ``reason`` says why. Raises ``Forbidden``,
    ``Invalid``, ``NotFound``, ``Stale``, ``Frozen``, ``Conflict``.
    """
    require(actor, "change.edit")
    if unknown := sorted(changes.keys() - {*MATERIAL, *FREE}):
        raise Invalid([FieldError(name, "unknown", "This field cannot be changed.") for name in unknown])
    row = lock(Change, change, expected_version=expected_version)
    wanted = _checked(row, changes)
    payloads: list[Any] = []
    if wanted and row.is_finished:
        raise Conflict(f"A change that is {row.status} is not edited any more.", code="finished")
    material = [name for name in wanted if name in MATERIAL]
    if material and row.status != Status.DRAFT:
        if not (reopen and row.status in AHEAD):
            raise Frozen(material, status=row.status, may_reopen=row.status in AHEAD)
        payloads.append(_back_to_draft(row, material, reason))
    edit = Edit(row, wanted)
    payloads += [make(edit) for make in _EDITS]
    if found := [payload for payload in payloads if payload is not None]:
        record(row, *found, actor=actor)
    return row


@command
def reopen_change(*, actor: Actor, change: Ident, reason: str, expected_version: int | None = None) -> Change:
    """Take a change that waits for approval, or has it, back to draft; its votes no longer count.

    Raises ``Forbidden``, ``Invalid`` without a reason, ``NotFound``, ``Stale``, ``IllegalTransition``.
    """
    require(actor, "change.edit")
    checked({"reason": reason}, required=("reason",))
    row = lock(Change, change, expected_version=expected_version)
    if row.status not in (Status.PENDING_APPROVAL, Status.APPROVED):
        allowed = allowed_from(row.status, row.type)
        raise IllegalTransition(current=row.status, requested=Status.DRAFT, allowed=allowed)
    record(row, _back_to_draft(row, [], reason), actor=actor)
    return row


def _back_to_draft(row: Change, fields: list[str], reason: str) -> Reopened:
    before = row.status
    row.to_draft()
    clean = checked({"reason": reason})["reason"]
    return Reopened(before=before, fields=fields, reason=clean, votes=votes_of(row.approval))


def _checked(row: Change, changes: dict[str, Any]) -> dict[str, Any]:
    """The given values, cleaned, without those that stand there already. Raises ``Invalid`` that names all bad ones."""
    refusals = Refusals()
    values: dict[str, Any] = {}
    for name, value in changes.items():
        with refusals:
            values[name] = _check(row, name, value)
    if any(name in values for name in WINDOW):
        with refusals:
            ends = [values.get(name, getattr(row, name)) for name in WINDOW]
            values |= zip(WINDOW, check_window(*ends), strict=True)
    refusals.check()
    return {name: value for name, value in values.items() if _differs(row, name, value)}


def _check(row: Change, name: str, value: Any) -> Any:
    match name:
        case "affected_cis":
            return find_affected(value, row.org_id)
        case "assigned_to":
            return find_assignment(value)
        case "tags":
            return check_tags(value)
        case "type":
            return check_kind(value)
        case "risk":
            return check_risk(value)
        case "scheduled_at" | "scheduled_end":
            return value
    return checked({name: value}, required=("title",) if name == "title" else ())[name]


def _differs(row: Change, name: str, value: Any) -> bool:
    if name == "affected_cis":
        return as_refs(value) != affected_refs(row)
    if name == "assigned_to":
        # The text that is shown already, and that names nobody else by now, is no change.
        return not (
            value.text == row.assigned_to
            and value.team_id in (None, row.assigned_team_id)
            and value.user_id in (None, row.assignee_id)
        )
    return bool(getattr(row, name) != value)


def _updated(edit: Edit) -> ChangeUpdated | None:
    names = [name for name in ("title", "description", *PLANS, "type", "tags") if name in edit.wanted]
    pairs = {name: {"before": getattr(edit.row, name), "after": edit.wanted[name]} for name in names}
    return ChangeUpdated(pairs) if pairs else None


def _rescheduled(edit: Edit) -> Rescheduled | None:
    if not any(name in edit.wanted for name in WINDOW):
        return None
    row = edit.row
    return Rescheduled(row.scheduled_at, row.scheduled_end, edit.value("scheduled_at"), edit.value("scheduled_end"))


def _affected(edit: Edit) -> CisChanged | None:
    if "affected_cis" not in edit.wanted:
        return None
    return CisChanged(before=affected_refs(edit.row), after=as_refs(edit.wanted["affected_cis"]))


def _assigned(edit: Edit) -> Assigned | None:
    if "assigned_to" not in edit.wanted:
        return None
    to = edit.wanted["assigned_to"]
    return Assigned(
        before=edit.row.assigned_to,
        after=to.text,
        assigned_team_id=to.team_id,
        assignee_id=to.user_id,
        assignee_name=to.person,
    )


def _risk(edit: Edit) -> RiskChanged | None:
    """The risk that somebody sets, against what is computed now from the change as it will be."""
    if not any(name in MATERIAL for name in edit.wanted):
        return None
    row = edit.row
    cis = edit.wanted.get("affected_cis")
    computed = computed_risk(
        Plan(
            tuple(affected_ids(row) if cis is None else [ci.pk for ci in cis]),
            interval(edit.value("scheduled_at"), edit.value("scheduled_end")),
            row.assigned_team_id,
            row.pk,
        ),
        kind=edit.value("type"),
        rollback_plan=edit.value("rollback_plan"),
        test_plan=edit.value("test_plan"),
        template_id=row.template_id,
    )
    if "risk" not in edit.wanted:
        return reassessed(row, computed, edit.value("risk_reason"))
    after, reason = edit.wanted["risk"], edit.wanted.get("risk_reason", "")
    check_lowering(after, computed.level, reason)
    return risk_event(row, after, computed, reason)


_EDITS: tuple[Callable[[Edit], Any], ...] = (_updated, _rescheduled, _affected, _assigned, _risk)

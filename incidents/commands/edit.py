"""Editing an incident: any mix of fields in one transaction, each with its own permission and guard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from incidents.commands.fields import (
    Refusals,
    as_refs,
    check_list,
    check_severity,
    check_status,
    checked,
    find_affected,
    find_assignment,
)
from incidents.commands.lifecycle import step
from incidents.commands.pairs import Ident
from incidents.events import Assigned, CisChanged, IncidentUpdated, RootCauseRecorded, SeverityChanged
from incidents.models import Incident
from incidents.queries import affected_refs
from incidents.states import Status
from incidents.targets import targets_for
from orgs.actor import Actor
from orgs.errors import Conflict, FieldError, Invalid
from orgs.policy import require
from timeline.commands import command, lock, record

DESCRIPTIVE = ("title", "description", "environment", "service_name", "services", "runbook_path")
PERMISSIONS = {
    **dict.fromkeys((*DESCRIPTIVE, "affected_cis", "root_cause"), "incident.edit"),
    "status": "incident.status",
    "resolution": "incident.status",
    "severity": "incident.severity",
    "assigned_to": "incident.assign",
}


@command
def update_incident(
    *,
    actor: Actor,
    incident: Ident,
    changes: dict[str, Any],
    reason: str = "",
    expected_version: int | None = None,
) -> Incident:
    """Change any of the fields in ``PERMISSIONS``; all of it or nothing.

    A value that stands there already is no change. Raises ``Forbidden``, ``Invalid``, ``NotFound``, ``Stale``,
    ``IllegalTransition``, ``Conflict``.
    """
    if unknown := sorted(changes.keys() - PERMISSIONS.keys()):
        raise Invalid([FieldError(name, "unknown", "This field cannot be changed.") for name in unknown])
    row = lock(Incident, incident, expected_version=expected_version)
    refusals = Refusals()
    wanted = {}
    for name, value in changes.items():
        with refusals:
            if not _same(row, name, value):
                wanted[name] = value
    for name in wanted:
        require(actor, PERMISSIONS[name])
    payloads = []
    for make in _EDITS:
        with refusals:
            payloads.append(make(actor, row, wanted, reason))
    refusals.check()
    if found := [payload for payload in payloads if payload is not None]:
        record(row, *found, actor=actor)
    return row


def _same(row: Incident, name: str, value: Any) -> bool:
    if name == "affected_cis":
        return as_refs(find_affected(value, row.org_id)) == affected_refs(row)
    if name == "assigned_to":
        # The text that is shown already, and that names nobody else by now, is no change.
        found = find_assignment(value)
        return (
            found.text == row.assigned_to
            and found.team_id in (None, row.assigned_team_id)
            and found.user_id in (None, row.assignee_id)
        )
    return bool(getattr(row, name) == (value.strip() if isinstance(value, str) else value))


def _descriptive(actor: Actor, row: Incident, wanted: dict[str, Any], reason: str) -> IncidentUpdated | None:
    texts = {name: value for name, value in wanted.items() if name in DESCRIPTIVE and name != "services"}
    values: dict[str, Any] = {}
    refusals = Refusals()
    with refusals:
        values |= checked(texts, required=("title",) if "title" in texts else ())
    with refusals:
        if "services" in wanted:
            values["services"] = check_list("services", wanted["services"])
    refusals.check()
    # A resolution given with the step to resolved belongs to that step.
    if "resolution" in wanted and wanted.get("status") != Status.RESOLVED:
        if row.status not in (Status.RESOLVED, Status.CLOSED):
            raise Conflict("A resolution is recorded when the incident is resolved.", code="not_resolved")
        values["resolution"] = checked({"resolution": wanted["resolution"]})["resolution"]
    pairs = {name: {"before": getattr(row, name), "after": value} for name, value in values.items()}
    changes = {name: pair for name, pair in pairs.items() if pair["before"] != pair["after"]}
    return IncidentUpdated(changes) if changes else None


def _affected(actor: Actor, row: Incident, wanted: dict[str, Any], reason: str) -> CisChanged | None:
    if "affected_cis" not in wanted:
        return None
    return CisChanged(before=affected_refs(row), after=as_refs(find_affected(wanted["affected_cis"], row.org_id)))


def _assignment(actor: Actor, row: Incident, wanted: dict[str, Any], reason: str) -> Assigned | None:
    if "assigned_to" not in wanted:
        return None
    to = find_assignment(wanted["assigned_to"])
    return Assigned(
        before=row.assigned_to,
        after=to.text,
        assigned_team_id=to.team_id,
        assignee_id=to.user_id,
        assignee_name=to.person,
    )


def _severity(actor: Actor, row: Incident, wanted: dict[str, Any], reason: str) -> SeverityChanged | None:
    if "severity" not in wanted:
        return None
    after = check_severity(wanted["severity"])
    if not row.is_live:
        raise Conflict(f"The severity of an incident that is {row.status} stands.", code="not_live")
    reason = checked({"reason": reason})["reason"]
    return SeverityChanged(before=row.severity, after=after, reason=reason, targets=targets_for(row.org_id, after))


def _step(actor: Actor, row: Incident, wanted: dict[str, Any], reason: str) -> Any:
    if "status" not in wanted:
        return None
    return step(row, to=check_status(wanted["status"]), reason=reason, resolution=wanted.get("resolution"))


def _root_cause(actor: Actor, row: Incident, wanted: dict[str, Any], reason: str) -> RootCauseRecorded | None:
    """Looked at after the step, so that resolving and naming the cause can come together."""
    if "root_cause" not in wanted:
        return None
    if row.status not in (Status.RESOLVED, Status.CLOSED):
        raise Conflict("A root cause is recorded once the incident is resolved.", code="not_resolved")
    after = checked({"root_cause": wanted["root_cause"]})["root_cause"]
    return RootCauseRecorded(before=row.root_cause, after=after)


_EDITS: tuple[Callable[[Actor, Incident, dict[str, Any], str], Any], ...] = (
    _descriptive,
    _affected,
    _assignment,
    _severity,
    _step,
    _root_cause,
)


@command
def change_severity(
    *, actor: Actor, incident: Ident, to: str, reason: str = "", expected_version: int | None = None
) -> Incident:
    """Set the severity; the clocks take the new targets. Raises ``Conflict`` where it is held already."""
    require(actor, "incident.severity")
    row = lock(Incident, incident, expected_version=expected_version)
    if row.severity == check_severity(to):
        raise Conflict(f"It is {to} already.", code="same_severity")
    return update_incident(actor=actor, incident=row, changes={"severity": to}, reason=reason)


def assign(*, actor: Actor, incident: Ident, to: str, expected_version: int | None = None) -> Incident:
    """Give it to a team, a person, or whatever the free text means; an empty text unassigns it."""
    require(actor, "incident.assign")
    return update_incident(
        actor=actor, incident=incident, changes={"assigned_to": to}, expected_version=expected_version
    )


def record_root_cause(
    *, actor: Actor, incident: Ident, root_cause: str, expected_version: int | None = None
) -> Incident:
    """Write down why it happened, once it is resolved."""
    require(actor, "incident.edit")
    return update_incident(
        actor=actor, incident=incident, changes={"root_cause": root_cause}, expected_version=expected_version
    )

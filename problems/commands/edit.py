"""Editing a problem: any mix of fields in one transaction, each with its own permission and guard."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from cmdb.affected import as_refs, find_affected
from orgs.actor import Actor
from orgs.assignment import find_assignment
from orgs.checking import Refusals, check_list
from orgs.errors import Conflict, FieldError, Invalid
from orgs.policy import require
from problems.commands.fields import (
    checked,
    find_changes,
    find_incidents,
    find_owner,
)
from problems.commands.lifecycle import NOTHING_KNOWN, Ident, step
from problems.commands.links import fixing, linking, tell_incidents, unfixing, unlinking
from problems.events import Assigned, CisChanged, OwnerChanged, ProblemUpdated
from problems.models import Problem
from problems.queries import affected_refs, fixing_changes, fixing_ids, linked_ids, linked_incidents
from problems.states import Status
from timeline.commands import command, lock, record

TEXTS = ("title", "description", "symptoms", "workaround", "root_cause")
PERMISSIONS = {
    **dict.fromkeys((*TEXTS, "services", "affected_cis"), "problem.edit"),
    "status": "problem.status",
    "resolution": "problem.status",
    "assigned_to": "problem.assign",
    "owner": "problem.assign",
    "linked_incidents": "problem.link",
    "fixing_changes": "problem.link",
}


@command
def update_problem(
    *,
    actor: Actor,
    problem: Ident,
    changes: dict[str, Any],
    reason: str = "",
    expected_version: int | None = None,
) -> Problem:
    """Change any of the fields in ``PERMISSIONS``; all of it or nothing.

    A value that stands there already is no change; ``linked_incidents`` and ``fixing_changes`` are all that there will be. Raises
    ``Forbidden``, ``Invalid``, ``NotFound``, ``Stale``, ``IllegalTransition``, ``Conflict``.
    """
    if unknown := sorted(changes.keys() - PERMISSIONS.keys()):
        raise Invalid([FieldError(name, "unknown", "This field cannot be changed.") for name in unknown])
    row = lock(Problem, problem, expected_version=expected_version)
    refusals = Refusals()
    wanted = {}
    for name, value in changes.items():
        with refusals:
            if not _same(row, name, value):
                wanted[name] = value
    for name in wanted:
        require(actor, PERMISSIONS[name])
    payloads: list[Any] = []
    for make in _EDITS:
        with refusals:
            payloads += make(row, wanted, reason)
    refusals.check()
    if payloads:
        record(row, *payloads, actor=actor)
        tell_incidents(actor, row, payloads)
    return row


def _same(row: Problem, name: str, value: Any) -> bool:
    if name == "affected_cis":
        return as_refs(find_affected(value, row.org_id)) == affected_refs(row)
    if name == "linked_incidents":
        return {found.pk for found in find_incidents(value)} == linked_ids(row)
    if name == "fixing_changes":
        return {found.pk for found in find_changes(value)} == fixing_ids(row)
    if name == "owner":
        shown, person = find_owner(value)
        return shown == row.owner_name and person in (None, row.owner_id)
    if name == "assigned_to":
        # The text that is shown already, and that names nobody else by now, is no change.
        found = find_assignment(value)
        return (
            found.text == row.assigned_to
            and found.team_id in (None, row.assigned_team_id)
            and found.user_id in (None, row.assignee_id)
        )
    return bool(getattr(row, name) == (value.strip() if isinstance(value, str) else value))


def _descriptive(row: Problem, wanted: dict[str, Any], reason: str) -> Iterable[ProblemUpdated]:
    texts = {name: value for name, value in wanted.items() if name in TEXTS}
    values: dict[str, Any] = {}
    refusals = Refusals()
    with refusals:
        values |= checked(texts, required=("title",) if "title" in texts else ())
    with refusals:
        if "services" in wanted:
            values["services"] = check_list("services", wanted["services"])
    with refusals:
        values |= _resolution(row, wanted)
    refusals.check()
    staying = row.status == Status.KNOWN_ERROR and "status" not in wanted
    if staying and not _is_known(row, values):
        raise Conflict(NOTHING_KNOWN, code="nothing_known")
    pairs = {name: {"before": getattr(row, name), "after": value} for name, value in values.items()}
    changes = {name: pair for name, pair in pairs.items() if pair["before"] != pair["after"]}
    return [ProblemUpdated(changes)] if changes else []


def _resolution(row: Problem, wanted: dict[str, Any]) -> dict[str, str]:
    """A resolution that is corrected; one given with the step to resolved belongs to that step."""
    if "resolution" not in wanted or wanted.get("status") == Status.RESOLVED:
        return {}
    if row.status != Status.RESOLVED or "status" in wanted:
        raise Conflict("A resolution is recorded when the problem is resolved.", code="not_resolved")
    return checked({"resolution": wanted["resolution"]})


def _is_known(row: Problem, values: dict[str, Any]) -> bool:
    """Whether there will be a workaround or a root cause."""
    return any(str(values.get(name, getattr(row, name))).strip() for name in ("workaround", "root_cause"))


def _affected(row: Problem, wanted: dict[str, Any], reason: str) -> Iterable[CisChanged]:
    if "affected_cis" not in wanted:
        return []
    return [CisChanged(before=affected_refs(row), after=as_refs(find_affected(wanted["affected_cis"], row.org_id)))]


def _assignment(row: Problem, wanted: dict[str, Any], reason: str) -> Iterable[Assigned]:
    if "assigned_to" not in wanted:
        return []
    to = find_assignment(wanted["assigned_to"])
    return [
        Assigned(
            before=row.assigned_to,
            after=to.text,
            assigned_team_id=to.team_id,
            assignee_id=to.user_id,
            assignee_name=to.person,
        )
    ]


def _owner(row: Problem, wanted: dict[str, Any], reason: str) -> Iterable[OwnerChanged]:
    if "owner" not in wanted:
        return []
    shown, person = find_owner(wanted["owner"])
    return [OwnerChanged(before=row.owner_name, after=shown, owner_id=person)]


def _links(row: Problem, wanted: dict[str, Any], reason: str) -> Iterable[Any]:
    if "linked_incidents" not in wanted:
        return []
    given = find_incidents(wanted["linked_incidents"])
    ids, held = {found.pk for found in given}, linked_incidents(row)
    before = {found.pk for found in held}
    gone = (found for found in held if found.pk not in ids)
    return [*unlinking(gone), *linking(found for found in given if found.pk not in before)]


def _fixes(row: Problem, wanted: dict[str, Any], reason: str) -> Iterable[Any]:
    if "fixing_changes" not in wanted:
        return []
    given = find_changes(wanted["fixing_changes"])
    ids, held = {found.pk for found in given}, fixing_changes(row)
    before = {found.pk for found in held}
    gone = (found for found in held if found.pk not in ids)
    return [*unfixing(gone), *fixing(found for found in given if found.pk not in before)]


def _step(row: Problem, wanted: dict[str, Any], reason: str) -> Iterable[Any]:
    """The last, so that what becomes known and the step to known error can come together."""
    if "status" not in wanted:
        return []
    known = _is_known(row, wanted)
    return [step(row, to=wanted["status"], known=known, reason=reason, resolution=wanted.get("resolution"))]


_EDITS: tuple[Callable[[Problem, dict[str, Any], str], Iterable[Any]], ...] = (
    _descriptive,
    _affected,
    _assignment,
    _owner,
    _links,
    _fixes,
    _step,
)


def assign(*, actor: Actor, problem: Ident, to: str, expected_version: int | None = None) -> Problem:
    """Give it to a team, a person, or whatever the free text means; an empty text unassigns it."""
    require(actor, "problem.assign")
    return update_problem(actor=actor, problem=problem, changes={"assigned_to": to}, expected_version=expected_version)

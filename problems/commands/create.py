"""Creating a problem."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from cmdb.affected import as_refs, find_affected
from orgs.actor import Actor
from orgs.assignment import find_assignment
from orgs.checking import Refusals, check_list
from orgs.clock import now
from orgs.errors import Invalid
from orgs.policy import require
from problems.commands.fields import (
    check_status,
    checked,
    find_changes,
    find_incidents,
    find_owner,
)
from problems.commands.lifecycle import NOTHING_KNOWN, step
from problems.commands.links import fixing, linking, tell_incidents
from problems.events import ProblemCreated
from problems.models import Problem
from problems.states import Status
from timeline.commands import command, record
from timeline.references import next_reference

TEXTS = ("title", "description", "symptoms", "workaround", "root_cause")


@command
def create_problem(
    *,
    actor: Actor,
    title: str,
    description: str = "",
    symptoms: str = "",
    workaround: str = "",
    root_cause: str = "",
    status: str = Status.INVESTIGATING,
    resolution: str = "",
    affected_cis: Sequence[Any] = (),
    services: Sequence[str] = (),
    assigned_to: str = "",
    owner: str = "",
    linked_incidents: Sequence[Any] = (),
    fixing_changes: Sequence[Any] = (),
    recurrence: Mapping[str, str] | None = None,
) -> Problem:
    """Open a problem and give it a reference.

    ``affected_cis``, ``linked_incidents`` and ``fixing_changes`` are rows, ids, names or references; ``assigned_to``
    is a team, a person or free text, ``owner`` who answers for it; any other ``status`` than investigating takes the
    permission of that step; ``recurrence`` names the proposal that it is made of. Raises ``Forbidden``, ``Invalid``.
    """
    require(actor, "problem.create")
    if status != Status.INVESTIGATING:
        require(actor, "problem.status")
    refusals = Refusals()
    with refusals:
        given = zip(TEXTS, (title, description, symptoms, workaround, root_cause), strict=True)
        texts = checked(dict(given), required=("title",))
    with refusals:
        status = check_status(status)
    with refusals:
        names = check_list("services", services)
    with refusals:
        assignment = find_assignment(assigned_to)
    with refusals:
        owner_name, owner_id = find_owner(owner)
    with refusals:
        cis = find_affected(affected_cis, actor.org_id)
    with refusals:
        incidents = find_incidents(linked_incidents)
    with refusals:
        changes = find_changes(fixing_changes)
    refusals.check()
    known = bool(texts["workaround"] or texts["root_cause"])
    if status == Status.KNOWN_ERROR and not known:
        raise Invalid.one("workaround", "required", NOTHING_KNOWN)
    moment = now()
    reference, number = next_reference(Problem, actor.org_id, moment)
    row = Problem(
        id=uuid4(), org_id=actor.org_id, reference=reference, ref_number=number, created_at=moment, updated_at=moment
    )
    created = ProblemCreated(
        **texts,
        reference=reference,
        ref_number=number,
        services=names,
        affected_cis=as_refs(cis),
        assigned_to=assignment.text,
        assigned_team_id=assignment.team_id,
        assignee_id=assignment.user_id,
        assignee_name=assignment.person,
        owner_name=owner_name,
        owner_id=owner_id,
        recurrence=dict(recurrence or {}),
    )
    payloads: list[Any] = [created, *linking(incidents), *fixing(changes)]
    if status != row.status:
        payloads.append(step(row, to=status, known=known, resolution=resolution))
    record(row, *payloads, actor=actor)
    tell_incidents(actor, row, payloads)
    return row

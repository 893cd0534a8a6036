"""Requesting a change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from changes.commands.fields import check_kind, check_lowering, check_risk, check_window, checked, interval
from changes.events import ChangeCreated
from changes.models import Change, ChangeTemplate
from changes.queries import computed_risk, find_template, principals_of
from changes.states import Kind
from changes.surroundings import Plan
from cmdb.affected import as_refs, find_affected
from cmdb.models import ConfigurationItem
from orgs.actor import Actor, ActorKind
from orgs.assignment import find_assignment
from orgs.checking import Refusals, check_tags
from orgs.clock import now
from orgs.policy import require
from orgs.queries import match_assignee
from timeline.commands import command, record
from timeline.references import next_reference


@command
def create_change(
    *,
    actor: Actor,
    title: str = "",
    type: str = "",  # noqa: A002 - the field's name in every dialect
    description: str = "",
    affected_cis: Sequence[str | UUID | ConfigurationItem] = (),
    risk: str = "",
    risk_reason: str = "",
    implementation_plan: str = "",
    test_plan: str = "",
    rollback_plan: str = "",
    scheduled_at: datetime | None = None,
    scheduled_end: datetime | None = None,
    assigned_to: str = "",
    assignee: str = "",
    requested_by: str = "",
    template: ChangeTemplate | str | UUID | None = None,
    source: str = "",
    tags: Sequence[str] = (),
) -> Change:
    """Draft a change and give it a reference.

    ``affected_cis`` are ids, names or rows; ``requested_by`` whoever it is for, if not the actor; texts that are
    empty are taken from the ``template``, as is the risk, and its type is standard unless another is given. Without a
    ``risk`` it has the computed one; a lower one takes a ``risk_reason``.
    Raises ``Forbidden``, ``Invalid``, ``NotFound``.
    """
    require(actor, "change.create")
    moment = now()
    pattern = None if template is None else find_template(template)
    texts = {
        "title": title,
        "description": description,
        "implementation_plan": implementation_plan,
        "test_plan": test_plan,
        "rollback_plan": rollback_plan,
    }
    if pattern is not None:
        texts = {name: text or getattr(pattern, name) for name, text in texts.items()}
    refusals = Refusals()
    with refusals:
        texts = checked(
            {**texts, "requested_by": requested_by, "source": source, "risk_reason": risk_reason}, required=("title",)
        )
    with refusals:
        type = check_kind(type or (Kind.STANDARD if pattern else Kind.NORMAL))  # noqa: A001 - as above
    with refusals:
        risk = risk and check_risk(risk)
    with refusals:
        window = check_window(scheduled_at, scheduled_end)
    with refusals:
        kept_tags = check_tags(tags)
    with refusals:
        assignment = find_assignment(assigned_to, assignee)
    with refusals:
        cis = find_affected(affected_cis, actor.org_id)
    refusals.check()
    computed = computed_risk(
        Plan(tuple(ci.pk for ci in cis), interval(*window), assignment.team_id),
        kind=type,
        rollback_plan=texts["rollback_plan"],
        test_plan=texts["test_plan"],
        template_id=None if pattern is None else pattern.pk,
    )
    reason = texts["risk_reason"]
    if pattern is not None and not risk:
        risk, reason = pattern.risk, reason or f"That of the template {pattern.name}."
    check_lowering(risk or computed.level, computed.level, reason)
    asker = _asker(actor, texts["requested_by"])
    reference, number = next_reference(Change, actor.org_id, moment)
    change = Change(
        id=uuid4(), org_id=actor.org_id, reference=reference, ref_number=number, created_at=moment, updated_at=moment
    )
    created = ChangeCreated(
        **{**texts, "risk_reason": reason, "requested_by": asker.name},
        reference=reference,
        ref_number=number,
        type=type,
        risk=risk or computed.level,
        risk_computed=computed.level,
        risk_factors=[factor.as_data() for factor in computed.factors],
        requesters=asker.principals,
        requester_id=asker.user_id,
        assigned_to=assignment.text,
        assigned_team_id=assignment.team_id,
        assignee_id=assignment.user_id,
        assignee_name=assignment.person,
        affected_cis=as_refs(cis),
        scheduled_at=window[0],
        scheduled_end=window[1],
        template=None if pattern is None else {"id": str(pattern.pk), "name": pattern.name},
        tags=kept_tags,
    )
    record(change, created, actor=actor)
    return change


@dataclass(frozen=True)
class _Asker:
    """Who asks for a change: as it is shown, the person, and all who may therefore not approve it."""

    name: str
    user_id: int | None
    principals: list[str]


def _asker(actor: Actor, requested_by: str) -> _Asker:
    principals, user_id = principals_of(actor)
    if not requested_by:
        return _Asker(actor.name, user_id, principals)
    _, person = match_assignee(requested_by)
    if person is None:
        return _Asker(requested_by, user_id, principals)
    behind = f"{ActorKind.USER}:{person.pk}"
    return _Asker(person.display_name(), person.pk, list(dict.fromkeys([*principals, behind])))

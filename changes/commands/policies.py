"""How an organisation approves its changes: policies and templates. Changes that were submitted keep what they had."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from changes.commands.fields import check_risk, checked
from changes.models import ApprovalPolicy, ChangeTemplate
from changes.policies import CONDITIONS
from changes.queries import find_policy, find_template
from changes.states import Kind, Risk
from cmdb.vocabulary import Criticality
from orgs.actor import Actor
from orgs.checking import Refusals, check_list
from orgs.clock import now
from orgs.errors import Conflict, FieldError, Invalid
from orgs.models import Membership, Team
from orgs.policy import POLICY, require
from timeline.commands import command

MOST_STAGES = 10
LARGEST_QUORUM = 50
LARGEST_POSITION = 1_000_000
_CHOICES = {"types": Kind.values, "risks": Risk.values, "criticalities": Criticality.values}
VOTING_ROLES = sorted(POLICY["change.vote"])


@dataclass(frozen=True)
class StageSpec:
    """One stage of a policy: who has a seat (sign-in names, roles, slugs of teams) and how many must approve.

    ``conditions`` maps names of ``CONDITIONS`` to values; a change that does not fit passes by.
    """

    name: str
    quorum: int = 1
    users: Sequence[str] = ()
    roles: Sequence[str] = ()
    teams: Sequence[str] = ()
    conditions: Mapping[str, Sequence[str]] = field(default_factory=dict)


@command
def save_policy(
    *,
    actor: Actor,
    name: str,
    stages: Sequence[StageSpec],
    policy: ApprovalPolicy | str | UUID | None = None,
    conditions: Mapping[str, Sequence[str]] | None = None,
    position: int = 0,
    is_active: bool = True,
) -> ApprovalPolicy:
    """Write a policy, a new one or the given ``policy`` anew; the first that fits a change applies, by ``position``.

    Raises ``Forbidden``, ``Invalid``, ``NotFound``, and ``Conflict`` where another has the name.
    """
    require(actor, "change.policy")
    row = ApprovalPolicy(org_id=actor.org_id) if policy is None else find_policy(policy)
    refusals = Refusals()
    with refusals:
        row.name = checked({"name": name}, required=("name",))["name"]
    with refusals:
        row.conditions = _conditions(conditions or {}, "conditions")
    with refusals:
        row.position = _count("position", position, 0, LARGEST_POSITION)
    with refusals:
        row.stages = _stages(stages)
    refusals.check()
    if ApprovalPolicy.objects.filter(name=row.name).exclude(pk=row.pk).exists():
        raise Conflict(f"There is a policy {row.name} already.", code="duplicate")
    row.is_active = bool(is_active)
    row.save()
    return row


def _conditions(conditions: Mapping[str, Sequence[str]], field_name: str) -> dict[str, list[str]]:
    errors: list[FieldError] = []
    kept: dict[str, list[str]] = {}
    for name, values in conditions.items():
        if name not in CONDITIONS:
            errors.append(FieldError(field_name, "unknown", f"Ask for one of {', '.join(CONDITIONS)}."))
            continue
        kept[name] = check_list(f"{field_name}.{name}", values)
        choices = _CHOICES.get(name)
        if choices and set(kept[name]) - set(choices):
            errors.append(FieldError(f"{field_name}.{name}", "choice", f"Choose of {', '.join(choices)}."))
    if errors:
        raise Invalid(errors)
    return {name: values for name, values in kept.items() if values}


def _count(name: str, value: object, least: int, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise Invalid.one(name, "range", f"Give a whole number from {least} to {most}.")
    return value


def _stages(stages: Sequence[StageSpec]) -> list[dict[str, Any]]:
    if not 0 < len(stages) <= MOST_STAGES:
        raise Invalid.one("stages", "items", f"Give 1 to {MOST_STAGES} stages.")
    refusals = Refusals()
    found: list[dict[str, Any]] = []
    for number, stage in enumerate(stages):
        with refusals:
            found.append(_stage(stage, f"stages.{number}"))
    refusals.check()
    return found


def _stage(stage: StageSpec, where: str) -> dict[str, Any]:
    refusals = Refusals()
    made: dict[str, Any] = {}
    with refusals:
        made["name"] = _at(where, lambda: checked({"name": stage.name}, required=("name",))["name"])
    with refusals:
        made["quorum"] = _count(f"{where}.quorum", stage.quorum, 1, LARGEST_QUORUM)
    with refusals:
        made["roles"] = _roles(check_list(f"{where}.roles", stage.roles), f"{where}.roles")
    with refusals:
        made["users"] = _users(check_list(f"{where}.users", stage.users), f"{where}.users")
    with refusals:
        made["teams"] = _teams(check_list(f"{where}.teams", stage.teams), f"{where}.teams")
    with refusals:
        made["conditions"] = _conditions(stage.conditions, f"{where}.conditions")
    refusals.check()
    if not (made["users"] or made["roles"] or made["teams"]):
        raise Invalid.one(where, "required", "Name at least one person, role or team that approves.")
    if not (made["roles"] or made["teams"]) and len(made["users"]) < made["quorum"]:
        raise Invalid.one(f"{where}.quorum", "range", "Name at least as many people as must approve.")
    return made


def _at(where: str, check: Any) -> Any:
    """The check's result; what it refuses is said of the field below ``where``."""
    try:
        return check()
    except Invalid as refusal:
        raise Invalid([FieldError(f"{where}.{e.field}", e.code, e.message) for e in refusal.fields]) from refusal


def _roles(names: list[str], where: str) -> list[str]:
    if set(names) - set(VOTING_ROLES):
        raise Invalid.one(where, "choice", f"Choose of {', '.join(VOTING_ROLES)}: the roles that may vote.")
    return sorted(names)


def _users(names: list[str], where: str) -> list[dict[str, Any]]:
    rows = Membership.objects.filter(is_active=True, user__is_active=True, user__username__in=names)
    found = {row.user.username: row for row in rows.select_related("user")}
    errors = [FieldError(where, "not_found", f"{name} is no member.") for name in names if name not in found]
    errors += [
        FieldError(where, "role", f"{name} needs one of the roles {', '.join(VOTING_ROLES)} to vote.")
        for name, row in found.items()
        if not POLICY["change.vote"] & set(row.roles)
    ]
    if errors:
        raise Invalid(errors)
    return [{"id": found[name].user_id, "name": found[name].user.display_name()} for name in names]


def _teams(slugs: list[str], where: str) -> list[dict[str, Any]]:
    found = {team.slug: team for team in Team.objects.filter(slug__in=slugs)}
    if unknown := [slug for slug in slugs if slug not in found]:
        raise Invalid.one(where, "not_found", f"There is no team {', '.join(unknown)}.")
    return [{"id": str(found[slug].pk), "name": found[slug].name} for slug in slugs]


@command
def save_template(
    *,
    actor: Actor,
    name: str,
    title: str,
    template: ChangeTemplate | str | UUID | None = None,
    description: str = "",
    risk: str = Risk.LOW,
    implementation_plan: str = "",
    test_plan: str = "",
    rollback_plan: str = "",
    pre_approved: bool = False,
    is_active: bool = True,
) -> ChangeTemplate:
    """Write a template, a new one or the given ``template`` anew.

    ``pre_approved`` lets standard changes made from it, and that keep to its plans, pass without a vote: it takes an
    implementation and a rollback plan. Raises ``Forbidden``, ``Invalid``, ``NotFound``, and ``Conflict`` where another
    has the name.
    """
    require(actor, "change.policy")
    row = ChangeTemplate(org_id=actor.org_id) if template is None else find_template(template)
    plans = {"implementation_plan": implementation_plan, "test_plan": test_plan, "rollback_plan": rollback_plan}
    needed = ("implementation_plan", "rollback_plan") if pre_approved else ()
    refusals = Refusals()
    with refusals:
        texts = checked(
            {"name": name, "title": title, "description": description, **plans}, required=("name", "title", *needed)
        )
    with refusals:
        row.risk = check_risk(risk)
    refusals.check()
    if ChangeTemplate.objects.filter(name=texts["name"]).exclude(pk=row.pk).exists():
        raise Conflict(f"There is a template {texts['name']} already.", code="duplicate")
    for column, text in texts.items():
        setattr(row, column, text)
    row.pre_approved, row.is_active = bool(pre_approved), bool(is_active)
    row.approved_by, row.approved_at = (actor.name, now()) if pre_approved else ("", None)
    row.save()
    return row

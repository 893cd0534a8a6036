"""Which approval a change takes: the conditions of policies and stages, and the policy of those who have none. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from changes.states import Kind, Risk
from orgs.roles import Role

CONDITIONS = ("types", "risks", "criticalities", "environments")
"""What policies and stages may ask of a change; one that is absent asks nothing."""
BUILTIN = "Built in"
_PEERS = (Role.ONCALL_ENGINEER, Role.SRE_LEAD, Role.CHANGE_APPROVER)


@dataclass(frozen=True)
class Facts:
    """What conditions are asked of: a change's type and risk, and those of its configuration items."""

    type: str
    risk: str
    criticalities: frozenset[str] = frozenset()
    environments: frozenset[str] = frozenset()


def fits(conditions: Mapping[str, Sequence[str]], facts: Facts) -> bool:
    """Whether every condition holds; of configuration items, one that fits is enough."""
    given = {
        "types": {facts.type},
        "risks": {facts.risk},
        "criticalities": facts.criticalities,
        "environments": facts.environments,
    }
    return all(not wanted or not given[name].isdisjoint(wanted) for name, wanted in conditions.items())


def stages_for(stages: Iterable[dict[str, Any]], facts: Facts) -> list[dict[str, Any]]:
    """The stages that a change passes through, as an approval keeps them."""
    kept = ("name", "quorum", "users", "roles", "teams")
    return [{name: stage[name] for name in kept} for stage in stages if fits(stage.get("conditions", {}), facts)]


def builtin_stages(facts: Facts) -> list[dict[str, Any]]:
    """The stages of an organisation that has no policy of its own (or none that fits)."""
    if facts.type == Kind.EMERGENCY:
        return [_stage("Emergency approver", 1, (Role.SRE_LEAD, Role.CHANGE_APPROVER))]
    stages = [_stage("Peer", 1, _PEERS)]
    if facts.risk != Risk.LOW:
        stages.append(_stage("Approver", 1, (Role.CHANGE_APPROVER,)))
    if facts.risk == Risk.HIGH:
        stages.append(_stage("CAB", 2, (Role.CHANGE_APPROVER,)))
    return stages


def _stage(name: str, quorum: int, roles: Sequence[Role]) -> dict[str, Any]:
    return {"name": name, "quorum": quorum, "users": [], "roles": [role.value for role in roles], "teams": []}

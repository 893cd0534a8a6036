"""Approval as pure functions: stages and votes in, what they amount to out. Nothing here reads a table.

An approval is the JSON that stands on a change: the policy it came from, and its stages in order. A stage names who
has a seat in it (people, roles, teams), how many must approve, and holds what was said. One person has one vote on a
change, so that two stages are two pairs of eyes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

Approval = dict[str, Any]
Stage = dict[str, Any]


class Decision(StrEnum):
    """What an approver may say."""

    APPROVE = "approve"
    REJECT = "reject"
    ABSTAIN = "abstain"
    DELEGATE = "delegate"
    ASK = "ask"


class State(StrEnum):
    """How a stage stands, and by the same words a whole approval."""

    WAITING = "waiting"
    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"


@dataclass(frozen=True)
class Voter:
    """Somebody who may want to vote.

    ``ident`` is who it counts as: the person, also where a key of theirs speaks, else the key. ``principals`` are
    that person and that key, ``roles`` those that they hold now.
    """

    ident: str
    name: str
    user_id: int | None
    principals: frozenset[str]
    roles: frozenset[str]
    teams: frozenset[UUID]


def ask_for(policy: dict[str, Any], stages: list[Stage]) -> Approval:
    """An approval at its beginning, from a policy's name and its stages."""
    blank = {"votes": [], "delegations": [], "questions": [], "state": State.WAITING.value}
    return _settled({"policy": policy, "stages": [{**stage, **blank} for stage in stages], "state": ""})


def with_vote(approval: Approval, stage: int, vote: dict[str, Any]) -> Approval:
    """The approval after a vote in a stage; ``vote`` holds at least ``voter`` and ``decision``."""
    return _settled(_added(approval, stage, "votes", vote))


def with_delegation(approval: Approval, stage: int, delegation: dict[str, Any]) -> Approval:
    """The approval after a seat was handed on; ``delegation`` holds at least ``voter`` and ``delegate``."""
    return _added(approval, stage, "delegations", delegation)


def with_question(approval: Approval, stage: int, question: dict[str, Any]) -> Approval:
    """The approval after a question."""
    return _added(approval, stage, "questions", question)


def _added(approval: Approval, stage: int, member: str, value: dict[str, Any]) -> Approval:
    stages = list(approval["stages"])
    stages[stage] = {**stages[stage], member: [*stages[stage][member], value]}
    return {**approval, "stages": stages}


def _settled(approval: Approval) -> Approval:
    """The same with the state of each stage, and of the whole, as the votes leave it."""
    stages: list[Stage] = []
    over = False
    for stage in approval["stages"]:
        state = State.WAITING if over else _outcome(stage)
        over = over or state != State.APPROVED
        stages.append({**stage, "state": state.value})
    last = next((stage["state"] for stage in stages if stage["state"] != State.APPROVED), State.APPROVED.value)
    return {**approval, "stages": stages, "state": last}


def _outcome(stage: Stage) -> State:
    said = [vote["decision"] for vote in stage["votes"]]
    if Decision.REJECT in said:
        return State.REJECTED
    return State.APPROVED if said.count(Decision.APPROVE) >= stage["quorum"] else State.OPEN


def is_undecided(approval: Approval) -> bool:
    """Whether votes are still wanted."""
    return bool(approval) and approval["state"] == State.OPEN


def open_stage(approval: Approval) -> int:
    """The number of the stage that wants votes now; the approval must be undecided."""
    return next(number for number, stage in enumerate(approval["stages"]) if stage["state"] == State.OPEN)


def votes_of(approval: Approval) -> list[dict[str, Any]]:
    """Every vote that was cast, each with the name of its stage, in order of the stages."""
    return [{"stage": stage["name"], **vote} for stage in approval.get("stages", ()) for vote in stage["votes"]]


def has_voted(approval: Approval, ident: str) -> bool:
    """Whether this person or key has had their say on the change."""
    return any(vote["voter"] == ident for vote in votes_of(approval))


def has_seat(stage: Stage, voter: Voter) -> bool:
    """Whether a stage has a seat for somebody: their own and still theirs, or one that was handed to them last."""
    holds = _is_named(stage, voter)
    for delegation in stage["delegations"]:
        if voter.ident in (delegation["voter"], delegation["delegate"]):
            holds = voter.ident == delegation["delegate"]
    return holds


def _is_named(stage: Stage, voter: Voter) -> bool:
    return (
        voter.user_id in {person["id"] for person in stage["users"]}
        or not voter.roles.isdisjoint(stage["roles"])
        or not {str(team) for team in voter.teams}.isdisjoint(team["id"] for team in stage["teams"])
    )


def seat_names(stage: Stage) -> Iterator[str]:
    """Who may sit in a stage, as people read it."""
    yield from (person["name"] for person in stage["users"])
    yield from stage["roles"]
    yield from (team["name"] for team in stage["teams"])

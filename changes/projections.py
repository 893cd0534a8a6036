"""Projections: what each event does to a change's state, and to the rows below it. Pure functions."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from typing import Any

from changes import approvals
from changes.states import Status
from timeline.aggregates import Drop, Put, State, Step
from timeline.events import Event
from timeline.payloads import parse_time, plain

AFFECTED = "changes.ChangeCI"

Handler = Callable[[State, Event, dict[str, Any]], None]


def project(state: State, event: Event) -> None:
    """Apply one event to a state, in place."""
    _HANDLERS[event.type](state, event, event.payload)


def _uuid(text: str | None) -> uuid.UUID | None:
    return None if text is None else uuid.UUID(text)


def _created(state: State, event: Event, data: dict[str, Any]) -> None:
    plain_names = (
        "title description type risk risk_computed risk_reason risk_factors requested_by requesters requester_id "
        "assigned_to assignee_id assignee_name implementation_plan test_plan rollback_plan source tags"
    )
    state.update({name: data[name] for name in plain_names.split()})
    state.update(
        status=Status.DRAFT.value,
        assigned_team_id=_uuid(data["assigned_team_id"]),
        affected_names=[ci["name"] for ci in data["affected_cis"]],
        scheduled_at=parse_time(data["scheduled_at"]),
        scheduled_end=parse_time(data["scheduled_end"]),
        template_id=_uuid((data["template"] or {}).get("id")),
        links=[],
        approval={},
    )
    texts = "evidence_hash conflict_reason rejection override_reason outcome review_note"
    state.update(dict.fromkeys(texts.split(), ""))
    times = "submitted_at approved_at approve_by executed_at finished_at review_due_at reviewed_at"
    state.update(dict.fromkeys(times.split()))


def _updated(state: State, event: Event, data: dict[str, Any]) -> None:
    for name, change in data["changes"].items():
        state[name] = change["after"]


def _rescheduled(state: State, event: Event, data: dict[str, Any]) -> None:
    state.update(scheduled_at=parse_time(data["after_at"]), scheduled_end=parse_time(data["after_end"]))
    state["conflict_reason"] = ""


def _cis_changed(state: State, event: Event, data: dict[str, Any]) -> None:
    state.update(affected_names=[ci["name"] for ci in data["after"]], conflict_reason="")


def _assigned(state: State, event: Event, data: dict[str, Any]) -> None:
    state.update(
        assigned_to=data["after"],
        assigned_team_id=_uuid(data["assigned_team_id"]),
        assignee_id=data["assignee_id"],
        assignee_name=data["assignee_name"],
    )


def _risk_changed(state: State, event: Event, data: dict[str, Any]) -> None:
    state.update(
        risk=data["after"], risk_computed=data["computed"], risk_reason=data["reason"], risk_factors=data["factors"]
    )


def _linked(state: State, event: Event, data: dict[str, Any]) -> None:
    link = {name: data[name] for name in ("kind", "record", "record_id", "reference", "title")}
    state["links"] = [*state["links"], link]


def _unlinked(state: State, event: Event, data: dict[str, Any]) -> None:
    gone = (data["kind"], data["record_id"])
    state["links"] = [link for link in state["links"] if (link["kind"], link["record_id"]) != gone]


def _submitted(state: State, event: Event, data: dict[str, Any]) -> None:
    state.update({name: data[name] for name in ("approval", "evidence_hash", "conflict_reason")})
    state.update(submitted_at=event.recorded_at, rejection="")
    if data["approval"]:
        state["status"] = Status.PENDING_APPROVAL.value


def _conflicts_accepted(state: State, event: Event, data: dict[str, Any]) -> None:
    state["conflict_reason"] = data["after"]


def _said(event: Event, data: dict[str, Any], *names: str) -> dict[str, Any]:
    return {**{name: data[name] for name in names}, "at": plain(event.recorded_at)}


def _vote_cast(state: State, event: Event, data: dict[str, Any]) -> None:
    vote = _said(event, data, "voter", "voter_name", "decision", "comment", "evidence_hash")
    state["approval"] = approvals.with_vote(state["approval"], data["stage"], vote)
    state["evidence_hash"] = data["evidence_hash"]


def _vote_delegated(state: State, event: Event, data: dict[str, Any]) -> None:
    seat = _said(event, data, "voter", "voter_name", "delegate", "delegate_name", "comment")
    state["approval"] = approvals.with_delegation(state["approval"], data["stage"], seat)


def _question_asked(state: State, event: Event, data: dict[str, Any]) -> None:
    question = _said(event, data, "voter", "voter_name", "question")
    state["approval"] = approvals.with_question(state["approval"], data["stage"], question)


def _approved(state: State, event: Event, data: dict[str, Any]) -> None:
    state.update(status=data["after"], approved_at=event.recorded_at, approve_by=None)


def _rejected(state: State, event: Event, data: dict[str, Any]) -> None:
    state.update(status=data["after"], rejection=data["reason"], approve_by=None)
    if data["review_due_at"] is not None:
        state["review_due_at"] = parse_time(data["review_due_at"])
    if data["after"] == Status.DRAFT:
        _ask_anew(state)


def _reopened(state: State, event: Event, data: dict[str, Any]) -> None:
    state["status"] = Status.DRAFT.value
    _ask_anew(state)


def _ask_anew(state: State) -> None:
    state.update(approval={}, evidence_hash="", conflict_reason="", submitted_at=None, approved_at=None)


def _started(state: State, event: Event, data: dict[str, Any]) -> None:
    state.update(
        status=Status.IN_PROGRESS.value,
        executed_at=event.recorded_at,
        override_reason=data["override_reason"],
        approve_by=parse_time(data["approve_by"]),
    )


def _finished(status: Status) -> Handler:
    def apply(state: State, event: Event, data: dict[str, Any]) -> None:
        state.update(status=status.value, finished_at=event.recorded_at, outcome=data["outcome"])
        if data["review_due_at"] is not None:
            state["review_due_at"] = parse_time(data["review_due_at"])

    return apply


def _cancelled(state: State, event: Event, data: dict[str, Any]) -> None:
    state.update(status=Status.CANCELLED.value, finished_at=event.recorded_at, outcome=data["reason"])


def _reviewed(state: State, event: Event, data: dict[str, Any]) -> None:
    state.update(reviewed_at=event.recorded_at, review_note=data["note"])


def _nothing(state: State, event: Event, data: dict[str, Any]) -> None:
    """The event stands on the timeline and changes no column."""


_HANDLERS: dict[str, Handler] = {
    "CHANGE_CREATED": _created,
    "CHANGE_UPDATED": _updated,
    "CHANGE_RESCHEDULED": _rescheduled,
    "CHANGE_CIS_CHANGED": _cis_changed,
    "CHANGE_ASSIGNED": _assigned,
    "CHANGE_RISK_CHANGED": _risk_changed,
    "CHANGE_LINKED": _linked,
    "CHANGE_UNLINKED": _unlinked,
    "CHANGE_NOTE_ADDED": _nothing,
    "CHANGE_SUBMITTED": _submitted,
    "CHANGE_CONFLICTS_ACCEPTED": _conflicts_accepted,
    "CHANGE_VOTE_CAST": _vote_cast,
    "CHANGE_VOTE_DELEGATED": _vote_delegated,
    "CHANGE_QUESTION_ASKED": _question_asked,
    "CHANGE_APPROVED": _approved,
    "CHANGE_REJECTED": _rejected,
    "CHANGE_REOPENED": _reopened,
    "CHANGE_STARTED": _started,
    "CHANGE_COMPLETED": _finished(Status.COMPLETED),
    "CHANGE_FAILED": _finished(Status.FAILED),
    "CHANGE_CANCELLED": _cancelled,
    "CHANGE_REVIEWED": _reviewed,
}


def belongings(event: Event) -> Iterable[Step]:
    """What one event does to the rows below the change."""
    if event.type == "CHANGE_CREATED":
        return _affect(event, event.payload["affected_cis"])
    if event.type == "CHANGE_CIS_CHANGED":
        return _change_affected(event, event.payload)
    return ()


def affected_pk(change_id: uuid.UUID, ci_id: str) -> uuid.UUID:
    """The stable key of one configuration item's place on one change."""
    return uuid.uuid5(change_id, ci_id)


def _affect(event: Event, refs: list[dict[str, str]]) -> list[Step]:
    return [
        Put(AFFECTED, affected_pk(event.aggregate_id, ref["id"]), {"ci_id": uuid.UUID(ref["id"]), "name": ref["name"]})
        for ref in refs
    ]


def _change_affected(event: Event, data: dict[str, Any]) -> list[Step]:
    before = {ref["id"] for ref in data["before"]}
    after = {ref["id"] for ref in data["after"]}
    gone: list[Step] = [Drop(AFFECTED, affected_pk(event.aggregate_id, pk)) for pk in sorted(before - after)]
    return gone + _affect(event, [ref for ref in data["after"] if ref["id"] not in before])

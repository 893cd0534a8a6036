"""Projections: what each event does to a problem's state, and to the rows below it. Pure functions."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from typing import Any

from problems.states import Status
from timeline.aggregates import Drop, Patch, Put, State, Step
from timeline.events import Event

AFFECTED = "problems.ProblemCI"
SERVICE = "problems.ProblemService"
INCIDENT = "problems.ProblemIncident"
CHANGE = "problems.ProblemChange"
USE = "problems.WorkaroundUse"

LONGEST_SEARCHED = 8_000
"""Characters of a problem that the search by symptom looks at."""

Handler = Callable[[State, Event, dict[str, Any]], None]


def project(state: State, event: Event) -> None:
    """Apply one event to a state, in place."""
    _HANDLERS[event.type](state, event, event.payload)
    state["search_text"] = _searched(state)


def _searched(state: State) -> str:
    """What a symptom is looked for in, folded to one case."""
    words = " ".join(state[name] for name in ("title", "symptoms", "description"))
    return " ".join(words.casefold().split())[:LONGEST_SEARCHED]


def _uuid(text: str | None) -> uuid.UUID | None:
    return None if text is None else uuid.UUID(text)


def _created(state: State, event: Event, data: dict[str, Any]) -> None:
    plain = (
        "title description symptoms workaround root_cause services assigned_to assignee_id assignee_name owner_name "
        "owner_id recurrence"
    )
    state.update({name: data[name] for name in plain.split()})
    state.update(
        status=Status.INVESTIGATING.value,
        assigned_team_id=_uuid(data["assigned_team_id"]),
        affected_names=[ci["name"] for ci in data["affected_cis"]],
        resolution="",
        known_since=None,
        resolved_at=None,
    )
    state.update(dict.fromkeys(("reopen_count", "incident_count", "workaround_used", "workaround_helped"), 0))


def _updated(state: State, event: Event, data: dict[str, Any]) -> None:
    for name, change in data["changes"].items():
        state[name] = change["after"]


def _status_changed(state: State, event: Event, data: dict[str, Any]) -> None:
    state["status"] = data["after"]
    state["known_since"] = event.recorded_at if data["after"] == Status.KNOWN_ERROR else None
    if data["before"] == Status.RESOLVED:
        state.update(resolved_at=None, resolution="", reopen_count=state["reopen_count"] + 1)


def _resolved(state: State, event: Event, data: dict[str, Any]) -> None:
    state.update(
        status=Status.RESOLVED.value,
        resolved_at=event.recorded_at,
        resolution=data["resolution"],
        known_since=None,
    )


def _assigned(state: State, event: Event, data: dict[str, Any]) -> None:
    state.update(
        assigned_to=data["after"],
        assigned_team_id=_uuid(data["assigned_team_id"]),
        assignee_id=data["assignee_id"],
        assignee_name=data["assignee_name"],
    )


def _owner_changed(state: State, event: Event, data: dict[str, Any]) -> None:
    state.update(owner_name=data["after"], owner_id=data["owner_id"])


def _cis_changed(state: State, event: Event, data: dict[str, Any]) -> None:
    state["affected_names"] = [ci["name"] for ci in data["after"]]


def _incident_linked(state: State, event: Event, data: dict[str, Any]) -> None:
    state["incident_count"] += 1


def _incident_unlinked(state: State, event: Event, data: dict[str, Any]) -> None:
    state["incident_count"] -= 1


def _workaround_used(state: State, event: Event, data: dict[str, Any]) -> None:
    state["workaround_used"] += 1 if data["first"] else 0
    state["workaround_helped"] += int(data["helped"] is True) - int(data["before"] is True)


def _nothing(state: State, event: Event, data: dict[str, Any]) -> None:
    """The event stands on the timeline and changes no column."""


_HANDLERS: dict[str, Handler] = {
    "PROBLEM_CREATED": _created,
    "PROBLEM_UPDATED": _updated,
    "PROBLEM_STATUS_CHANGED": _status_changed,
    "PROBLEM_RESOLVED": _resolved,
    "PROBLEM_ASSIGNED": _assigned,
    "PROBLEM_OWNER_CHANGED": _owner_changed,
    "PROBLEM_CIS_CHANGED": _cis_changed,
    "PROBLEM_INCIDENT_LINKED": _incident_linked,
    "PROBLEM_INCIDENT_UNLINKED": _incident_unlinked,
    "PROBLEM_CHANGE_LINKED": _nothing,
    "PROBLEM_CHANGE_UNLINKED": _nothing,
    "PROBLEM_NOTE_ADDED": _nothing,
    "PROBLEM_WORKAROUND_USED": _workaround_used,
    "PROBLEM_INCIDENTS_RESOLVED": _nothing,
}


def belongings(event: Event) -> Iterable[Step]:
    """What one event does to the rows below the problem."""
    make = _BELONGINGS.get(event.type)
    return make(event, event.payload) if make else ()


def place_of(problem_id: uuid.UUID, kind: str, name: str) -> uuid.UUID:
    """The stable key of one row below a problem: its place there."""
    return uuid.uuid5(problem_id, f"{kind} {name}")


def _affect(event: Event, refs: Iterable[dict[str, str]]) -> list[Step]:
    return [
        Put(AFFECTED, place_of(event.aggregate_id, "ci", ref["id"]), {"ci_id": uuid.UUID(ref["id"])}) for ref in refs
    ]


def _keys(services: Iterable[str]) -> set[str]:
    return {service.casefold() for service in services}


def _serve(event: Event, keys: Iterable[str]) -> list[Step]:
    return [Put(SERVICE, place_of(event.aggregate_id, "service", key), {"key": key}) for key in sorted(keys)]


def _create_belongings(event: Event, data: dict[str, Any]) -> list[Step]:
    return [*_affect(event, data["affected_cis"]), *_serve(event, _keys(data["services"]))]


def _change_affected(event: Event, data: dict[str, Any]) -> list[Step]:
    before = {ref["id"] for ref in data["before"]}
    after = {ref["id"] for ref in data["after"]}
    gone: list[Step] = [Drop(AFFECTED, place_of(event.aggregate_id, "ci", pk)) for pk in sorted(before - after)]
    return gone + _affect(event, [ref for ref in data["after"] if ref["id"] not in before])


def _change_services(event: Event, data: dict[str, Any]) -> list[Step]:
    change = data["changes"].get("services")
    if change is None:
        return []
    before, after = _keys(change["before"]), _keys(change["after"])
    gone: list[Step] = [Drop(SERVICE, place_of(event.aggregate_id, "service", key)) for key in sorted(before - after)]
    return gone + _serve(event, after - before)


def _link(event: Event, data: dict[str, Any]) -> list[Step]:
    pk = place_of(event.aggregate_id, "incident", data["incident_id"])
    return [Put(INCIDENT, pk, {"incident_id": uuid.UUID(data["incident_id"])})]


def _unlink(event: Event, data: dict[str, Any]) -> list[Step]:
    return [Drop(INCIDENT, place_of(event.aggregate_id, "incident", data["incident_id"]))]


def _fix(event: Event, data: dict[str, Any]) -> list[Step]:
    pk = place_of(event.aggregate_id, "change", data["change_id"])
    return [Put(CHANGE, pk, {"change_id": uuid.UUID(data["change_id"])})]


def _unfix(event: Event, data: dict[str, Any]) -> list[Step]:
    return [Drop(CHANGE, place_of(event.aggregate_id, "change", data["change_id"]))]


def _use(event: Event, data: dict[str, Any]) -> list[Step]:
    pk = uuid.UUID(data["use_id"])
    if not data["first"]:
        return [Patch(USE, pk, {"helped": data["helped"]})]
    values = {"incident_id": uuid.UUID(data["incident_id"]), "helped": data["helped"], "used_at": event.occurred_at}
    return [Put(USE, pk, values)]


_BELONGINGS: dict[str, Callable[[Event, dict[str, Any]], list[Step]]] = {
    "PROBLEM_CREATED": _create_belongings,
    "PROBLEM_UPDATED": _change_services,
    "PROBLEM_CIS_CHANGED": _change_affected,
    "PROBLEM_INCIDENT_LINKED": _link,
    "PROBLEM_INCIDENT_UNLINKED": _unlink,
    "PROBLEM_CHANGE_LINKED": _fix,
    "PROBLEM_CHANGE_UNLINKED": _unfix,
    "PROBLEM_WORKAROUND_USED": _use,
}

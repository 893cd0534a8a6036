"""Projections: what each event does to an incident's state, and to the rows below it. Pure functions."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from incidents import sla
from incidents.states import Status
from timeline.aggregates import Drop, Ensure, Patch, Put, State, Step
from timeline.events import Event
from timeline.payloads import parse_time

SIGNAL = "incidents.IncidentSignal"
ACTION = "incidents.IncidentAction"
VIOLATION = "incidents.SLOViolation"
AFFECTED = "incidents.IncidentCI"
CORRELATION = "incidents.IncidentKey"

Handler = Callable[[State, Event, dict[str, Any]], None]


def project(state: State, event: Event) -> None:
    """Apply one event to a state, in place."""
    _HANDLERS[event.type](state, event, event.payload)
    _materialise(state)


def _materialise(state: State) -> None:
    """The columns that lists filter and sort by, from the clocks."""
    clocks = state["sla"]
    state["ack_due_at"] = sla.due_at(clocks[sla.ACKNOWLEDGE])
    state["resolve_due_at"] = sla.due_at(clocks[sla.RESOLVE])
    state["next_due_at"] = sla.next_deadline(clocks)
    state["ack_breached"] = clocks[sla.ACKNOWLEDGE]["breached_at"] is not None
    state["resolve_breached"] = clocks[sla.RESOLVE]["breached_at"] is not None


def _uuid(text: str | None) -> uuid.UUID | None:
    return None if text is None else uuid.UUID(text)


def _created(state: State, event: Event, data: dict[str, Any]) -> None:
    plain = (
        "title description severity environment service_name services source detected_by assigned_to assignee_id "
        "assignee_name "
        "correlation_keys tags runbook_path links"
    )
    state.update({name: data[name] for name in plain.split()})
    state.update(
        status=Status.OPEN.value,
        project_id=_uuid(data["project_id"]),
        assigned_team_id=_uuid(data["assigned_team_id"]),
        affected_names=[ci["name"] for ci in data["affected_cis"]],
        impact_started_at=parse_time(data["impact_started_at"]),
        sla=sla.start(data["targets"], event.recorded_at),
        primary_signal_id=None,
        external_refs=[],
        merged_into_id=None,
        impact={},
    )
    state.update(dict.fromkeys(("hold_reason", "hold_note", "root_cause", "resolution"), ""))
    state.update(dict.fromkeys(("signal_count", "firing_count", "reopen_count"), 0))
    state.update(dict.fromkeys(("acknowledged_at", "mitigated_at", "resolved_at", "closed_at", "cancelled_at"), None))


def _updated(state: State, event: Event, data: dict[str, Any]) -> None:
    for name, change in data["changes"].items():
        state[name] = change["after"]


def _status_changed(state: State, event: Event, data: dict[str, Any]) -> None:
    at, after = event.recorded_at, data["after"]
    state["status"] = after
    if after == Status.CANCELLED:
        state["cancelled_at"] = at
        state["merged_into_id"] = _uuid((data.get("merged_into") or {}).get("id"))
        _finish(state, at)
    elif after == Status.CLOSED:
        state["closed_at"] = at
    else:
        _acknowledge(state, at)
        if after == Status.MITIGATED:
            state["mitigated_at"] = at
        elif data["before"] == Status.MITIGATED:
            state["mitigated_at"] = None
        elif data["before"] == Status.RESOLVED:
            state.update(resolved_at=None, mitigated_at=None, resolution="", reopen_count=state["reopen_count"] + 1)
            state["sla"] = sla.reopen(state["sla"], at, held=bool(state["hold_reason"]))


def _acknowledge(state: State, at: datetime) -> None:
    if state["acknowledged_at"] is None:
        state["acknowledged_at"] = at
        state["sla"] = sla.meet(state["sla"], sla.ACKNOWLEDGE, at)


def _finish(state: State, at: datetime) -> None:
    """Nothing is due any more and nobody is waited for."""
    state["sla"] = sla.meet(sla.meet(state["sla"], sla.ACKNOWLEDGE, at), sla.RESOLVE, at)
    state.update(hold_reason="", hold_note="")


def _resolved(state: State, event: Event, data: dict[str, Any]) -> None:
    _acknowledge(state, event.recorded_at)
    state.update(status=Status.RESOLVED.value, resolved_at=event.recorded_at, resolution=data["resolution"])
    if data["root_cause"] is not None:
        state["root_cause"] = data["root_cause"]
    _finish(state, event.recorded_at)


def _severity_changed(state: State, event: Event, data: dict[str, Any]) -> None:
    state["severity"] = data["after"]
    state["sla"] = sla.retarget(state["sla"], data["targets"], event.recorded_at)


def _assigned(state: State, event: Event, data: dict[str, Any]) -> None:
    state.update(
        assigned_to=data["after"],
        assigned_team_id=_uuid(data["assigned_team_id"]),
        assignee_id=data["assignee_id"],
        assignee_name=data["assignee_name"],
    )


def _cis_changed(state: State, event: Event, data: dict[str, Any]) -> None:
    state["affected_names"] = [ci["name"] for ci in data["after"]]


def _tag_added(state: State, event: Event, data: dict[str, Any]) -> None:
    state["tags"] = sorted({*state["tags"], data["tag"]})


def _tag_removed(state: State, event: Event, data: dict[str, Any]) -> None:
    state["tags"] = [tag for tag in state["tags"] if tag != data["tag"]]


def _signal_ingested(state: State, event: Event, data: dict[str, Any]) -> None:
    state["signal_count"] += 1
    state["firing_count"] += 1 if data["firing"] else 0
    if state["primary_signal_id"] is None:
        state["primary_signal_id"] = _uuid(data["signal_id"])
    key = data["correlation_key"]
    if key and key not in state["correlation_keys"]:
        state["correlation_keys"] = [*state["correlation_keys"], key]


def _signal_cleared(state: State, event: Event, data: dict[str, Any]) -> None:
    state["firing_count"] -= 1


def _linked_to_ticket(state: State, event: Event, data: dict[str, Any]) -> None:
    ticket = {name: data[name] for name in ("platform", "ticket", "url")}
    state["external_refs"] = [*state["external_refs"], ticket]


def _linked(state: State, event: Event, data: dict[str, Any]) -> None:
    link = {name: data[name] for name in ("kind", "incident_id", "reference", "title")}
    state["links"] = [*state["links"], link]


def _unlinked(state: State, event: Event, data: dict[str, Any]) -> None:
    gone = (data["kind"], data["incident_id"])
    state["links"] = [link for link in state["links"] if (link["kind"], link["incident_id"]) != gone]


def _held(state: State, event: Event, data: dict[str, Any]) -> None:
    state.update(hold_reason=data["reason"], hold_note=data["note"], sla=sla.pause(state["sla"], event.recorded_at))


def _released(state: State, event: Event, data: dict[str, Any]) -> None:
    state.update(hold_reason="", hold_note="", sla=sla.resume(state["sla"], event.recorded_at))


def _root_cause(state: State, event: Event, data: dict[str, Any]) -> None:
    state["root_cause"] = data["after"]


def _sla_warned(state: State, event: Event, data: dict[str, Any]) -> None:
    state["sla"] = sla.warn(state["sla"], data["clock"], data["percent"])


def _sla_breached(state: State, event: Event, data: dict[str, Any]) -> None:
    state["sla"] = sla.breach(state["sla"], data["clock"], datetime.fromisoformat(data["due_at"]))


def _impact_assessed(state: State, event: Event, data: dict[str, Any]) -> None:
    state["impact"] = data["impact"]


def _nothing(state: State, event: Event, data: dict[str, Any]) -> None:
    """The event stands on the timeline and changes no column."""


_HANDLERS: dict[str, Handler] = {
    "INCIDENT_CREATED": _created,
    "INCIDENT_UPDATED": _updated,
    "INCIDENT_STATUS_CHANGED": _status_changed,
    "INCIDENT_RESOLVED": _resolved,
    "INCIDENT_SEVERITY_CHANGED": _severity_changed,
    "INCIDENT_ASSIGNED": _assigned,
    "INCIDENT_CIS_CHANGED": _cis_changed,
    "INCIDENT_TAG_ADDED": _tag_added,
    "INCIDENT_TAG_REMOVED": _tag_removed,
    "INCIDENT_SIGNAL_INGESTED": _signal_ingested,
    "INCIDENT_SIGNAL_CLEARED": _signal_cleared,
    "INCIDENT_NOTE_ADDED": _nothing,
    "INCIDENT_PLAYBOOK_ACTION_EXECUTED": _nothing,
    "INCIDENT_SLO_VIOLATION_RECORDED": _nothing,
    "INCIDENT_LINKED_TO_TICKET": _linked_to_ticket,
    "INCIDENT_LINKED": _linked,
    "INCIDENT_UNLINKED": _unlinked,
    "INCIDENT_HELD": _held,
    "INCIDENT_RELEASED": _released,
    "INCIDENT_ROOT_CAUSE_RECORDED": _root_cause,
    "INCIDENT_SLA_WARNED": _sla_warned,
    "INCIDENT_SLA_BREACHED": _sla_breached,
    "INCIDENT_IMPACT_ASSESSED": _impact_assessed,
}


def belongings(event: Event) -> Iterable[Step]:
    """What one event does to the rows below the incident."""
    make = _BELONGINGS.get(event.type)
    return make(event, event.payload) if make else ()


def affected_pk(incident_id: uuid.UUID, ci_id: str) -> uuid.UUID:
    """The stable key of one configuration item's place on one incident."""
    return uuid.uuid5(incident_id, ci_id)


def _affect(event: Event, refs: list[dict[str, str]]) -> list[Step]:
    return [Put(AFFECTED, affected_pk(event.aggregate_id, ref["id"]), {"ci_id": uuid.UUID(ref["id"])}) for ref in refs]


def _create_belongings(event: Event, data: dict[str, Any]) -> list[Step]:
    return [*_affect(event, data["affected_cis"]), *_correlate(event, data["correlation_keys"])]


def _correlate(event: Event, keys: Iterable[str]) -> list[Step]:
    return [Ensure(CORRELATION, uuid.uuid5(event.aggregate_id, f"key {key}"), {"key": key}) for key in keys if key]


def _change_affected(event: Event, data: dict[str, Any]) -> list[Step]:
    before = {ref["id"] for ref in data["before"]}
    after = {ref["id"] for ref in data["after"]}
    gone: list[Step] = [Drop(AFFECTED, affected_pk(event.aggregate_id, pk)) for pk in sorted(before - after)]
    return gone + _affect(event, [ref for ref in data["after"] if ref["id"] not in before])


def _add_signal(event: Event, data: dict[str, Any]) -> list[Step]:
    copied = "key signal_type source summary correlation_key trace_id service_name environment data firing"
    values = {name: data[name] for name in copied.split()}
    values.update(ts=parse_time(data["ts"]), cleared_at=None)
    return [Put(SIGNAL, uuid.UUID(data["signal_id"]), values), *_correlate(event, [data["correlation_key"]])]


def _clear_signal(event: Event, data: dict[str, Any]) -> list[Step]:
    return [Patch(SIGNAL, uuid.UUID(data["signal_id"]), {"firing": False, "cleared_at": parse_time(data["ts"])})]


def _action(event: Event, pk: uuid.UUID, kind: str, label: str, details: str) -> list[Step]:
    values = {
        "actor_type": event.actor_kind,
        "actor_ref": event.actor_ref,
        "action_kind": kind,
        "label": label,
        "details": details,
        "ts": event.occurred_at,
    }
    return [Put(ACTION, pk, values)]


def _playbook_action(event: Event, data: dict[str, Any]) -> list[Step]:
    return _action(event, uuid.UUID(data["action_id"]), data["kind"], data["label"], data["details"])


def _step_action(kind: str) -> Callable[[Event, dict[str, Any]], list[Step]]:
    def make(event: Event, data: dict[str, Any]) -> list[Step]:
        after = data.get("after", Status.RESOLVED.value)
        details = data.get("reason", data.get("resolution", ""))
        pk = uuid.uuid5(event.aggregate_id, f"action {event.seq}")
        return _action(event, pk, kind, f"{data['before']} → {after}", details)

    return make


def _violation(event: Event, data: dict[str, Any]) -> list[Step]:
    values = {
        "slo_id": data["slo_id"],
        "window_start": parse_time(data["window_start"]),
        "window_end": parse_time(data["window_end"]),
        "error_budget_consumed": Decimal(data["error_budget_consumed"]),
        "threshold_breached": data["threshold_breached"],
        "details": data["details"],
    }
    return [Put(VIOLATION, uuid.UUID(data["violation_id"]), values)]


_BELONGINGS: dict[str, Callable[[Event, dict[str, Any]], list[Step]]] = {
    "INCIDENT_CREATED": _create_belongings,
    "INCIDENT_CIS_CHANGED": _change_affected,
    "INCIDENT_SIGNAL_INGESTED": _add_signal,
    "INCIDENT_SIGNAL_CLEARED": _clear_signal,
    "INCIDENT_PLAYBOOK_ACTION_EXECUTED": _playbook_action,
    "INCIDENT_STATUS_CHANGED": _step_action("STATUS_CHANGED"),
    "INCIDENT_RESOLVED": _step_action("STATUS_CHANGED"),
    "INCIDENT_SEVERITY_CHANGED": _step_action("SEVERITY_CHANGED"),
    "INCIDENT_SLO_VIOLATION_RECORDED": _violation,
}

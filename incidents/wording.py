"""Events in words: what the timeline says of each, made when it is shown, so that better words reach old events too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from incidents.models import IncidentEvent
from incidents.states import HoldReason, Severity, Status
from orgs.actor import ActorKind
from orgs.durations import duration, stamp
from orgs.neutral import neutral
from timeline.payloads import parse_time

HUMAN, ALERT, STATUS, SLA, SYSTEM = "human", "alert", "status", "sla", "system"
KINDS: dict[str, str] = {
    HUMAN: "People",
    ALERT: "Alerts",
    STATUS: "Status",
    SLA: "SLA",
    SYSTEM: "System",
}
"""The timeline's filters and how they are called."""

KIND_OF: dict[str, str] = {
    "INCIDENT_CREATED": STATUS,
    "INCIDENT_STATUS_CHANGED": STATUS,
    "INCIDENT_RESOLVED": STATUS,
    "INCIDENT_SEVERITY_CHANGED": STATUS,
    "INCIDENT_HELD": STATUS,
    "INCIDENT_RELEASED": STATUS,
    "INCIDENT_SIGNAL_INGESTED": ALERT,
    "INCIDENT_SIGNAL_CLEARED": ALERT,
    "INCIDENT_SLA_WARNED": SLA,
    "INCIDENT_SLA_BREACHED": SLA,
    "INCIDENT_SLO_VIOLATION_RECORDED": SLA,
    "INCIDENT_IMPACT_ASSESSED": SYSTEM,
}
"""Event type to the filter it falls under; every other type is of people."""

FIELD_WORDS = {
    "title": "the title",
    "description": "the description",
    "environment": "the environment",
    "service_name": "the service",
    "services": "the services",
    "runbook_path": "the runbook",
    "resolution": "the resolution",
}
NOTE_WORDS = {"note": "Note", "decision": "Decision", "hypothesis": "Hypothesis"}
CLOCK_WORDS = {"acknowledge": "time to acknowledge", "resolve": "time to resolve"}
LINK_WORDS = {
    "related": "is related to",
    "caused_by": "is caused by",
    "causes": "causes",
    "duplicate_of": "duplicates",
    "duplicated_by": "is duplicated by",
    "follows": "follows",
    "followed_by": "is followed by",
    "problem": "belongs to the problem",
}


@dataclass(frozen=True)
class Words:
    """What one event says: ``what`` follows the actor's name where ``by`` is set, ``text`` is Markdown of a person."""

    what: str
    tone: str
    detail: str = ""
    tag: str = ""
    text: str = ""
    by: bool = True


def kind_of(event_type: str) -> str:
    """The filter that an event falls under."""
    return KIND_OF.get(event_type, HUMAN)


def types_of(kinds: set[str]) -> tuple[set[str], bool]:
    """The event types of some filters, and whether these are to be left out instead of picked (people's are open)."""
    if HUMAN in kinds:
        return {name for name, kind in KIND_OF.items() if kind not in kinds}, True
    return {name for name, kind in KIND_OF.items() if kind in kinds}, False


def describe(event: IncidentEvent) -> Words:
    """The words of one event; an unknown type is shown by its code."""
    make = _WORDS.get(event.type)
    return make(event, event.payload) if make else Words(event.type, "system")


def status_word(status: str) -> str:
    """A status as people read it."""
    return str(Status(status).label) if status in Status.values else status


def severity_word(severity: str) -> str:
    """A severity as people read it."""
    return str(Severity(severity).label) if severity in Severity.values else severity


def _quoted(text: object, longest: int = 120) -> str:
    plain = neutral(str(text))
    return f"“{plain[:longest]}{'…' if len(plain) > longest else ''}”" if plain else "nothing"


def _created(event: IncidentEvent, data: dict[str, Any]) -> Words:
    names = ", ".join(neutral(ci["name"]) for ci in data["affected_cis"][:5])
    parts = [f"affects {names}" if names else "", f"source {neutral(data['source'])}" if data["source"] else ""]
    return Words(f"opened it as {severity_word(data['severity'])}", "status", "; ".join(part for part in parts if part))


def _updated(event: IncidentEvent, data: dict[str, Any]) -> Words:
    names = [FIELD_WORDS.get(name, name) for name in data["changes"]]
    lines = [
        f"{FIELD_WORDS.get(name, name)}: {_quoted(change['before'])} → {_quoted(change['after'])}"
        for name, change in data["changes"].items()
    ]
    return Words(f"changed {', '.join(names)}", "human", "; ".join(lines))


def _status_changed(event: IncidentEvent, data: dict[str, Any]) -> Words:
    before, after = data["before"], data["after"]
    tone = "done" if after in ("mitigated", "closed") else "status"
    merged = data.get("merged_into")
    what = f"moved it from {status_word(before)} to {status_word(after)}"
    if after == Status.ACKNOWLEDGED:
        what = "acknowledged it"
    elif before == Status.RESOLVED and after == Status.INVESTIGATING:
        what = "reopened it"
    elif before == Status.MITIGATED and after == Status.INVESTIGATING:
        what = "took it up again: the impact is back"
    elif after == Status.CANCELLED:
        what = f"merged it into {merged['name']}" if merged else "cancelled it"
    elif after == Status.CLOSED:
        what = "closed it"
    return Words(what, tone, text=data["reason"])


def _resolved(event: IncidentEvent, data: dict[str, Any]) -> Words:
    cause = data.get("root_cause")
    text = data["resolution"] + (f"\n\n**Root cause:** {cause}" if cause else "")
    return Words("resolved it", "done", text=text, tag="Resolution" if data["resolution"] else "")


def _severity_changed(event: IncidentEvent, data: dict[str, Any]) -> Words:
    what = f"changed the severity from {severity_word(data['before'])} to {severity_word(data['after'])}"
    return Words(what, "status", text=data["reason"])


def _assigned(event: IncidentEvent, data: dict[str, Any]) -> Words:
    after, before = neutral(data["after"]), neutral(data["before"])
    what = f"assigned it to {after}" if after else "took the assignment off"
    return Words(what, "human", f"before: {before}" if before else "")


def _cis_changed(event: IncidentEvent, data: dict[str, Any]) -> Words:
    before, after = ({ci["name"] for ci in data[side]} for side in ("before", "after"))
    parts = [
        f"{word} {', '.join(neutral(name) for name in sorted(names)[:8])}"
        for word, names in (("added", after - before), ("removed", before - after))
        if names
    ]
    return Words("changed the affected items", "human", "; ".join(parts))


def _tag_added(event: IncidentEvent, data: dict[str, Any]) -> Words:
    return Words(f"tagged it {_quoted(data['tag'])}", "human")


def _tag_removed(event: IncidentEvent, data: dict[str, Any]) -> Words:
    return Words(f"took the tag {_quoted(data['tag'])} off", "human")


def _signal(event: IncidentEvent, data: dict[str, Any]) -> Words:
    state = {True: "firing", False: "clear", None: ""}[data["firing"]]
    parts = [data["signal_type"].lower(), f"from {neutral(data['source'])}", state, neutral(data["service_name"])]
    return Words(neutral(data["summary"])[:300], "alert", ", ".join(part for part in parts if part), by=False)


def _signal_cleared(event: IncidentEvent, data: dict[str, Any]) -> Words:
    return Words(f"Clear: {neutral(data['summary'])[:300]}", "done", by=False)


def _note(event: IncidentEvent, data: dict[str, Any]) -> Words:
    text = event.text("text")
    tag = NOTE_WORDS.get(data["kind"], data["kind"])
    if text is None:
        return Words("wrote something that was erased since", "human", tag=tag)
    return Words(
        {"decision": "decided", "hypothesis": "suspects"}.get(data["kind"], "wrote"), "human", tag=tag, text=text
    )


def _action(event: IncidentEvent, data: dict[str, Any]) -> Words:
    return Words(f"did: {neutral(data['label'])}", "human", _unless(data["kind"], "MANUAL"), text=data["details"])


def _unless(kind: str, usual: str) -> str:
    return "" if kind == usual else neutral(kind)


def _slo(event: IncidentEvent, data: dict[str, Any]) -> Words:
    share = float(data["error_budget_consumed"]) * 100
    what = f"SLO {neutral(data['slo_id'])} used {share:.1f} % of its error budget"
    return Words(what, "sla", neutral(data["details"])[:300], by=False)


def _ticket(event: IncidentEvent, data: dict[str, Any]) -> Words:
    return Words(f"linked the ticket {neutral(data['ticket'])} in {neutral(data['platform'])}", "human")


def _linked(event: IncidentEvent, data: dict[str, Any]) -> Words:
    kind = LINK_WORDS.get(data["kind"], data["kind"])
    return Words(f"noted that it {kind} {data['reference']}", "human", neutral(data["title"])[:200])


def _unlinked(event: IncidentEvent, data: dict[str, Any]) -> Words:
    return Words(f"took the link to {data['reference']} off", "human")


def _held(event: IncidentEvent, data: dict[str, Any]) -> Words:
    reason = HoldReason(data["reason"]).label.lower() if data["reason"] in HoldReason.values else data["reason"]
    return Words(f"put it on hold: waiting for the {reason}", "hold", text=data["note"])


def _released(event: IncidentEvent, data: dict[str, Any]) -> Words:
    return Words("ended the hold; the clocks run on", "hold", text=data["note"])


def _root_cause(event: IncidentEvent, data: dict[str, Any]) -> Words:
    return Words("recorded the root cause", "done", tag="Root cause", text=data["after"])


def _late(data: dict[str, Any]) -> str:
    return f"announced {duration(data['late_by'])} late" if data["late_by"] else ""


def _sla_warned(event: IncidentEvent, data: dict[str, Any]) -> Words:
    clock = CLOCK_WORDS.get(data["clock"], data["clock"])
    return Words(f"{data['percent']} % of the {clock} is used", "sla", _late(data), by=False)


def _sla_breached(event: IncidentEvent, data: dict[str, Any]) -> Words:
    clock = CLOCK_WORDS.get(data["clock"], data["clock"])
    due = parse_time(data["due_at"])
    detail = "; ".join(part for part in (f"due {stamp(due)}" if due else "", _late(data)) if part)
    return Words(f"The target for the {clock} was missed", "sla", detail, by=False)


def _impact(event: IncidentEvent, data: dict[str, Any]) -> Words:
    impact = data["impact"]
    services = ", ".join(neutral(name) for name in impact.get("services", [])[:5])
    count = impact.get("dependents", 0)
    more = " or more" if impact.get("truncated") else ""
    return Words(f"Impact: {count}{more} items depend on what is affected", "system", services, by=False)


_WORDS: dict[str, Callable[[IncidentEvent, dict[str, Any]], Words]] = {
    "INCIDENT_CREATED": _created,
    "INCIDENT_UPDATED": _updated,
    "INCIDENT_STATUS_CHANGED": _status_changed,
    "INCIDENT_RESOLVED": _resolved,
    "INCIDENT_SEVERITY_CHANGED": _severity_changed,
    "INCIDENT_ASSIGNED": _assigned,
    "INCIDENT_CIS_CHANGED": _cis_changed,
    "INCIDENT_TAG_ADDED": _tag_added,
    "INCIDENT_TAG_REMOVED": _tag_removed,
    "INCIDENT_SIGNAL_INGESTED": _signal,
    "INCIDENT_SIGNAL_CLEARED": _signal_cleared,
    "INCIDENT_NOTE_ADDED": _note,
    "INCIDENT_PLAYBOOK_ACTION_EXECUTED": _action,
    "INCIDENT_SLO_VIOLATION_RECORDED": _slo,
    "INCIDENT_LINKED_TO_TICKET": _ticket,
    "INCIDENT_LINKED": _linked,
    "INCIDENT_UNLINKED": _unlinked,
    "INCIDENT_HELD": _held,
    "INCIDENT_RELEASED": _released,
    "INCIDENT_ROOT_CAUSE_RECORDED": _root_cause,
    "INCIDENT_SLA_WARNED": _sla_warned,
    "INCIDENT_SLA_BREACHED": _sla_breached,
    "INCIDENT_IMPACT_ASSESSED": _impact,
}


def actor_words(event: IncidentEvent) -> str:
    """Who acted, in words; a rule of the product is named as one."""
    name = neutral(event.actor_name)
    if event.actor_kind == ActorKind.SYSTEM:
        return f"The rule {name}"
    return name

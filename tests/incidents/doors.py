"""Every command that changes an incident: what it takes, in which state, and what it leaves on the stream."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from incidents import commands
from incidents.commands import Signal

WINDOW = (datetime(2026, 3, 1, 12, 0, tzinfo=UTC), datetime(2026, 3, 1, 13, 0, tzinfo=UTC))


PROBLEM = UUID("0b9d5f5e-52a7-4d0e-9a5d-6a8f4f3f5b10")


@dataclass(frozen=True)
class Door:
    """One command. ``given`` are its arguments beside the actor and the incident, whose ``state`` it needs."""

    name: str
    action: str
    leaves: tuple[str, ...]
    given: dict[str, Any]
    state: str = "open"
    versioned: bool = True
    ready: Callable[[Any, Any], Any] = lambda actor, row: None

    def open(self, actor: Any, incident: Any, **more: Any) -> Any:
        """Call the command."""
        return getattr(commands, self.name)(actor=actor, incident=incident, **self.given, **more)


def _signal(actor: Any, row: Any) -> None:
    commands.attach_signal(actor=actor, incident=row, signal=Signal("alert", "prometheus", "Slow", "a", firing=True))


DOORS = [
    Door("change_status", "incident.status", ("INCIDENT_STATUS_CHANGED",), {"to": "investigating", "reason": "Mine"}),
    Door("acknowledge", "incident.status", ("INCIDENT_STATUS_CHANGED",), {"reason": "Mine"}),
    Door("resolve", "incident.status", ("INCIDENT_RESOLVED",), {"resolution": "Restarted"}),
    Door("close", "incident.status", ("INCIDENT_STATUS_CHANGED",), {"reason": "Done"}, state="resolved"),
    Door("reopen", "incident.status", ("INCIDENT_STATUS_CHANGED",), {"reason": "Back"}, state="resolved"),
    Door("cancel", "incident.status", ("INCIDENT_STATUS_CHANGED",), {"reason": "None"}),
    Door("hold", "incident.hold", ("INCIDENT_HELD",), {"reason": "vendor", "note": "Ticket 4711"}),
    Door(
        "release",
        "incident.hold",
        ("INCIDENT_RELEASED",),
        {"note": "They answered"},
        ready=lambda actor, row: commands.hold(actor=actor, incident=row, reason="customer"),
    ),
    Door("change_severity", "incident.severity", ("INCIDENT_SEVERITY_CHANGED",), {"to": "P1", "reason": "Worse"}),
    Door("assign", "incident.assign", ("INCIDENT_ASSIGNED",), {"to": "Storage crew"}),
    Door(
        "record_root_cause",
        "incident.edit",
        ("INCIDENT_ROOT_CAUSE_RECORDED",),
        {"root_cause": "A full disk"},
        state="resolved",
    ),
    Door(
        "update_incident",
        "incident.edit",
        ("INCIDENT_UPDATED",),
        {"changes": {"title": "Database is down", "environment": "production"}},
    ),
    Door("add_note", "incident.note", ("INCIDENT_NOTE_ADDED",), {"text": "It was the cache", "kind": "hypothesis"}),
    Door(
        "add_action",
        "incident.action",
        ("INCIDENT_PLAYBOOK_ACTION_EXECUTED",),
        {"kind": "ROLLBACK", "label": "Rolled back", "details": "To 1.2"},
    ),
    Door(
        "attach_signal",
        "incident.signal",
        ("INCIDENT_SIGNAL_INGESTED",),
        {"signal": Signal("alert", "prometheus", "Slow", correlation_key="db-1", firing=True)},
    ),
    Door(
        "clear_signal",
        "incident.signal",
        ("INCIDENT_SIGNAL_CLEARED",),
        {"key": "a"},
        versioned=False,
        ready=_signal,
    ),
    Door(
        "record_slo_violation",
        "incident.slo",
        ("INCIDENT_SLO_VIOLATION_RECORDED",),
        {
            "slo_id": "latency",
            "window_start": WINDOW[0],
            "window_end": WINDOW[1],
            "error_budget_consumed": Decimal("0.25"),
            "threshold_breached": True,
            "details": "p99 over 2 s",
        },
    ),
    Door(
        "link_ticket",
        "incident.link",
        ("INCIDENT_LINKED_TO_TICKET",),
        {"platform": "jira", "ticket": "OPS-1", "url": "https://jira.example.org/OPS-1"},
    ),
    Door(
        "link_record",
        "incident.link",
        ("INCIDENT_LINKED",),
        {"kind": "problem", "record_id": PROBLEM, "reference": "PRB-20260301-001", "title": "Disks fill"},
        versioned=False,
    ),
    Door(
        "unlink_record",
        "incident.link",
        ("INCIDENT_UNLINKED",),
        {"kind": "problem", "record_id": PROBLEM, "reference": "PRB-20260301-001"},
        versioned=False,
        ready=lambda actor, row: commands.link_record(
            actor=actor,
            incident=row,
            kind="problem",
            record_id=PROBLEM,
            reference="PRB-20260301-001",
            title="Disks fill",
        ),
    ),
    Door("add_tag", "incident.tag", ("INCIDENT_TAG_ADDED",), {"tag": "db"}),
    Door(
        "remove_tag",
        "incident.tag",
        ("INCIDENT_TAG_REMOVED",),
        {"tag": "db"},
        ready=lambda actor, row: commands.add_tag(actor=actor, incident=row, tag="db"),
    ),
]
"""All but those that take a second incident (`link_incidents`, `unlink_incidents`) and the ones that take none."""

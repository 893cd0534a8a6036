"""What the check demands of the answers it gets; each function looks at values alone and says what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from itsm_site.demo.visitor import Answer
from timeline.chain import GENESIS

ARC = (
    "INCIDENT_CREATED",
    "INCIDENT_SIGNAL_INGESTED",
    "INCIDENT_STATUS_CHANGED",
    "INCIDENT_RESOLVED",
    "INCIDENT_STATUS_CHANGED",
)
"""The events that the check causes, in their order; others may stand between them."""


class Failed(Exception):
    """A step did not find what it must; the text says what it found instead."""


def expect(holds: bool, otherwise: str) -> None:
    """Raise ``Failed`` unless it holds."""
    if not holds:
        raise Failed(otherwise)


def check_opened(incidents: Sequence[dict[str, Any]], *, severity: str, names: set[str]) -> str:
    """One open incident of the severity with these configuration items; returns its reference."""
    expect(len(incidents) == 1, f"there are {len(incidents)} incidents where one was expected")
    one = incidents[0]
    expect(one["severity"] == severity, f"its severity is {one['severity']}")
    expect(one["status"] == "open", f"its status is {one['status']}")
    linked = {ci["name"] for ci in one["affected_cis"]}
    expect(linked == names, f"it is linked to {', '.join(sorted(linked)) or 'nothing'}")
    return str(one["reference"])


def check_closed(itsm: dict[str, Any], v1: dict[str, Any], orgs: dict[str, Any]) -> None:
    """The closed incident in three languages that must agree."""
    statuses = (itsm["status"], v1["status"], orgs["status"])
    expect(statuses == ("closed", "CLOSED", "RESOLVED"), f"the statuses are {', '.join(statuses)}")
    severities = (itsm["severity"], v1["severity"], orgs["severity"])
    expect(severities == ("P1", "SEV1_CRITICAL", "SEV1"), f"the severities are {', '.join(severities)}")
    for name, values in {
        "references": (itsm["reference"], v1["incident_id"], orgs["reference"]),
        "ids": (itsm["id"], v1["id"], orgs["id"]),
        "titles": (itsm["title"], v1["title"], orgs["title"]),
        "versions": (itsm["version"], v1["version"], orgs["version"]),
        "times of resolution": (itsm["resolved_at"], v1["resolved_at"], orgs["resolvedAt"]),
    }.items():
        expect(len(set(values)) == 1 and values[0] is not None, f"the {name} differ: {values}")


def check_chain(events: Sequence[dict[str, Any]]) -> None:
    """Numbers without gaps, each hash bound to the one before, and the arc of the incident in order."""
    numbers = [event["seq"] for event in events]
    expect(numbers == list(range(1, len(events) + 1)), f"the events are numbered {numbers}")
    before = GENESIS
    for event in events:
        expect(event["prevHash"] == before, f"event {event['seq']} is not bound to the one before it")
        before = event["hash"]
    types = iter(event["type"] for event in events)
    for wanted in ARC:
        expect(wanted in types, f"{wanted} is missing or out of order: {[event['type'] for event in events]}")


def check_page(name: str, answer: Answer, text: str) -> None:
    """A whole page that holds a text."""
    expect(answer.status == 200, f"{name} answers {answer.status}: {answer.text[:200]}")
    expect("</html>" in answer.text, f"{name} is cut off")
    expect(text in answer.text, f"{name} does not show {text!r}")

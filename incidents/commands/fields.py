"""What the fields of an incident may hold: the one place where its input is checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cmdb.affected import MOST_CIS, as_refs, find_affected
from incidents.states import Severity, Status
from orgs.assignment import Assignment, find_assignment
from orgs.checking import (
    LONGEST_TAG,
    MOST_ITEMS,
    MOST_TAGS,
    Refusals,
    check_choice,
    check_list,
    check_tags,
    checked_texts,
)

__all__ = [
    "LENGTHS",
    "LONGEST_TAG",
    "MOST_CIS",
    "MOST_ITEMS",
    "MOST_TAGS",
    "Assignment",
    "Refusals",
    "as_refs",
    "check_list",
    "check_severity",
    "check_status",
    "check_tags",
    "checked",
    "find_affected",
    "find_assignment",
]

LENGTHS: Mapping[str, int] = {
    "title": 500,
    "description": 65_536,
    "environment": 100,
    "service_name": 200,
    "source": 100,
    "detected_by": 200,
    "assigned_to": 200,
    "assignee": 200,
    "runbook_path": 500,
    "root_cause": 65_536,
    "resolution": 65_536,
    "reason": 10_000,
    "note": 10_000,
    "details": 65_536,
    "text": 65_536,
    "slo_id": 200,
    "kind": 40,
}


def checked(
    values: Mapping[str, Any], *, required: Iterable[str] = (), lengths: Mapping[str, int] = LENGTHS
) -> dict[str, str]:
    """The texts, cleaned and bounded (500 where ``lengths`` is silent). Raises ``Invalid`` that names every bad one."""
    return checked_texts(values, lengths=lengths, required=required)


def check_severity(value: str, field: str = "severity") -> str:
    """The severity. Raises ``Invalid``."""
    return check_choice(field, value, Severity.values)


def check_status(value: str) -> str:
    """The status. Raises ``Invalid``."""
    return check_choice("status", value, Status.values)

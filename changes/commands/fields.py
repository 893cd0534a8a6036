"""What the fields of a change may hold: the one place where its input is checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from changes.freezes import Interval
from changes.states import RISK_RANKS, Kind, Risk
from orgs.checking import check_choice, checked_texts
from orgs.errors import FieldError, Invalid

LENGTHS: Mapping[str, int] = {
    "title": 500,
    "description": 65_536,
    "implementation_plan": 65_536,
    "test_plan": 65_536,
    "rollback_plan": 65_536,
    "requested_by": 200,
    "source": 100,
    "risk_reason": 10_000,
    "conflict_reason": 10_000,
    "override_reason": 10_000,
    "reason": 10_000,
    "comment": 10_000,
    "text": 65_536,
    "review_note": 65_536,
    "rolled_back": 65_536,
    "note": 65_536,
    "kind": 40,
    "name": 200,
    "evidence_hash": 64,
}
LONGEST_WINDOW = timedelta(days=366)

Window = tuple[datetime | None, datetime | None]


def checked(values: Mapping[str, Any], *, required: Iterable[str] = ()) -> dict[str, str]:
    """The texts, cleaned and bounded. Raises ``Invalid`` that names every bad one."""
    return checked_texts(values, lengths=LENGTHS, required=required)


def check_kind(value: str) -> str:
    """The type of change. Raises ``Invalid``."""
    return check_choice("type", value, Kind.values)


def check_risk(value: str) -> str:
    """The risk. Raises ``Invalid``."""
    return check_choice("risk", value, Risk.values)


def check_lowering(risk: str, computed: str, reason: str) -> None:
    """Raise ``Invalid`` where a risk is put below the computed one and no reason says why."""
    if RISK_RANKS[risk] < RISK_RANKS[computed] and not reason:
        raise Invalid.one("risk_reason", "required", f"The computed risk is {computed}; say why it is only {risk}.")


def check_window(start: datetime | None, end: datetime | None) -> Window:
    """The window in UTC: both of its ends or neither. Raises ``Invalid`` that names every bad end."""
    errors: list[FieldError] = []
    given = {"scheduled_at": start, "scheduled_end": end}
    for name, value in given.items():
        if value is not None and (not isinstance(value, datetime) or value.tzinfo is None):
            errors.append(FieldError(name, "zone", "Give a time with its zone."))
    if not errors and (start is None) != (end is None):
        missing = "scheduled_at" if start is None else "scheduled_end"
        errors.append(FieldError(missing, "required", "Give both ends of the window or neither."))
    if not errors and start is not None and end is not None:
        if end <= start:
            errors.append(FieldError("scheduled_end", "range", "The window must end after it starts."))
        elif end - start > LONGEST_WINDOW:
            errors.append(FieldError("scheduled_end", "range", f"Use at most {LONGEST_WINDOW.days} days."))
    if errors:
        raise Invalid(errors)
    return (None, None) if start is None or end is None else (start.astimezone(UTC), end.astimezone(UTC))


def interval(start: datetime | None, end: datetime | None) -> Interval | None:
    """A window as conflicts know it."""
    return None if start is None or end is None else Interval(start, end)

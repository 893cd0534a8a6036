"""The clocks of senders: RFC 3339 in all its widths, epoch seconds, and the year 1 that means "not ended"."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_END = 253_402_300_800.0
"""The first second of the year 10000."""


def read_time(value: Any) -> datetime | None:
    """A time as UTC; None for an empty one and for ``0001-01-01``, which Go programs write for "none".

    Takes RFC 3339 (any offset, any number of digits; without a zone it is UTC) and epoch seconds. Raises
    ``ValueError``.
    """
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        raise ValueError("neither a text nor a number")
    if isinstance(value, int | float):
        return _from_epoch(float(value))
    if isinstance(value, str):
        return _from_text(value.strip())
    raise ValueError("neither a text nor a number")


def _from_text(text: str) -> datetime | None:
    # Before any arithmetic: with an offset, the year 1 leaves the calendar.
    if text.startswith("0001-01-01"):
        return None
    if len(text) < 16 or text[4] != "-" or text[7] != "-" or text[10] not in "Tt ":
        raise ValueError("not RFC 3339")
    if text.endswith("+00:00Z"):
        text = text[:-1]  # PagerDuty's own client names the zone twice
    moment = datetime.fromisoformat(text.upper())
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("beyond the calendar") from None
    if moment < EARLIEST:
        raise ValueError("before 1970")
    return moment


def has_zone(text: str) -> bool:
    """Whether a well-formed time names its zone."""
    return datetime.fromisoformat(text.strip().upper()).tzinfo is not None


def _from_epoch(seconds: float) -> datetime:
    if not 0 <= seconds < _EPOCH_END:
        raise ValueError("not seconds since 1970")
    return datetime.fromtimestamp(seconds, UTC)

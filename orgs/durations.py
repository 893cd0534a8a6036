"""Durations and moments in the few words that pages print: `4 m`, `3 h 12 m`, `2 d 4 h`, `2026-11-21 10:04:05 UTC`."""

from __future__ import annotations

from datetime import UTC, datetime

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def duration(seconds: float) -> str:
    """A length of time in its two largest units; below a minute in seconds. `static/js/time.js` says the same."""
    whole = max(0, int(seconds))
    if whole < MINUTE:
        return f"{whole} s"
    if whole < HOUR:
        return f"{whole // MINUTE} m"
    if whole < DAY:
        return _two(whole // HOUR, "h", whole % HOUR // MINUTE, "m")
    return _two(whole // DAY, "d", whole % DAY // HOUR, "h")


def _two(first: int, unit: str, second: int, smaller: str) -> str:
    return f"{first} {unit} {second} {smaller}" if second else f"{first} {unit}"


def ago(then: datetime, now: datetime) -> str:
    """How long ago a moment was, or in how long it will be."""
    seconds = (now - then).total_seconds()
    if seconds < 0:
        return f"in {duration(-seconds)}"
    return "just now" if seconds < 5 else f"{duration(seconds)} ago"


def left(due: datetime, now: datetime) -> str:
    """What is left until a deadline, or by how much it is over."""
    seconds = (due - now).total_seconds()
    return f"{duration(seconds)} left" if seconds >= 0 else f"{duration(-seconds)} over"


def iso(moment: datetime) -> str:
    """A moment for the `datetime` attribute of a `<time>`, in UTC, to the millisecond."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def stamp(moment: datetime) -> str:
    """A moment in full, in UTC, for people."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def short(moment: datetime) -> str:
    """A moment to the minute, in UTC, the year left out."""
    return f"{moment.astimezone(UTC):%d %b %H:%M}".lstrip("0")


def clock(moment: datetime) -> str:
    """The time of day alone, in UTC."""
    return moment.astimezone(UTC).strftime("%H:%M:%S")

"""What every source's bodies are turned into: alerts in one form, and remarks on what could not be."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

FIRING: Final = "firing"
ACKNOWLEDGED: Final = "acknowledged"
RESOLVED: Final = "resolved"

KEY_LENGTH = 255
"""Characters of a fingerprint or a correlation key; longer ones are kept as a digest."""


def bounded_key(text: str) -> str:
    """The key without space around it, short enough for an index; different keys stay different."""
    key = text.strip()
    if len(key) <= KEY_LENGTH:
        return key
    return f"{key[:180]}:{hashlib.sha256(key.encode('utf-8', 'replace')).hexdigest()}"


def group_digest(group_key: str) -> str:
    """What a group is found by, since its key may be of any length; empty for none."""
    return hashlib.blake2b(group_key.encode("utf-8", "replace"), digest_size=16).hexdigest() if group_key else ""


@dataclass(slots=True, kw_only=True)
class NormalisedAlert:
    """One statement of a sender about one alert.

    ``at`` is the sender's own time of the statement, None where it named none. ``names_episode`` says that
    ``starts_at`` tells one episode of the fingerprint from the next. ``member`` is the alert as it was sent, for paths
    that an operator chose. A ``doubtful`` alert could be read in part only; it never opens an incident by itself.
    """

    fingerprint: str
    status: str
    title: str
    member: Mapping[str, Any]
    description: str = ""
    severity: str = ""
    origin: str = ""
    service: str = ""
    environment: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    links: list[dict[str, str]] = field(default_factory=list)
    details: dict[str, Any] = field(default_factory=dict)
    at: datetime | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    names_episode: bool = False
    group_key: str = ""
    correlation_key: str = ""
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """A member of a body, or a part of one, that could not be read. ``raw`` is its text as it was sent."""

    index: int
    reason: str
    raw: str


@dataclass(frozen=True, slots=True)
class GroupClosed:
    """A sender says that everything of a group has ended, without naming all of it."""

    group_key: str
    at: datetime | None


@dataclass(slots=True)
class ParsedBody:
    """All that a body says. ``notes`` are counted things that are no alerts, such as change events."""

    alerts: list[NormalisedAlert] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    closed_groups: list[GroupClosed] = field(default_factory=list)
    notes: dict[str, int] = field(default_factory=dict)

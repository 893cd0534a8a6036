"""The incident that a page shows: as it stands now, or as it was known at an earlier moment (time travel)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from incidents.models import Incident
from incidents.queries import LIVE_VALUES
from orgs.clock import now
from orgs.errors import Invalid, NotFound
from timeline.payloads import parse_time
from timeline.replay import state_at

State = dict[str, Any]


@dataclass(frozen=True)
class Snapshot:
    """A record's state at a moment. ``at`` is None for now; ``moment`` is what "now" means for clocks and ages."""

    row: Incident
    state: State
    at: datetime | None
    moment: datetime

    @property
    def is_live(self) -> bool:
        """Whether it took work then."""
        return self.state["status"] in LIVE_VALUES

    @property
    def ended_at(self) -> datetime | None:
        """When it was over, if it was."""
        ended: datetime | None = self.state["resolved_at"] or self.state["cancelled_at"]
        return ended

    @property
    def lasted(self) -> timedelta:
        """How long it lasted until then."""
        return (self.ended_at or self.moment) - self.row.created_at


def snapshot(row: Incident, *, as_of: str = "", offset: str = "") -> Snapshot:
    """The incident now, or at a time (``as_of``, ISO 8601), or so many seconds after its beginning (``offset``)."""
    at = _moment(row, as_of, offset)
    if at is None:
        return Snapshot(row, row.state(), None, now())
    state = state_at(row, at)
    if not state:
        raise NotFound("incident at that time")
    return Snapshot(row, state, at, at)


def _moment(row: Incident, as_of: str, offset: str) -> datetime | None:
    if offset:
        if not (offset.isascii() and offset.isdigit() and len(offset) < 10):
            raise Invalid.one("offset", "invalid", "Give whole seconds since the incident began.")
        # The first event carries the moment of creation to the microsecond; the slider counts whole seconds.
        return row.created_at + timedelta(seconds=int(offset) + 1)
    if not as_of:
        return None
    try:
        at = parse_time(as_of)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise Invalid.one("as_of", "invalid", "Give a time with its zone, such as 2026-11-21T10:04:00Z.")
    return at

"""What a plan of history is made of: stories of single incidents, step by step, as plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from itsm_site.demo.alertmanager import Alert

INTAKE, SLO_MONITOR = "alertmanager", "slo-monitor"
"""Integrations that act besides the people, who act by their sign-in names."""
FIRE, CLEAR = "fire", "clear"
"""Steps that a monitor takes: an alert, its only argument, begins or ends."""


@dataclass(frozen=True)
class Step:
    """One command on one incident: when, by whom, its name among the commands of incidents, and what it is given."""

    at: datetime
    who: str
    command: str
    given: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Story:
    """One incident from its creation on. ``follows`` and ``merged_into`` are keys of earlier stories.

    It is created with what is ``given``, or by the intake because of an ``alert``; ``who`` then makes an incident of it
    unless the policy does so by itself.
    """

    key: int
    at: datetime
    who: str
    given: dict[str, Any] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    alert: Alert | None = None
    follows: int | None = None
    merged_into: int | None = None

    @property
    def is_over(self) -> bool:
        """Whether it was resolved or cancelled, and not taken up again."""
        decisive = [step.command for step in self.steps if step.command in ("resolve", "cancel", "reopen")]
        return bool(decisive) and decisive[-1] != "reopen"

    @property
    def last_at(self) -> datetime:
        """The moment of the last step."""
        return self.steps[-1].at if self.steps else self.at


@dataclass(frozen=True)
class Link:
    """A connection between two stories, made by somebody who looks back at both."""

    at: datetime
    who: str
    kind: str
    near: int
    far: int


@dataclass(frozen=True)
class Change:
    """An alert that begins or ends at a moment, and makes no incident."""

    at: datetime
    alert: Alert
    fires: bool


@dataclass(frozen=True)
class Plan:
    """The whole history of one organisation, the stories in the order of their creation.

    ``changes`` are what small alerts there were lately, ``unreadable`` a body that could not be read, with its moment.
    """

    stories: tuple[Story, ...]
    links: tuple[Link, ...] = ()
    changes: tuple[Change, ...] = ()
    unreadable: tuple[datetime, bytes] | None = None

    def at_first_sight(self, since: datetime) -> list[Story]:
        """The stories that somebody who looks now must find: live ones, recent ones, and what those refer to."""
        by_key = {story.key: story for story in self.stories}
        wanted = [story for story in self.stories if story.alert or not story.is_over or story.at >= since]
        chosen: set[int] = set()
        while wanted:
            story = wanted.pop()
            chosen.add(story.key)
            earlier = (story.follows, story.merged_into)
            wanted += [by_key[key] for key in earlier if key is not None and key not in chosen]
        return [story for story in self.stories if story.key in chosen]

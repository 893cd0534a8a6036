"""Which episode a statement speaks of: the pure heart of deduplication, the same in whatever order statements come.

Senders repeat themselves, overtake themselves and come back. The rules (ADR 0011): where both sides carry the sender's
time, that decides; else the order of arrival does. A resolve that comes before its trigger waits for it; a trigger that
comes after its resolve does not fire again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from integrations.intake.normalised import (
    ACKNOWLEDGED,
    FIRING,
    RESOLVED,
    NormalisedAlert,
    group_digest,
)

LATE_WINDOW = timedelta(minutes=5)
"""How long after a resolve an older trigger counts as late rather than as firing again."""

NEW: Final = "new"
REPEATED: Final = "repeated"
ENDED: Final = "resolved"
TAKEN: Final = "acknowledged"
LATE: Final = "late"
"""A trigger of what has ended already: it changes nothing but the count."""
IGNORED: Final = "ignored"
"""An end of what is not open, a repeated end, an acknowledgement of nothing."""


@dataclass(slots=True)
class Statement:
    """What one delivery says about one alert. A statement of a replayed body does not count again."""

    alert: NormalisedAlert
    received_at: datetime
    inbox_id: UUID
    counts: bool = True


@dataclass(slots=True)
class Episode:
    """The working copy of one alert row. ``pk`` is None while there is no row yet; ``content`` is what it newly says.

    ``sent_at`` (the sender's time) and ``changed_at`` (ours) belong to the last word on whether it fires.
    """

    fingerprint: str
    number: int
    state: str
    starts_at: datetime
    changed_at: datetime
    last_seen_at: datetime
    sent_at: datetime | None = None
    ends_at: datetime | None = None
    pk: UUID | None = None
    incident_id: UUID | None = None
    severity: str = ""
    severity_given: str = ""
    title: str = ""
    description: str = ""
    correlation_key: str = ""
    group_digest: str = ""
    is_doubtful: bool = False
    is_latest: bool = True
    has_todo: bool = False
    """Its incident has not heard of an earlier change yet."""
    counted: int = 0
    content: Statement | None = None
    moved: bool = False
    """Its state, or its place in the line, changed."""

    @property
    def is_open(self) -> bool:
        """Whether it has not ended."""
        return self.state != RESOLVED

    @property
    def said(self) -> Statement:
        """What a new episode was begun with, or says by now. Raises ``LookupError`` for one that said nothing new."""
        if self.content is None:
            raise LookupError(self.fingerprint)
        return self.content

    def see(self, statement: Statement) -> None:
        """Count one more statement that it fires, and take over what it says where that is the latest word."""
        self.counted += statement.counts
        if statement.received_at < self.last_seen_at:
            return
        self.last_seen_at = statement.received_at
        said = statement.alert
        if self.is_open and not _is_older(said.at, statement.received_at, self.sent_at, self.changed_at):
            self.sent_at, self.changed_at = said.at, statement.received_at
        before = (self.title, self.severity_given, self.description)
        if self.is_open and before != (said.title, said.severity[:100], said.description):
            self.content = statement
            self.title, self.severity_given, self.description = said.title, said.severity[:100], said.description

    def end(self, *, ends_at: datetime, sent_at: datetime | None, received_at: datetime) -> None:
        """Close it."""
        self.state, self.ends_at, self.moved = RESOLVED, ends_at, True
        self.sent_at, self.changed_at = sent_at, received_at


@dataclass(slots=True)
class Early:
    """A resolve that waits for its trigger."""

    sent_at: datetime | None
    received_at: datetime


@dataclass(slots=True)
class Line:
    """All that matters of one fingerprint: its latest episode, an early resolve, and what this batch changed."""

    fingerprint: str
    latest: Episode | None = None
    early: dict[str, Early] = field(default_factory=dict)
    """Resolves that wait for their trigger, by the name of their episode where the sender gives one."""
    early_changed: set[str] = field(default_factory=set)
    touched: list[Episode] = field(default_factory=list)
    """The episodes to write, the oldest first."""

    def tell(self, statement: Statement) -> str:
        """Apply one statement. Returns what it was: one of this module's words."""
        match statement.alert.status:
            case "resolved":
                return self._resolve(statement)
            case "acknowledged":
                return self._acknowledge(statement)
            case _:
                return self._fire(statement)

    def close(self, *, at: datetime | None, received_at: datetime) -> bool:
        """End the open episode because its whole group ended. Returns whether that changed anything."""
        episode = self.latest
        if episode is None or not episode.is_open or episode.changed_at > received_at:
            return False
        self._touch(episode).end(ends_at=at or received_at, sent_at=at, received_at=received_at)
        return True

    def _fire(self, statement: Statement) -> str:
        episode = self.latest
        if episode is None:
            return self._begin(statement, number=1)
        if not episode.is_open and not _is_late(statement, episode):
            return self._begin(statement, number=episode.number + 1)
        said = statement.alert
        if episode.is_open and said.names_episode and said.starts_at and said.starts_at > episode.starts_at:
            # The sender has begun a new episode; that the old one ended was never delivered.
            self._touch(episode).end(ends_at=said.starts_at, sent_at=said.starts_at, received_at=statement.received_at)
            return self._begin(statement, number=episode.number + 1)
        self._touch(episode).see(statement)
        return REPEATED if episode.is_open else LATE

    def _begin(self, statement: Statement, *, number: int) -> str:
        if self.latest is not None:
            before = self._touch(self.latest)
            before.is_latest, before.moved = False, True
        said = statement.alert
        episode = Episode(
            fingerprint=self.fingerprint,
            number=number,
            state=FIRING,
            starts_at=said.starts_at or said.at or statement.received_at,
            sent_at=said.at,
            changed_at=statement.received_at,
            last_seen_at=statement.received_at,
            severity_given=said.severity[:100],
            title=said.title,
            description=said.description,
            group_digest=group_digest(said.group_key),
            is_doubtful=said.doubtful,
            counted=1,
            content=statement,
            moved=True,
        )
        self.latest = self._touch(episode)
        self._meet_early(episode, statement)
        return NEW

    def _meet_early(self, episode: Episode, statement: Statement) -> None:
        """End a new episode at once where its resolve came before it."""
        said, name = statement.alert, name_of(statement.alert)
        early = self.early.get(name)
        if early is None or not _is_before(said.at, statement.received_at, early.sent_at, early.received_at):
            return
        del self.early[name]
        self.early_changed.add(name)
        if statement.received_at <= early.received_at + LATE_WINDOW:
            ends_at = early.sent_at or early.received_at
            episode.end(ends_at=ends_at, sent_at=early.sent_at, received_at=early.received_at)

    def _resolve(self, statement: Statement) -> str:
        said, received_at = statement.alert, statement.received_at
        episode = self.latest
        if episode is None:
            return self._wait(statement)
        later_episode = said.names_episode and said.starts_at is not None and said.starts_at > episode.starts_at
        if not episode.is_open:
            ended_before = _is_before(said.at, received_at, episode.sent_at, episode.changed_at)
            return self._wait(statement) if later_episode or not ended_before else IGNORED
        if _is_older(said.at, received_at, episode.sent_at, episode.changed_at):
            return IGNORED
        ends_at = said.ends_at or said.at or received_at
        if later_episode and said.starts_at is not None:
            # It ends an episode that we have not heard of, which itself ended the one that we know.
            self._wait(statement)
            ends_at = said.starts_at
        self._touch(episode).end(ends_at=ends_at, sent_at=said.at, received_at=received_at)
        return ENDED

    def _acknowledge(self, statement: Statement) -> str:
        episode = self.latest
        said = statement.alert
        if (
            episode is None
            or episode.state != FIRING
            or _is_older(said.at, statement.received_at, episode.sent_at, episode.changed_at)
        ):
            return IGNORED
        self._touch(episode)
        episode.state, episode.moved = ACKNOWLEDGED, True
        return TAKEN

    def _wait(self, statement: Statement) -> str:
        said, name = statement.alert, name_of(statement.alert)
        held = self.early.get(name)
        if held is None or _is_before(held.sent_at, held.received_at, said.at, statement.received_at):
            self.early[name] = Early(said.at, statement.received_at)
            self.early_changed.add(name)
        return IGNORED

    def _touch(self, episode: Episode) -> Episode:
        if not any(one is episode for one in self.touched):
            self.touched.append(episode)
        return episode


def name_of(said: NormalisedAlert) -> str:
    """The name of the episode that a statement speaks of; empty where its sender does not tell episodes apart."""
    return said.starts_at.isoformat() if said.names_episode and said.starts_at else ""


def _is_before(sent: datetime | None, received: datetime, than_sent: datetime | None, than_received: datetime) -> bool:
    """Whether a statement belongs before another; at the same sender's time a trigger belongs before its resolve."""
    if sent is not None and than_sent is not None:
        return sent <= than_sent
    return received < than_received


def _is_older(sent: datetime | None, received: datetime, than_sent: datetime | None, than_received: datetime) -> bool:
    """Whether a statement is strictly older than the last word on the episode that is open."""
    if sent is not None and than_sent is not None:
        return sent < than_sent
    return received < than_received


def _is_late(statement: Statement, ended: Episode) -> bool:
    """Whether a trigger speaks of an episode that has ended already, rather than of a new one."""
    said = statement.alert
    if said.names_episode and said.starts_at is not None and said.starts_at > ended.starts_at:
        return False
    return (
        _is_before(said.at, statement.received_at, ended.sent_at, ended.changed_at)
        and statement.received_at <= ended.changed_at + LATE_WINDOW
    )

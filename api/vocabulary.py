"""One lifecycle and one scale of severity, spelt by three dialects (and the only place that knows the spellings)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from incidents.states import Severity, Status, allowed_from
from orgs.errors import IllegalTransition

REOPENED = Status.INVESTIGATING.value
"""Where a resolved incident goes when somebody writes the word for an open one."""

_SEVERITY_WORDS = {
    "itsm": ("P1", "P2", "P3", "P4"),
    "v1": ("SEV1_CRITICAL", "SEV2_HIGH", "SEV3_MEDIUM", "SEV4_LOW"),
    "orgs": ("SEV1", "SEV2", "SEV3", "SEV4"),
}

SEVERITY_MEANS: Mapping[str, str] = {
    word: canonical
    for words in _SEVERITY_WORDS.values()
    for word, canonical in zip(words, Severity.values, strict=True)
}
"""Every accepted spelling of a severity, in any dialect, to the stored one."""


@dataclass(frozen=True)
class Dialect:
    """How one group of clients spells statuses and severities.

    `shows` maps each canonical status to this dialect's word. `writes` maps each word to the canonical
    statuses that writing it may mean, best first; showing more than a word can mean is normal (`closed`
    also shows what was cancelled, but never cancels).
    """

    name: str
    shows: Mapping[str, str]
    writes: Mapping[str, Sequence[str]]
    reopens: str
    severities: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        words = zip(Severity.values, _SEVERITY_WORDS[self.name], strict=True)
        object.__setattr__(self, "severities", dict(words))

    @property
    def status_words(self) -> tuple[str, ...]:
        """This dialect's words for a status, in the order of the lifecycle."""
        return tuple(dict.fromkeys(self.shows.values()))

    @property
    def severity_words(self) -> tuple[str, ...]:
        """This dialect's words for a severity, the gravest first."""
        return tuple(self.severities.values())

    def status(self, canonical: str) -> str:
        """The word that shows a canonical status."""
        return self.shows[canonical]

    def severity(self, canonical: str) -> str:
        """The word that shows a canonical severity."""
        return self.severities[canonical]

    def stands_for(self, word: str) -> frozenset[str]:
        """Every canonical status that the word shows, for filters."""
        return frozenset(canonical for canonical, shown in self.shows.items() if shown == word)

    def target(self, word: str, current: str) -> str:
        """The canonical status that writing `word` asks for, from the canonical status `current`.

        Raises IllegalTransition in this dialect's words where the word is shown already or nothing that it
        means can be reached.
        """
        found = self._reachable(word, current)
        if found is None:
            raise self.refusal(word, current)
        return found

    def _reachable(self, word: str, current: str) -> str | None:
        if self.shows[current] == word:
            return None
        legal = allowed_from(current)
        meant = [*self.writes[word]]
        if word == self.reopens and current == Status.RESOLVED:
            meant.append(REOPENED)
        return next((canonical for canonical in meant if canonical in legal), None)

    def next_words(self, current: str) -> list[str]:
        """The words that may be written now."""
        return [word for word in self.status_words if self._reachable(word, current) is not None]

    def refusal(self, requested: str, current: str) -> IllegalTransition:
        """The refusal of a step, told in this dialect's words."""
        return IllegalTransition(current=self.shows[current], requested=requested, allowed=self.next_words(current))

    def translated(self, error: IllegalTransition) -> IllegalTransition:
        """A refusal that a command raised in canonical words, in this dialect's; other texts stay as they are."""
        if error.current not in self.shows:
            return error
        requested = self.shows.get(error.requested, error.requested)
        return self.refusal(requested, error.current)


ITSM = Dialect(
    name="itsm",
    shows={
        "open": "open",
        "acknowledged": "in_progress",
        "investigating": "in_progress",
        "identified": "in_progress",
        "mitigated": "in_progress",
        "resolved": "resolved",
        "closed": "closed",
        "cancelled": "closed",
    },
    writes={
        "open": ("open",),
        "in_progress": ("investigating", "acknowledged", "identified", "mitigated"),
        "resolved": ("resolved",),
        "closed": ("closed",),
    },
    reopens="open",
)

V1 = Dialect(
    name="v1",
    shows={
        "open": "OPEN",
        "acknowledged": "ACKNOWLEDGED",
        "investigating": "INVESTIGATING",
        "identified": "IDENTIFIED",
        "mitigated": "MONITORING",
        "resolved": "RESOLVED",
        "closed": "CLOSED",
        "cancelled": "CLOSED",
    },
    writes={
        "OPEN": ("open",),
        "ACKNOWLEDGED": ("acknowledged",),
        "INVESTIGATING": ("investigating",),
        "IDENTIFIED": ("identified",),
        "MONITORING": ("mitigated",),
        "RESOLVED": ("resolved",),
        "CLOSED": ("closed",),
    },
    reopens="OPEN",
)

ORGS = Dialect(
    name="orgs",
    shows={
        "open": "OPEN",
        "acknowledged": "OPEN",
        "investigating": "INVESTIGATING",
        "identified": "INVESTIGATING",
        "mitigated": "MITIGATED",
        "resolved": "RESOLVED",
        "closed": "RESOLVED",
        "cancelled": "CANCELLED",
    },
    writes={
        "OPEN": ("open",),
        "INVESTIGATING": ("investigating", "identified"),
        "MITIGATED": ("mitigated",),
        "RESOLVED": ("resolved",),
        "CANCELLED": ("cancelled",),
    },
    reopens="OPEN",
)

DIALECTS = (ITSM, V1, ORGS)

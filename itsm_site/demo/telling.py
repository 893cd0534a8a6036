"""Telling one incident: from a kind of trouble and a moment to the steps that people and monitors take."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fnmatch import fnmatchcase
from functools import partial
from random import Random
from typing import Any

from incidents.commands import Signal
from incidents.sla import ACKNOWLEDGE, DEFAULT_TARGETS, RESOLVE
from itsm_site.demo.story import INTAKE, SLO_MONITOR, Step, Story
from itsm_site.demo.troubles import Trouble

# Median and longest minutes until it is resolved; most are well within their target.
_MINUTES = {"P1": (65, 210), "P2": (200, 1200), "P3": (700, 3600), "P4": (2400, 8000)}
_URGENT = ("P1", "P2")
_OFFICE = (7, 18)


@dataclass(frozen=True)
class Cast:
    """Who acts in an organisation: engineers by team, the lead, and the desk where people report trouble."""

    engineers: dict[str, str]
    lead: str
    desk: str


class Teller:
    """Tells one story; a fresh one each, drawing on a shared source of chance."""

    def __init__(self, chance: Random, cast: Cast, trouble: Trouble, ci: str, at: datetime) -> None:
        self.chance, self.cast, self.trouble, self.ci = chance, cast, trouble, ci
        self.severity = chance.choice(trouble.severities.split())
        self.number = chance.randint(*trouble.numbers)
        self.engineer = cast.engineers[trouble.team]
        self.begun = self.cursor = at
        self.steps: list[Step] = []
        self.firing: list[str] = []

    # --- the arc of a story -----------------------------------------------------------------------

    def tell(self, key: int, *, follows: int | None = None) -> Story:
        """The usual arc: noticed, acknowledged, worked on, resolved, perhaps come back, closed."""
        given = self._creation()
        end = self.begun + self._time_to_resolve()
        self._more_signals()
        self._acknowledge()
        self._work(end)
        self._resolve()
        if self._chance(0.07):
            self._come_back()
        self._look_back()
        return Story(key, self.begun, self._reporter(), given, tuple(self.steps), follows=follows)

    def tell_false_alarm(self, key: int) -> Story:
        """It was nothing: cancelled after a look."""
        given = self._creation()
        self._acknowledge()
        self._step(self._minutes(4, 30), self.engineer, "add_note", text="Looked at it on site: the sensor lies.")
        self._step(self._minutes(1, 6), self.engineer, "cancel", reason="False alarm: a faulty sensor, replaced.")
        return Story(key, self.begun, self._reporter(), given, tuple(self.steps))

    def tell_duplicate(self, key: int, original: int, what: str) -> Story:
        """Somebody reports what monitoring has seen already; it is merged."""
        given = {
            "title": f"Customers report: {what}",
            "severity": "P2",
            "description": "Several calls within ten minutes; details are with the desk.",
            "affected_cis": [self.ci],
            "source": "service desk",
            "detected_by": "telephone",
            "environment": "production",
        }
        self._step(self._minutes(3, 12), self.engineer, "add_note", text="The same cause as the alert from before.")
        self._step(self._minutes(1, 4), self.engineer, "cancel", reason="Merged: monitoring has it already.")
        return Story(key, self.begun, self.cast.desk, given, tuple(self.steps), merged_into=original)

    # --- its parts --------------------------------------------------------------------------------

    def _creation(self) -> dict[str, Any]:
        trouble = self.trouble
        given: dict[str, Any] = {
            "title": self._say(trouble.title),
            "severity": self.severity,
            "description": self._say(trouble.description),
            "affected_cis": [self.ci],
            "services": [trouble.service] if trouble.service else [],
            "environment": "production",
            "source": INTAKE if trouble.alert else "service desk",
            "detected_by": trouble.alert or "telephone",
            "tags": trouble.tags.split(),
            "runbook_path": trouble.runbook,
            "impact_started_at": self.begun - self._minutes(1, 6 if trouble.alert else 45),
        }
        if trouble.alert:
            given["assigned_to"] = trouble.team
            given["correlation_key"] = f"{trouble.alert}/{self.ci}"
            given["signals"] = [self._signal(0, self.begun - timedelta(seconds=self.chance.randint(5, 50)))]
        return given

    def _reporter(self) -> str:
        return INTAKE if self.trouble.alert else self.cast.desk

    def _signal(self, index: int, at: datetime) -> Signal:
        summary = self._say(self.trouble.signals[index])
        key = f"{INTAKE}:{hashlib.sha256(f'{summary}{self.begun}'.encode()).hexdigest()[:16]}"
        self.firing.append(key)
        return Signal(
            signal_type="alert",
            source=INTAKE,
            summary=summary,
            key=key,
            correlation_key=f"{self.trouble.alert}/{self.ci}",
            service_name=self.trouble.service,
            environment="production",
            data={"alertname": self.trouble.alert, "instance": self.ci, "severity": self.severity},
            ts=at,
            firing=True,
        )

    def _more_signals(self) -> None:
        if self.trouble.alert:
            for index in range(1, len(self.trouble.signals)):
                self.cursor += self._minutes(0.3, 3)
                self._at(self.cursor, INTAKE, "attach_signal", signal=self._signal(index, self.cursor))

    def _acknowledge(self) -> None:
        target = DEFAULT_TARGETS[self.severity][ACKNOWLEDGE] / 60
        late = self._chance(0.07)
        delay = target * (self.chance.uniform(1.05, 1.8) if late else min(self.chance.lognormvariate(-1.5, 0.6), 0.93))
        moment = max(self.begun + timedelta(minutes=delay), self.cursor + self._minutes(0.2, 1))
        self._at(moment, self.engineer, "acknowledge")
        if not self.trouble.alert:
            self._step(self._minutes(0.5, 3), self.engineer, "assign", to=self.trouble.team)
        elif self._chance(0.3):
            self._step(self._minutes(0.5, 3), self.engineer, "assign", to=self.engineer)

    def _work(self, end: datetime) -> None:
        """Everything between the acknowledgement and the resolution, spread over the time there is."""
        parts = self._parts()
        for number, part in enumerate(parts):
            pause = max((end - self.cursor) / (len(parts) + 1 - number), timedelta(minutes=2))
            self.cursor = self._office(self.cursor + pause * self.chance.uniform(0.7, 1.2))
            part()
        self.cursor = self._office(self.cursor + self._minutes(2, 15))

    def _parts(self) -> list[Callable[[], None]]:
        trouble = self.trouble
        parts: list[Callable[[], None]] = [partial(self._move, "investigating")]
        parts += [partial(self._note, text, "hypothesis") for text in trouble.hypotheses]
        if self._chance(0.12) and self.severity in ("P2", "P3"):
            parts.append(self._change_severity)
        parts += [partial(self._action, action) for action in trouble.actions[:1]]
        parts.append(partial(self._move, "identified", trouble.cause))
        if trouble.vendor and self._chance(0.55):
            parts += [self._hold, self._release]
        if self.severity == "P1":
            parts.insert(1, partial(self._note, "Bridge is open; updates every thirty minutes.", "decision"))
        parts += [partial(self._action, action) for action in trouble.actions[1:]]
        if self.severity in _URGENT and self._chance(0.8):
            parts.append(partial(self._move, "mitigated", "Impact has ended; watching."))
        return parts

    def _move(self, to: str, reason: str = "") -> None:
        self._at(self.cursor, self.engineer, "change_status", to=to, reason=self._say(reason))

    def _note(self, text: str, kind: str = "note") -> None:
        self._at(self.cursor, self.engineer, "add_note", text=self._say(text), kind=kind)

    def _action(self, action: tuple[str, str, str]) -> None:
        kind, label, details = action
        given: dict[str, Any] = {"kind": kind, "label": self._say(label), "details": self._say(details)}
        if kind == "FIELD_VISIT":
            # Written down back at the desk.
            given["occurred_at"] = self.cursor - self._minutes(2, 9)
        self._at(self.cursor, self.engineer, "add_action", **given)

    def _change_severity(self) -> None:
        to = {"P2": "P1", "P3": "P2"}[self.severity]
        self._at(self.cursor, self.cast.lead, "change_severity", to=to, reason="More customers than we thought.")

    def _hold(self) -> None:
        vendor = self.trouble.vendor
        ticket = f"{''.join(word[0] for word in vendor.split()).upper()}-{self.chance.randint(10_000, 99_999)}"
        self._at(self.cursor, self.engineer, "link_ticket", platform=vendor, ticket=ticket)
        self._step(
            self._minutes(0.3, 2), self.cast.lead, "hold", reason="vendor", note=f"{vendor} works on it, case {ticket}."
        )

    def _release(self) -> None:
        self._at(self.cursor, self.cast.lead, "release", note=f"{self.trouble.vendor} is done.")

    def _resolve(self) -> None:
        for key in self.firing:
            self._step(self._minutes(0.1, 1), INTAKE, "clear_signal", key=key)
        self.firing.clear()
        given = {"resolution": self._say(self.trouble.fix)}
        if knows := self._chance(0.7):
            given["root_cause"] = self._say(self.trouble.cause)
        self._step(self._minutes(1, 10), self.engineer, "resolve", **given)
        if self.trouble.slo and self.severity in _URGENT:
            self._violation()
        if not knows and self._chance(0.8):
            self.cursor = self._daytime(self.cursor + self._minutes(60, 600))
            self._at(self.cursor, self.cast.lead, "record_root_cause", root_cause=self._say(self.trouble.cause))

    def _violation(self) -> None:
        spent = Decimal(self.chance.randint(4, 140)) / 100
        self._step(
            self._minutes(2, 9),
            SLO_MONITOR,
            "record_slo_violation",
            slo_id=self.trouble.slo,
            window_start=self.begun - timedelta(minutes=5),
            window_end=self.cursor,
            error_budget_consumed=spent,
            threshold_breached=spent >= Decimal("0.25"),
            details="Share of the thirty-day error budget.",
        )

    def _come_back(self) -> None:
        self._step(self._minutes(12, 150), self.engineer, "reopen", reason="It is back: the same alert fired again.")
        self._step(
            self._minutes(3, 30), self.engineer, "add_note", text="The first fix did not hold; done again properly."
        )
        self._step(self._minutes(10, 60), self.engineer, "resolve", resolution=self._say(self.trouble.fix))

    def _look_back(self) -> None:
        """Closed a day or three later, in office hours."""
        self.cursor = self._daytime(self.cursor + timedelta(hours=self.chance.uniform(20, 70)))
        self._at(self.cursor, self.engineer, "close", reason="" if self._chance(0.7) else "Stable since.")

    # --- time and chance --------------------------------------------------------------------------

    def _time_to_resolve(self) -> timedelta:
        median, longest = _MINUTES[self.severity]
        minutes = min(median * self.chance.lognormvariate(0, 0.5), longest)
        if self._chance(0.05):
            minutes = DEFAULT_TARGETS[self.severity][RESOLVE] / 60 * self.chance.uniform(1.05, 1.4)
        return timedelta(minutes=minutes)

    def _at(self, moment: datetime, who: str, command: str, **given: Any) -> None:
        if self.steps and moment <= self.steps[-1].at:
            moment = self.steps[-1].at + timedelta(seconds=self.chance.randint(2, 20))
        moment = max(moment, self.begun + timedelta(seconds=10))
        self.cursor = moment
        self.steps.append(Step(moment, who, command, given))

    def _step(self, after: timedelta, who: str, command: str, **given: Any) -> None:
        self._at(self.cursor + after, who, command, **given)

    def _office(self, moment: datetime) -> datetime:
        """Urgent work happens at any hour, the rest when people are in."""
        return moment if self.severity in _URGENT else self._daytime(moment)

    def _daytime(self, moment: datetime) -> datetime:
        first, last = _OFFICE
        if moment.weekday() < 5 and first <= moment.hour < last:
            return moment
        days = 0 if moment.hour < first else 1
        day = moment + timedelta(days=days)
        while day.weekday() >= 5:
            day += timedelta(days=1)
        return day.replace(hour=first, minute=0, second=0, microsecond=0) + self._minutes(5, 100)

    def _minutes(self, low: float, high: float) -> timedelta:
        return timedelta(seconds=round(self.chance.uniform(low, high) * 60, 3))

    def _chance(self, share: float) -> bool:
        return self.chance.random() < share

    def _say(self, text: str) -> str:
        return text.replace("{ci}", self.ci).replace("{n}", str(self.number))


def befallen(trouble: Trouble, names: list[str]) -> list[str]:
    """The configuration items that a kind of trouble may befall."""
    return [name for name in names if any(fnmatchcase(name, pattern) for pattern in trouble.cis.split())]

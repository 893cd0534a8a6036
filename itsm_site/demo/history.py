"""Three weeks of incidents with the rhythm of real ones, planned as plain values: the same chance, the same history."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random

from itsm_site.demo.datacenter import DATABASES, DESK, FACILITIES, NETWORK, PAYMENTS, PLATFORM, QUAYSIDE_TEAM, Item
from itsm_site.demo.live import northgate_now, quayside_now
from itsm_site.demo.story import Change, Link, Plan, Step, Story
from itsm_site.demo.storyline import noise
from itsm_site.demo.telling import Cast, Teller, befallen
from itsm_site.demo.troubles import ALL, SMALL_SITE, Trouble

DAYS = 21
NORTHGATE_CAST = Cast(
    engineers={
        FACILITIES: "ewa",
        NETWORK: "mateo",
        PLATFORM: "jonas",
        DATABASES: "yuki",
        PAYMENTS: "daniel",
        DESK: "jonas",
    },
    lead="amara",
    desk="tom",
)
QUAYSIDE_CAST = Cast(engineers={QUAYSIDE_TEAM: "ben"}, lead="ruth", desk="ruth")

# How many incidents begin in each hour of the day, relative to each other: deployments and people by day.
_HOURS = (2, 1, 1, 1, 1, 2, 3, 6, 10, 11, 11, 9, 7, 10, 12, 11, 9, 7, 5, 4, 4, 3, 3, 2)
_WORKDAY, _WEEKEND = 9, 4
_BAD_DAY = 9
"""This many days ago a cooling unit failed and took much with it."""
_CHAIN = (
    ("SupplyAirTemperatureHigh", "crah-b1", 0),
    ("CpuThermalThrottling", "hv-b03", 11),
    ("LockQueueHigh", "payments-db", 24),
    ("CheckoutErrorRateHigh", "checkout-03", 31),
)
_NEAR_END = timedelta(seconds=40)
_SMALL, _LASTING = 30, 4
CUT_OFF = (
    b'{"receiver": "opsledger", "status": "firing", "version": "4", "alerts": [{"status": "firing", "labels": {"alert'
)
"""A body that a proxy cut off on its way."""


class Historian:
    """Plans the history of one organisation up to a moment."""

    def __init__(self, chance: Random, cast: Cast, troubles: tuple[Trouble, ...], items: list[Item]) -> None:
        self.chance, self.cast, self.troubles = chance, cast, troubles
        self.names = [item.name for item in items]
        self.stories: list[Story] = []
        self.links: list[Link] = []
        self._about: dict[int, tuple[str, str]] = {}

    def day(self, midnight: datetime, count: int) -> None:
        """Add the incidents of one day."""
        for _ in range(count):
            trouble = self.chance.choices(self.troubles, weights=[each.weight for each in self.troubles])[0]
            ci = self.chance.choice(befallen(trouble, self.names))
            self._tell(trouble, ci, self._moment(midnight, trouble))

    def bad_day(self, morning: datetime) -> None:
        """Add a failure with its consequences, linked by cause."""
        rules = {trouble.alert: trouble for trouble in self.troubles}
        chain = [self._tell(rules[alert], ci, morning + timedelta(minutes=after)) for alert, ci, after in _CHAIN]
        for cause, effect in pairwise(chain):
            self._link("causes", cause, effect)

    def _tell(self, trouble: Trouble, ci: str, at: datetime) -> Story:
        teller = Teller(self.chance, self.cast, trouble, ci, at)
        key = len(self.stories)
        if trouble.alert and teller.severity not in ("P1", "P2") and self.chance.random() < 0.09:
            story = teller.tell_false_alarm(key)
        else:
            story = teller.tell(key, follows=self._earlier(trouble, ci, at))
        self._add(story, trouble.title, ci)
        if teller.severity == "P1" and trouble.alert and self.chance.random() < 0.6:
            self._duplicate(story, trouble, ci)
        return story

    def _duplicate(self, story: Story, trouble: Trouble, ci: str) -> None:
        at = story.at + timedelta(minutes=self.chance.randint(6, 20))
        teller = Teller(self.chance, self.cast, trouble, ci, at)
        what = f"{trouble.service or ci} does not work"
        self._add(teller.tell_duplicate(len(self.stories), story.key, what), "duplicate", ci)

    def _add(self, story: Story, title: str, ci: str) -> None:
        self._about[story.key] = (title, ci)
        self.stories.append(story)

    def _earlier(self, trouble: Trouble, ci: str, at: datetime) -> int | None:
        """The latest story of the same trouble in the same place, if it was over by then."""
        same = [s for s in self.stories if self._about[s.key] == (trouble.title, ci) and s.last_at < at]
        return max(same, key=lambda story: story.at).key if same else None

    def _link(self, kind: str, near: Story, far: Story) -> None:
        at = max(near.last_at, far.last_at) + timedelta(minutes=30 + 10 * len(self.links))
        self.links.append(Link(at, self.cast.lead, kind, near.key, far.key))

    def _moment(self, midnight: datetime, trouble: Trouble) -> datetime:
        weights = _HOURS if trouble.alert else tuple(w if 7 <= hour <= 17 else 0 for hour, w in enumerate(_HOURS))
        hour = self.chance.choices(range(24), weights=weights)[0]
        return midnight + timedelta(hours=hour, seconds=round(self.chance.uniform(0, 3599), 3))

    def plan(self, now: datetime) -> Plan:
        """What has happened by now: later steps are left out, and with them stories that have not begun."""
        self._relate()
        cut = now - _NEAR_END
        begun = [story for story in self.stories if story.at <= cut]
        kept = {story.key: replace(story, steps=_until(story, cut)) for story in begun}
        # A duplicate whose original has not begun cannot be.
        known = sorted(kept.values(), key=lambda story: (story.at, story.key))
        links = sorted((link for link in self.links if link.at <= cut), key=lambda link: link.at)
        return Plan(tuple(known), tuple(links))

    def _relate(self) -> None:
        """The weekly review connects what came back in another place."""
        by_title: dict[str, list[Story]] = {}
        for story in self.stories:
            title, _ = self._about[story.key]
            if story.merged_into is None and title != "duplicate":
                by_title.setdefault(title, []).append(story)
        for same in by_title.values():
            for near, far in zip(same[1:], same, strict=False):
                if self.chance.random() < 0.25 and near.follows != far.key:
                    self._link("related", near, far)


def _until(story: Story, cut: datetime) -> tuple[Step, ...]:
    return tuple(step for step in story.steps if step.at <= cut)


def plan_northgate(seed: int, now: datetime, items: list[Item], days: int = DAYS) -> Plan:
    """The history of the first organisation, with what is going on now."""
    historian = Historian(Random(f"northgate {seed}"), NORTHGATE_CAST, ALL, items)  # noqa: S311 - believable, not secret
    for midnight in _midnights(now, days):
        historian.day(midnight, _count(historian.chance, midnight, _WORKDAY, _WEEKEND))
        if (now - midnight).days == _BAD_DAY:
            historian.bad_day(midnight + timedelta(hours=13, minutes=47))
    plan = _with_now(historian.plan(now), northgate_now(now))
    unreadable = (now - timedelta(hours=3, minutes=12), CUT_OFF)
    return replace(plan, changes=_small_alerts(historian.chance, now), unreadable=unreadable)


def plan_quayside(seed: int, now: datetime, items: list[Item], days: int = DAYS) -> Plan:
    """The history of the second organisation: an incident every other day."""
    historian = Historian(Random(f"quayside {seed}"), QUAYSIDE_CAST, SMALL_SITE, items)  # noqa: S311 - as above
    for midnight in _midnights(now, days):
        historian.day(midnight, historian.chance.choice((0, 0, 1, 1, 1)))
    return _with_now(historian.plan(now), quayside_now(now))


def _midnights(now: datetime, days: int) -> list[datetime]:
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return [today - timedelta(days=day) for day in range(days, -1, -1)]


def _count(chance: Random, midnight: datetime, workday: int, weekend: int) -> int:
    return (workday if midnight.weekday() < 5 else weekend) + chance.randint(-2, 2)


def _small_alerts(chance: Random, now: datetime) -> tuple[Change, ...]:
    """The noise of the last day: alerts that make no incident, all but a few of them over."""
    changes: list[Change] = []
    seen: set[str] = set()
    while len(changes) < _SMALL:
        alert = noise(chance)
        if alert.fingerprint in seen:
            continue
        seen.add(alert.fingerprint)
        lasting = len(seen) <= _LASTING
        began = now - timedelta(minutes=chance.uniform(5, 120) if lasting else chance.uniform(260, 1400))
        changes.append(Change(began, alert, fires=True))
        if not lasting:
            changes.append(Change(began + timedelta(minutes=chance.uniform(6, 240)), alert, fires=False))
    return tuple(sorted(changes, key=lambda change: change.at))


def _with_now(plan: Plan, live: list[Story]) -> Plan:
    """The stories of the present, told by hand, beside those that chance brought."""
    first = 1 + max((story.key for story in plan.stories), default=0)
    added = [replace(story, key=first + number) for number, story in enumerate(live)]
    return replace(plan, stories=tuple(sorted((*plan.stories, *added), key=lambda story: (story.at, story.key))))

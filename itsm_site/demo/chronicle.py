"""How far the history was told: what somebody must see at once first, the rest while they look, over several runs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cached_property, partial
from typing import Any

from django.db import DatabaseError, transaction

from itsm_site.demo.history import plan_northgate, plan_quayside
from itsm_site.demo.organisation import ITEMS, NORTHGATE, QUAYSIDE, Founded
from itsm_site.demo.place import Place
from itsm_site.demo.play import Player
from itsm_site.demo.story import Plan, Story
from orgs.durations import iso
from timeline.checkpoints import seal

SEED = 20
"""The chance that the history is drawn with: the same number tells the same stories."""
RECENT = timedelta(days=1)
TRIES = 5

AfterEach = Callable[[int, int], None]
"""Called after each story with how many were told, and how many there are."""


class Chronicle:
    """The history of both organisations as of one moment, and which of its stories were told."""

    def __init__(self, place: Place, moment: datetime, seed: int, played: dict[str, dict[int, str]]) -> None:
        self.place, self.moment, self.seed, self.played = place, moment, seed, played

    @classmethod
    def begin(cls, place: Place, moment: datetime, seed: int = SEED) -> Chronicle:
        """A history of which nothing was told yet."""
        # As precisely as it is kept, so that a later run plans the very same.
        exact = datetime.fromisoformat(iso(moment))
        return cls(place, exact, seed, {NORTHGATE: {}, QUAYSIDE: {}})

    @classmethod
    def resume(cls, place: Place) -> Chronicle:
        """The history that an earlier run began."""
        kept = place.progress()
        played = {slug: {int(key): ref for key, ref in told.items()} for slug, told in kept["played"].items()}
        return cls(place, datetime.fromisoformat(kept["moment"]), kept["seed"], played)

    @cached_property
    def plans(self) -> dict[str, Plan]:
        """The plan of each organisation: the same for the same moment and chance."""
        return {
            NORTHGATE: plan_northgate(self.seed, self.moment, ITEMS[NORTHGATE]()),
            QUAYSIDE: plan_quayside(self.seed, self.moment, ITEMS[QUAYSIDE]()),
        }

    @property
    def total(self) -> int:
        """How many stories there are."""
        return sum(len(plan.stories) for plan in self.plans.values())

    @property
    def told(self) -> int:
        """How many were told."""
        return sum(len(told) for told in self.played.values())

    def tell_first(self, founded: dict[str, Founded], after_each: AfterEach) -> None:
        """Tell what must be there at first sight, with all alerts. No worker may run yet."""
        with transaction.atomic():
            for slug, plan in self.plans.items():
                player = self._player(slug, founded)
                self._tell(slug, player, plan.at_first_sight(self.moment - RECENT), after_each)
                player.play_changes(plan)
        self._keep()

    def tell_rest(self, founded: dict[str, Founded], after_each: AfterEach) -> None:
        """Tell the stories that are left, make the links of hindsight, and seal all of it."""
        for slug, plan in self.plans.items():
            player = self._player(slug, founded)
            left = [story for story in plan.stories if story.key not in self.played[slug]]
            for story in left:
                self._insist(partial(self._tell, slug, player, [story], after_each))
            for link in plan.links:
                self._insist(partial(player.play_links, [link]))
            seal(founded[slug].org, everything=True)

    def _player(self, slug: str, founded: dict[str, Founded]) -> Player:
        return Player(founded[slug].org, founded[slug].actors, self.moment, self.played[slug])

    def _tell(self, slug: str, player: Player, stories: list[Story], after_each: AfterEach) -> None:
        def told(story: Story) -> None:
            self.played[slug][story.key] = player.references[story.key]
            if self.place.is_growing:
                self._keep()
            after_each(self.told, self.total)

        player.play_stories(stories, told)

    def _keep(self) -> None:
        kept: dict[str, Any] = {"moment": iso(self.moment), "seed": self.seed, "played": self.played}
        self.place.grow(kept)

    def _insist(self, action: Callable[[], None]) -> None:
        """Try again where the database was too busy: it is one writer at a time, and others come first."""
        for attempt in range(1, TRIES + 1):
            try:
                action()
                return
            except DatabaseError:
                if attempt == TRIES:
                    raise

"""The frame around every page: where one can go, what waits there, and how the reader likes it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse

from incidents.views.counts import live_numbers
from integrations.views.lists import intake_numbers
from orgs.actor import Actor
from orgs.authentication import organisations_of
from orgs.models import Organisation, User
from orgs.pages import role_words

SCRIPTS = ("announce", "time", "preferences", "copy", "dialogs", "forms", "keyboard", "palette", "live", "graph")
MOST_SHOWN = 999


@dataclass(frozen=True)
class NavItem:
    """One line of the navigation: what waits there is a number that ``meaning`` explains."""

    name: str
    label: str
    url: str
    icon: str
    jump: str
    current: bool = False
    count: str = ""
    hot: bool = False
    meaning: str = ""


def number(count: int) -> str:
    """A count for a small place: nothing for none, and no more than three digits."""
    return "" if not count else str(count) if count <= MOST_SHOWN else f"{MOST_SHOWN}+"


@lru_cache(maxsize=1)
def scripts() -> tuple[str, ...]:
    """The addresses of the pages' own scripts."""
    return tuple(static(f"js/{name}.js") for name in SCRIPTS)


@lru_cache(maxsize=1)
def icons() -> str:
    """The address of the icon sprite."""
    return static("img/icons.svg")


class Shell:
    """What `base.html` prints around a page. Everything is looked up only when it is printed: fragments need none."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        user = getattr(request, "user", None)
        self._user: User | None = user if isinstance(user, User) else None
        self._actor: Actor | None = getattr(request, "actor", None)

    @property
    def theme(self) -> str:
        """`light`, `dark` or `system`."""
        return self._user.theme if self._user else "system"

    @property
    def zone(self) -> str:
        """`utc` or `local`."""
        return "local" if self._user and self._user.use_local_time else "utc"

    @property
    def keys(self) -> str:
        """Whether single keys do something: `on` or `off`."""
        return "on" if self._user is None or self._user.shortcuts_enabled else "off"

    @property
    def scripts(self) -> tuple[str, ...]:
        """The addresses of the scripts."""
        return scripts()

    @property
    def section(self) -> str:
        """The name of the navigation's line under which this page stands."""
        asked = self._request.GET.get("at", "") if self._request.path == reverse("navigation") else ""
        if asked:
            return asked
        path = self._request.path
        if path.startswith(reverse("admin:index")):
            return "administration"
        return next(
            (item.name for item in reversed(self._places) if item.url != "/" and path.startswith(item.url)), "overview"
        )

    @cached_property
    def _places(self) -> list[NavItem]:
        return [
            NavItem("overview", "Overview", reverse("overview"), "overview", "o"),
            NavItem("incidents", "Incidents", reverse("incidents:list"), "incident", "i"),
            NavItem("alerts", "Alerts", reverse("integrations:alerts"), "alert", "l"),
            NavItem("inbox", "Alert inbox", reverse("integrations:inbox"), "inbox", "a"),
            NavItem("cis", "Configuration", reverse("cmdb:list"), "ci", "c"),
        ]

    @cached_property
    def items(self) -> list[NavItem]:
        """The navigation with its live counts."""
        section = self.section
        counts = self._counts()
        return [
            NavItem(
                place.name,
                place.label,
                place.url,
                place.icon,
                place.jump,
                place.name == section,
                *counts.get(place.name, ()),
            )
            for place in self._places
        ]

    def _counts(self) -> dict[str, tuple[str, bool, str]]:
        if self._actor is None:
            return {}
        live = live_numbers(self._actor, getattr(self._request, "ledger_moment", None))
        intake = intake_numbers(self._actor.org_id)
        p1 = live["p1"]
        trouble = intake.quarantined + intake.dead
        return {
            "incidents": (number(live["live"]), bool(p1), f"live, {p1} of them P1" if p1 else "live"),
            "alerts": (number(intake.open_alerts), False, "open"),
            "inbox": (number(trouble), bool(trouble), "could not be read or applied"),
        }

    @cached_property
    def organisations(self) -> list[Organisation]:
        """The organisations that the reader may switch between."""
        known: list[Organisation] | None = getattr(self._request, "organisations", None)
        return known if known is not None else organisations_of(self._user) if self._user else []

    @property
    def initials(self) -> str:
        """Two letters for the account's mark."""
        words = self._actor.name.split() if self._actor else []
        return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()

    @property
    def roles(self) -> str:
        """The reader's roles in words."""
        return role_words(self._actor.roles) if self._actor else ""

    @property
    def preferences(self) -> list[dict[str, Any]]:
        """The three choices of the account menu."""
        return [
            _choice("theme", "Theme", self.theme, {"system": "System", "light": "Light", "dark": "Dark"}),
            _choice("zone", "Times in", self.zone, {"utc": "UTC", "local": "Local"}),
            _choice("keys", "Single keys", self.keys, {"on": "On", "off": "Off"}),
        ]


def _choice(name: str, label: str, held: str, options: dict[str, str]) -> dict[str, Any]:
    return {
        "name": name,
        "label": label,
        "options": [
            {"value": value, "label": word, "pressed": "true" if value == held else "false"}
            for value, word in options.items()
        ],
    }


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor: ``shell`` and the address of the icons."""
    return {"shell": Shell(request), "icons": icons()}

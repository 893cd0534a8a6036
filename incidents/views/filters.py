"""The incident list's address: which incidents, in which order, from where on. All of the view's state is in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.http import QueryDict

from incidents.queries import LIVE_VALUES, IncidentFilter
from incidents.states import Severity, Status
from orgs.clock import now
from orgs.errors import Invalid
from orgs.paging import Column
from orgs.queries import as_uuid

ORDERS: dict[str, tuple[Column, ...]] = {
    "deadline": (Column("severity"), Column("next_due_at", nullable=True), Column("id")),
    "newest": (Column("created_at", descending=True), Column("id", descending=True)),
    "oldest": (Column("created_at"), Column("id")),
    "updated": (Column("updated_at", descending=True), Column("id", descending=True)),
}
AGES = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1)}
SLA_CHOICES = ("at_risk", "breached", "held")
MANY = ("state", "severity", "service", "environment", "source")
ONE = ("team", "ci", "owner", "sla", "age", "order", "q", "cursor", "panel", "seen")
LONGEST_VALUE = 200


@dataclass(frozen=True)
class ListState:
    """What an address asks for. ``state`` holds status values, or ``live`` (the default) or ``all`` alone."""

    state: tuple[str, ...] = ("live",)
    severity: tuple[str, ...] = ()
    service: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    team: UUID | None = None
    ci: UUID | None = None
    owner: str = ""
    sla: str = ""
    age: str = ""
    order: str = "deadline"
    q: str = ""
    cursor: str = ""

    @property
    def statuses(self) -> tuple[str, ...]:
        """The statuses that are shown; empty for all of them."""
        if self.state == ("all",):
            return ()
        return LIVE_VALUES if self.state == ("live",) else self.state

    @property
    def only_live(self) -> bool:
        """Whether nothing but live incidents can be shown."""
        return bool(self.statuses) and set(self.statuses) <= set(LIVE_VALUES)

    @property
    def ordering(self) -> str:
        """The order that is followed: only what is live has deadlines, and an index by them."""
        return "newest" if self.order == "deadline" and not self.only_live else self.order

    def wanted(self, user_id: int | None) -> IncidentFilter:
        """The same as the queries take it; ``user_id`` is who "mine" means."""
        return IncidentFilter(
            statuses=self.statuses,
            severities=self.severity,
            services=self.service,
            environments=self.environment,
            sources=self.source,
            team=self.team,
            ci=self.ci,
            assignee=user_id if self.owner == "mine" else None,
            unassigned=self.owner == "nobody",
            sla=self.sla,
            created_before=now() - AGES[self.age] if self.age else None,
            q=self.q,
        )

    def pairs(self, *, cursor: bool = False) -> list[tuple[str, str]]:
        """The parameters of the address, defaults left out."""
        found: list[tuple[str, str]] = []
        if self.state != ("live",):
            found += [("state", value) for value in self.state]
        for name in MANY[1:]:
            found += [(name, value) for value in getattr(self, name)]
        for name in ("team", "ci", "owner", "sla", "age", "q"):
            if value := getattr(self, name):
                found.append((name, str(value)))
        if self.order != "deadline":
            found.append(("order", self.order))
        if cursor and self.cursor:
            found.append(("cursor", self.cursor))
        return found


def read_state(query: QueryDict) -> ListState:
    """The state that an address names. Raises ``Invalid``: a misspelt filter must not show everything."""
    for name in query:
        if name not in MANY and name not in ONE:
            raise Invalid.one(name[:50], "unknown", "There is no such filter.")
    many = {name: tuple(dict.fromkeys(value for value in query.getlist(name) if value)) for name in MANY}
    _among("state", many["state"], (*Status.values, "live", "all"))
    _among("severity", many["severity"], Severity.values)
    one = {name: query.get(name, "") for name in ONE}
    _among("sla", [one["sla"]], ("", *SLA_CHOICES))
    _among("age", [one["age"]], ("", *AGES))
    _among("order", [one["order"]], ("", *ORDERS))
    _among("owner", [one["owner"]], ("", "mine", "nobody"))
    for name in ("service", "environment", "source"):
        if any(len(value) > LONGEST_VALUE or "\0" in value for value in many[name]):
            raise Invalid.one(name, "invalid", "That is no value of this filter.")
    return ListState(
        state=_state(many["state"]),
        severity=many["severity"],
        service=many["service"],
        environment=many["environment"],
        source=many["source"],
        team=_uuid("team", one["team"]),
        ci=_uuid("ci", one["ci"]),
        owner=one["owner"],
        sla=one["sla"],
        age=one["age"],
        order=one["order"] or "deadline",
        q=one["q"].replace("\0", "")[:LONGEST_VALUE].strip(),
        cursor=one["cursor"],
    )


def _state(values: tuple[str, ...]) -> tuple[str, ...]:
    if not values or values == ("live",):
        return ("live",)
    if "all" in values:
        return ("all",)
    chosen = [value for value in values if value != "live"]
    return (
        (*LIVE_VALUES, *(value for value in chosen if value not in LIVE_VALUES)) if "live" in values else tuple(chosen)
    )


def _among(name: str, values: Iterable[str], allowed: Iterable[str]) -> None:
    if not set(values) <= set(allowed):
        raise Invalid.one(name, "choice", f"Choose among {', '.join(value for value in allowed if value)}.")


def _uuid(name: str, text: str) -> UUID | None:
    if not text:
        return None
    value = as_uuid(text)
    if value is None:
        raise Invalid.one(name, "invalid", "That is no value of this filter.")
    return value

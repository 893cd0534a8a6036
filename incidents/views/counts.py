"""The numbers beside the filters: counted over what is live, and remembered until the ledger grows.

A whole table is never counted: beyond ``MOST_COUNTED`` incidents the newest are counted and the numbers say so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from incidents.models import Incident, IncidentEvent
from incidents.queries import AT_RISK, LIVE_VALUES, incidents, live_counts
from incidents.states import Status
from incidents.views.filters import AGES, ListState
from orgs.actor import Actor
from orgs.clock import now
from orgs.models import Team
from orgs.queries import teams
from orgs.remembered import Remembered

MOST_COUNTED = 5_000
MOST_OPTIONS = 8
MOST_OF_A_STATUS = 1_000
FRESH_SECONDS = 15
"""What hangs on the clock (at risk) may be this old."""

FINISHED = (Status.RESOLVED, Status.CLOSED, Status.CANCELLED)
_COLUMNS = (
    "status", "severity", "service_name", "environment", "source", "assigned_team_id", "assigned_to", "assignee_id",
    "ack_breached", "resolve_breached", "hold_reason", "next_due_at", "created_at",
)  # fmt: skip
Row = tuple[Any, ...]
_STATUS, _SEVERITY, _SERVICE, _ENVIRONMENT, _SOURCE, _TEAM, _OWNER, _ASSIGNEE, _ACK, _RESOLVE, _HOLD, _DUE, _CREATED = (
    range(13)
)


@dataclass(frozen=True)
class Counts:
    """Each facet's values with their numbers. ``teams`` names the teams; ``capped`` says that only the newest count."""

    by: dict[str, dict[str, int]]
    teams: list[Team] = field(default_factory=list)
    capped: bool = False


_counts: Remembered[Counts] = Remembered(256)
_live: Remembered[dict[str, int]] = Remembered(64)


def moment_of_ledger(org_id: object) -> tuple[object, int, int]:
    """A key that changes with every event of the organisation, and every quarter of a minute."""
    last = IncidentEvent.objects.order_by("-id").values_list("id", flat=True).first() or 0
    return org_id, last, int(now().timestamp()) // FRESH_SECONDS


def live_numbers(actor: Actor, at: tuple[object, int, int] | None = None) -> dict[str, int]:
    """Live, P1, past target and unassigned, for the navigation and the overview."""
    return _live.get(at or moment_of_ledger(actor.org_id), live_counts)


def facet_counts(state: ListState, actor: Actor, at: tuple[object, int, int]) -> Counts:
    """What each choice of each facet would show, the other facets applied."""
    return _counts.get((at, actor.user_id, replace(state, cursor="", order="")), lambda: _count(state, actor))


def _count(state: ListState, actor: Actor) -> Counts:
    moment = now()
    base = ListState(state=("live",) if state.only_live else state.state, q=state.q, ci=state.ci)
    found = incidents(base.wanted(actor.user_id)).order_by("-created_at").values_list(*_COLUMNS)
    rows: list[Row] = list(found[:MOST_COUNTED])
    tests = _tests(state, actor.user_id, moment)
    by = {
        name: _values(column, [row for row in rows if _passes(row, tests, name)])
        for name, column in (
            ("state", _STATUS),
            ("severity", _SEVERITY),
            ("service", _SERVICE),
            ("environment", _ENVIRONMENT),
            ("source", _SOURCE),
            ("team", _TEAM),
        )
    }
    owned = [row for row in rows if _passes(row, tests, "owner")]
    by["owner"] = {
        "mine": sum(row[_ASSIGNEE] == actor.user_id is not None for row in owned),
        "nobody": sum(not row[_OWNER] for row in owned),
    }
    clocked = [row for row in rows if _passes(row, tests, "sla")]
    by["sla"] = {name: sum(1 for row in clocked if _sla(name, row, moment)) for name in ("at_risk", "breached", "held")}
    aged = [row for row in rows if _passes(row, tests, "age")]
    by["age"] = {name: sum(row[_CREATED] < moment - age for row in aged) for name, age in AGES.items()}
    by["state"].update(_finished())
    return Counts(by, teams(), len(rows) == MOST_COUNTED)


def _tests(state: ListState, user_id: int | None, moment: datetime) -> dict[str, Callable[[Row], bool]]:
    """One test for each facet that is set."""
    tests: dict[str, Callable[[Row], bool]] = {}
    if state.statuses and state.state != ("live",):
        tests["state"] = lambda row: row[_STATUS] in state.statuses
    for name, column in (
        ("severity", _SEVERITY),
        ("service", _SERVICE),
        ("environment", _ENVIRONMENT),
        ("source", _SOURCE),
    ):
        if chosen := getattr(state, name):
            tests[name] = lambda row, column=column, chosen=chosen: row[column] in chosen  # type: ignore[misc]
    if state.team:
        tests["team"] = lambda row: row[_TEAM] == state.team
    if state.owner:
        tests["owner"] = lambda row: not row[_OWNER] if state.owner == "nobody" else row[_ASSIGNEE] == user_id
    if state.age:
        tests["age"] = lambda row: row[_CREATED] < moment - AGES[state.age]
    if state.sla:
        tests["sla"] = lambda row: _sla(state.sla, row, moment)
    return tests


def _passes(row: Row, tests: dict[str, Callable[[Row], bool]], but: str) -> bool:
    return all(test(row) for name, test in tests.items() if name != but)


def _sla(name: str, row: Row, moment: datetime) -> bool:
    if name == "breached":
        return bool(row[_ACK] or row[_RESOLVE])
    if name == "held":
        return bool(row[_HOLD])
    return row[_STATUS] in LIVE_VALUES and row[_DUE] is not None and row[_DUE] < moment + AT_RISK


def _values(column: int, rows: list[Row]) -> dict[str, int]:
    counted = Counter(row[column] for row in rows if row[column] not in ("", None))
    return {str(value): number for value, number in counted.most_common()}


def _finished() -> dict[str, int]:
    """The finished statuses, each counted up to a bound."""
    return {
        str(status): Incident.objects.filter(status=status).order_by()[:MOST_OF_A_STATUS].count() for status in FINISHED
    }

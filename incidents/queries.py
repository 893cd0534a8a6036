"""What can be read of incidents: one by its name, lists by filters, counts, streams and relations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from incidents.events import CiRef
from incidents.models import Incident, IncidentCI, IncidentEvent, IncidentKey
from incidents.states import LIVE, Severity
from orgs.clock import now
from orgs.models import Team, User
from orgs.text import is_storable
from timeline.commands import find

LIVE_VALUES = tuple(str(status) for status in LIVE)
AT_RISK = timedelta(minutes=30)
"""A deadline nearer than this is at risk."""


def find_incident(ident: Incident | UUID | str) -> Incident:
    """The incident by id or reference, within the current organisation. Raises ``NotFound``."""
    return find(Incident, ident)


@dataclass(frozen=True)
class IncidentFilter:
    """What a list of incidents is narrowed to. Empty members narrow nothing; several values of one member are or-ed."""

    statuses: Sequence[str] = ()
    severities: Sequence[str] = ()
    assigned_to: Sequence[str] = ()
    team: UUID | None = None
    assignee: int | None = None
    unassigned: bool = False
    ci: UUID | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    q: str = ""
    project: UUID | None = None
    environments: Sequence[str] = ()
    services: Sequence[str] = ()
    correlation_key: str = ""
    sources: Sequence[str] = ()
    sla: str = ""
    """``breached``, ``at_risk`` or ``held``."""

    def without(self, *names: str) -> IncidentFilter:
        """The same filter with some members emptied, for counting what choosing another value would show."""
        empty = IncidentFilter()
        return replace(self, **{name: getattr(empty, name) for name in names})


NOTHING_NARROWED = IncidentFilter()


def incidents(wanted: IncidentFilter = NOTHING_NARROWED) -> QuerySet[Incident]:
    """The incidents of the current organisation that a filter lets through, in no order."""
    rows: QuerySet[Incident] = Incident.objects.order_by()
    if not all(is_storable(text) for text in _texts(wanted)):
        return rows.none()
    for condition in _conditions(wanted):
        rows = rows.filter(condition)
    return rows


def _texts(wanted: IncidentFilter) -> Iterator[str]:
    for value in vars(wanted).values():
        for text in (value,) if isinstance(value, str) else value if isinstance(value, (list, tuple)) else ():
            if isinstance(text, str):
                yield text


def _conditions(wanted: IncidentFilter) -> Iterable[Q]:
    simple: tuple[tuple[str, Any], ...] = (
        ("status__in", wanted.statuses),
        ("severity__in", wanted.severities),
        ("environment__in", wanted.environments),
        ("service_name__in", wanted.services),
        ("source__in", wanted.sources),
        ("assigned_team_id", wanted.team),
        ("assignee_id", wanted.assignee),
        ("project_id", wanted.project),
        ("created_at__gte", wanted.created_after),
        ("created_at__lt", wanted.created_before),
    )
    yield from (Q(**{lookup: value}) for lookup, value in simple if value not in (None, "", (), []))
    if wanted.assigned_to:
        matching = Q()
        for text in wanted.assigned_to:
            matching |= Q(assigned_to__iexact=text)
        yield matching
    if wanted.unassigned:
        yield Q(assigned_to="")
    if wanted.ci is not None:
        yield Q(Exists(IncidentCI.objects.filter(incident=OuterRef("pk"), ci=wanted.ci)))
    if wanted.correlation_key:
        yield Q(Exists(IncidentKey.objects.filter(incident=OuterRef("pk"), key=wanted.correlation_key)))
    if wanted.q:
        yield _search(wanted.q)
    if wanted.sla:
        yield _sla_condition(wanted.sla)


def _search(text: str) -> Q:
    """Every word somewhere in the title, reference or service."""
    found = Q()
    for word in text.split()[:8]:
        found &= Q(title__icontains=word) | Q(reference__istartswith=word) | Q(service_name__icontains=word)
    return found


def _sla_condition(name: str) -> Q:
    if name == "breached":
        return Q(ack_breached=True) | Q(resolve_breached=True)
    if name == "held":
        return ~Q(hold_reason="")
    return Q(status__in=LIVE_VALUES, next_due_at__lt=now() + AT_RISK)


def facets(wanted: IncidentFilter) -> dict[str, dict[str, int]]:
    """How many incidents each choice of state, severity, team, service, environment and source would show.

    A facet counts with the other facets applied and its own left open.
    """
    columns = {
        "status": ("statuses", "status"),
        "severity": ("severities", "severity"),
        "environment": ("environments", "environment"),
        "service": ("services", "service_name"),
        "source": ("sources", "source"),
        "team": ("team", "assigned_team_id"),
    }
    found: dict[str, dict[str, int]] = {}
    for facet, (member, column) in columns.items():
        counted = incidents(wanted.without(member)).values_list(column).annotate(n=Count("pk")).order_by("-n")[:12]
        found[facet] = {str(value): n for value, n in counted if value not in ("", None)}
    live = wanted if wanted.statuses else replace(wanted, statuses=LIVE_VALUES)
    open_sla = incidents(live.without("sla", "unassigned"))
    found["marks"] = open_sla.aggregate(
        unassigned=Count("pk", filter=Q(assigned_to="")),
        breached=Count("pk", filter=_sla_condition("breached")),
        at_risk=Count("pk", filter=_sla_condition("at_risk")),
        held=Count("pk", filter=_sla_condition("held")),
    )
    return found


def live_counts() -> dict[str, int]:
    """The numbers of the navigation and the overview: live, P1, past target, unassigned."""
    counts: dict[str, int] = Incident.objects.filter(status__in=LIVE_VALUES).aggregate(
        live=Count("pk"),
        p1=Count("pk", filter=Q(severity=Severity.P1)),
        breached=Count("pk", filter=_sla_condition("breached")),
        unassigned=Count("pk", filter=Q(assigned_to="")),
    )
    return counts


def affected_refs(row: Incident) -> list[CiRef]:
    """The configuration items of an incident as events name them."""
    if not row.affected_names:
        return []
    found = IncidentCI.objects.filter(incident=row).values_list("ci_id", "ci__name")
    return sorted(({"id": str(pk), "name": name} for pk, name in found), key=lambda ref: (ref["name"], ref["id"]))


def affected_ids(row: Incident) -> list[UUID]:
    """The ids of an incident's configuration items."""
    return list(IncidentCI.objects.filter(incident=row).values_list("ci_id", flat=True))


def events_of(row: Incident, *, after: int = 0, limit: int | None = None) -> list[IncidentEvent]:
    """The stream of an incident from the event after a sequence number on."""
    stream = IncidentEvent.objects.filter(aggregate=row, seq__gt=after).order_by("seq")
    return list(stream[:limit] if limit else stream)


def related_to(row: Incident, *, limit: int = 50) -> list[Incident]:
    """Other incidents that share a correlation key with this one, the newest first."""
    if not row.correlation_keys:
        return []
    shared = IncidentKey.objects.filter(key__in=row.correlation_keys).exclude(incident=row).values("incident")
    return list(Incident.objects.filter(pk__in=shared).order_by("-created_at", "-id")[:limit])


def recent_for_service(service_name: str, *, since: timedelta = timedelta(days=30), limit: int = 20) -> list[Incident]:
    """The latest incidents of a service."""
    rows = Incident.objects.filter(service_name=service_name, created_at__gte=now() - since)
    return list(rows.order_by("-created_at", "-id")[:limit])


def open_on(ci_ids: Iterable[UUID], *, limit: int = 50) -> list[Incident]:
    """The live incidents that affect any of the configuration items, the worst first."""
    hit = IncidentCI.objects.filter(incident=OuterRef("pk"), ci__in=list(ci_ids))
    rows = Incident.objects.filter(Exists(hit), status__in=LIVE_VALUES)
    return list(rows.order_by("severity", "created_at")[:limit])


def likely_duplicates(*, title: str, ci_ids: Iterable[UUID] = (), limit: int = 5) -> list[Incident]:
    """Live incidents on the same configuration items or with most of the title's longer words, the newest first."""
    words = [word for word in title.split() if len(word) > 3][:6]
    found = open_on(ci_ids, limit=limit)
    if words:
        matching = Q()
        for word in words:
            matching |= Q(title__icontains=word)
        rows = Incident.objects.filter(matching, status__in=LIVE_VALUES).order_by("-created_at")[:50]
        found += [row for row in rows if _shares_most(row.title, words)]
    return list({row.pk: row for row in found}.values())[:limit]


def _shares_most(title: str, words: list[str]) -> bool:
    """Whether a title holds more than half of the words."""
    return sum(word.casefold() in title.casefold() for word in words) * 2 > len(words)


def teams_and_people() -> tuple[list[Team], list[User]]:
    """Whom incidents are assigned to, for filters."""
    teams = Team.objects.filter(pk__in=Incident.objects.values("assigned_team")).order_by("name")
    people = User.objects.filter(pk__in=Incident.objects.values("assignee")).order_by("username")
    return list(teams), list(people)

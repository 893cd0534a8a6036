"""What can be read of the intake: alerts, stored bodies, sources, and how the work stands. Inside ``org_scope``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Min, Q, QuerySet

from incidents.models import Incident
from integrations.intake.policy import SourcePolicy, policies
from integrations.intake.sources import SOURCES
from integrations.models import Alert, Calm, InboxItem
from orgs.clock import now
from orgs.errors import NotFound

OPEN_STATES = (Alert.State.FIRING.value, Alert.State.ACKNOWLEDGED.value)
TROUBLE = (InboxItem.State.QUARANTINED.value, InboxItem.State.DEAD.value)
"""States of bodies that a person should look at."""
_RHYTHM_DAYS = 7


@dataclass(frozen=True)
class AlertFilter:
    """What a list of alerts is narrowed to. Empty members narrow nothing; several values of one member are or-ed."""

    sources: Sequence[str] = ()
    states: Sequence[str] = ()
    severities: Sequence[str] = ()
    ci: UUID | None = None
    correlation_key: str = ""
    incident: UUID | None = None
    without_incident: bool = False
    services: Sequence[str] = ()
    created_after: datetime | None = None
    created_before: datetime | None = None
    q: str = ""


@dataclass(frozen=True)
class InboxFilter:
    """What a list of stored bodies is narrowed to."""

    sources: Sequence[str] = ()
    states: Sequence[str] = ()
    received_after: datetime | None = None
    received_before: datetime | None = None


def alerts(wanted: AlertFilter = AlertFilter()) -> QuerySet[Alert]:
    """The alerts that a filter lets through, in no order. Lists read them by ``-created_at, -id``."""
    rows: QuerySet[Alert] = Alert.objects.order_by()
    for condition in _alert_conditions(wanted):
        rows = rows.filter(condition)
    return rows


def _alert_conditions(wanted: AlertFilter) -> Iterable[Q]:
    simple: tuple[tuple[str, Any], ...] = (
        ("source__in", wanted.sources),
        ("severity__in", wanted.severities),
        ("service__in", wanted.services),
        ("ci_id", wanted.ci),
        ("correlation_key", wanted.correlation_key),
        ("incident_id", wanted.incident),
        ("created_at__gte", wanted.created_after),
        ("created_at__lt", wanted.created_before),
    )
    yield from (Q(**{lookup: value}) for lookup, value in simple if value not in (None, "", (), []))
    if wanted.states:
        # Said as the partial index says it, so that lists of what is open read only that.
        is_open = Alert.State.RESOLVED.value not in wanted.states
        yield Q(state__in=wanted.states) & ~Q(state=Alert.State.RESOLVED) if is_open else Q(state__in=wanted.states)
    if wanted.without_incident:
        yield Q(incident__isnull=True)
    for word in wanted.q.split()[:8]:
        yield Q(title__icontains=word) | Q(fingerprint__istartswith=word)


def find_alert(ident: UUID) -> Alert:
    """One alert. Raises ``NotFound``."""
    row: Alert | None = Alert.objects.select_related("incident", "ci", "inbox").filter(pk=ident).first()
    if row is None:
        raise NotFound("alert")
    return row


def episodes_of(alert: Alert, *, limit: int = 50) -> list[Alert]:
    """The other episodes of the same alert, the latest first."""
    rows = Alert.objects.filter(source=alert.source, fingerprint=alert.fingerprint).exclude(pk=alert.pk)
    return list(rows.order_by("-episode")[:limit])


def alerts_of(incident: Incident, *, limit: int = 200) -> list[Alert]:
    """The alerts of an incident, those that still fire first."""
    rows = Alert.objects.filter(incident=incident).select_related("ci")
    return list(rows.order_by("-is_latest", "state", "-starts_at", "id")[:limit])


def calm_of(incident: Incident) -> Calm | None:
    """The quiet period of an incident none of whose alerts fires, while it lasts."""
    found: Calm | None = Calm.objects.filter(incident=incident).first()
    return found


def alert_facets(wanted: AlertFilter) -> dict[str, dict[str, int]]:
    """How many alerts each choice of source, state and severity would show, the other filters applied."""
    open_facets = {
        "source": replace(wanted, sources=()),
        "state": replace(wanted, states=()),
        "severity": replace(wanted, severities=()),
    }
    return {
        column: dict(alerts(narrowed).values_list(column).annotate(n=Count("pk")).order_by("-n")[:20])
        for column, narrowed in open_facets.items()
    }


def inbox(wanted: InboxFilter = InboxFilter()) -> QuerySet[InboxItem]:
    """The stored bodies that a filter lets through, without the bodies. Lists read them by ``-received_at, -id``."""
    rows: QuerySet[InboxItem] = InboxItem.objects.defer("raw").order_by()
    if wanted.sources:
        rows = rows.filter(source__in=wanted.sources)
    if wanted.states:
        rows = rows.filter(state__in=wanted.states)
        if InboxItem.State.DONE not in wanted.states:
            rows = rows.exclude(state=InboxItem.State.DONE)
    if wanted.received_after:
        rows = rows.filter(received_at__gte=wanted.received_after)
    if wanted.received_before:
        rows = rows.filter(received_at__lt=wanted.received_before)
    return rows


def find_item(ident: UUID) -> InboxItem:
    """One stored body. Raises ``NotFound``."""
    row: InboxItem | None = InboxItem.objects.filter(pk=ident).first()
    if row is None:
        raise NotFound("inbox item")
    return row


@dataclass(frozen=True)
class SourceState:
    """How one source stands: its policy, when it last delivered, and whether it is silent against its habit."""

    name: str
    label: str
    policy: SourcePolicy
    last_received_at: datetime | None
    deliveries: int
    trouble: int
    is_silent: bool


def source_states() -> list[SourceState]:
    """Every source with its deliveries of the last week.

    A source is silent when nothing came for four times its usual pause, at least an hour. Alertmanager tells us nothing
    of alerts that came and went while we were away, so this is how such a gap shows.
    """
    moment = now()
    rows = {
        row["source"]: row
        for row in InboxItem.objects.filter(received_at__gte=moment - timedelta(days=_RHYTHM_DAYS))
        .order_by()
        .values("source")
        .annotate(
            first=Min("received_at"),
            last=Max("received_at"),
            n=Count("pk"),
            trouble=Count("pk", filter=Q(state__in=TROUBLE)),
        )
    }
    known = policies(set(SOURCES))
    return [_source_state(name, known[name], rows.get(name), moment) for name in sorted(SOURCES)]


def _source_state(name: str, policy: SourcePolicy, row: dict[str, Any] | None, moment: datetime) -> SourceState:
    count = row["n"] if row else 0
    silent = False
    if row and count >= 10:
        usual = (row["last"] - row["first"]) / (count - 1)
        silent = moment - row["last"] > max(4 * usual, timedelta(hours=1))
    return SourceState(
        name=name,
        label=SOURCES[name].label,
        policy=policy,
        last_received_at=row["last"] if row else None,
        deliveries=count,
        trouble=row["trouble"] if row else 0,
        is_silent=silent,
    )


@dataclass(frozen=True)
class IntakeCounts:
    """The numbers of the inbox's header and of the navigation."""

    pending: int
    quarantined: int
    dead: int
    parked: int
    open_alerts: int
    not_handed_over: int
    unknown_severities: int


def intake_counts() -> IntakeCounts:
    """What waits, what went wrong, what is open, in the current organisation."""
    states: dict[str, int] = dict(
        InboxItem.objects.exclude(state=InboxItem.State.DONE).order_by().values_list("state").annotate(Count("pk"))
    )
    found = Alert.objects.exclude(state=Alert.State.RESOLVED).aggregate(
        open_alerts=Count("pk"),
        not_handed_over=Count("pk", filter=~Q(error="")),
        unknown_severities=Count("pk", filter=Q(severity_known=False)),
    )
    return IntakeCounts(
        pending=states.get("pending", 0),
        quarantined=states.get("quarantined", 0),
        dead=states.get("dead", 0),
        parked=states.get("parked", 0),
        **found,
    )

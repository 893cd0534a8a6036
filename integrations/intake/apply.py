"""From parsed bodies to alerts: find the lines that a batch speaks of, tell them, write what changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Q

from integrations.intake.episodes import Early, Episode, Line, Statement
from integrations.intake.normalised import RESOLVED, NormalisedAlert, ParsedBody, group_digest
from integrations.intake.policy import SourcePolicy
from integrations.intake.write import write_lines
from integrations.models import Alert, EarlyResolve, InboxItem

_LOADED = {
    "pk": "pk",
    "fingerprint": "fingerprint",
    "episode": "number",
    "state": "state",
    "starts_at": "starts_at",
    "ends_at": "ends_at",
    "sent_at": "sent_at",
    "changed_at": "changed_at",
    "last_seen_at": "last_seen_at",
    "incident_id": "incident_id",
    "severity": "severity",
    "severity_given": "severity_given",
    "title": "title",
    "description": "description",
    "correlation_key": "correlation_key",
    "is_doubtful": "is_doubtful",
    "group_digest": "group_digest",
}
"""Column to attribute of an ``Episode``."""


MOST_AT_ONCE = 1000
"""Alerts that are held as rows at a time; a body may have many more."""


@dataclass(slots=True)
class Delivery:
    """One body that is being applied: what it says, and what came of it."""

    item: InboxItem
    parsed: ParsedBody
    counted: Counter[str] = field(default_factory=Counter)
    unknown_severities: Counter[str] = field(default_factory=Counter)


Part = tuple[Delivery, list[NormalisedAlert]]
"""A delivery, and those of its alerts that are dealt with together."""


def apply(deliveries: Sequence[Delivery], policy: SourcePolicy, org_id: UUID) -> bool:
    """Apply the deliveries of one source in the order in which they came. Returns whether incidents have to hear of it.

    Works inside a transaction and ``org_scope``. Raises ``IntegrityError`` where another worker has just begun the same
    episode; whoever tries again finds it.
    """
    has_news = False
    for part in _slices(deliveries):
        lines = _load(Q(fingerprint__in=_fingerprints(part)), policy.source)
        lines = {name: lines.get(name) or Line(name) for name in _fingerprints(part)}
        _load_early(lines, part, policy.source)
        for delivery, alerts in part:
            _tell(delivery, alerts, lines, policy)
        has_news |= write_lines(lines, policy, org_id)
    return _close_groups(deliveries, policy, org_id) or has_news


def _slices(deliveries: Sequence[Delivery]) -> Iterator[list[Part]]:
    """The deliveries' alerts in portions that memory does not notice, in order."""
    portion: list[Part] = []
    room = MOST_AT_ONCE
    for delivery in deliveries:
        alerts = delivery.parsed.alerts
        start = 0
        while start < len(alerts):
            taken = alerts[start : start + room]
            portion.append((delivery, taken))
            start, room = start + len(taken), room - len(taken)
            if not room:
                yield portion
                portion, room = [], MOST_AT_ONCE
    if portion:
        yield portion


def _fingerprints(part: Iterable[Part]) -> list[str]:
    return sorted({alert.fingerprint for _, alerts in part for alert in alerts})


def _load(wanted: Q, source: str) -> dict[str, Line]:
    """The lines that have a row, their latest episodes locked in the order of fingerprints so that workers agree."""
    lines: dict[str, Line] = {}
    rows = (
        Alert.objects.select_for_update()
        .filter(wanted, source=source, is_latest=True)
        .order_by("fingerprint")
        .values_list(*_LOADED, "todo_at")
    )
    for *values, todo_at in rows:
        episode = Episode(**dict(zip(_LOADED.values(), values, strict=True)), has_todo=todo_at is not None)
        lines[episode.fingerprint] = Line(episode.fingerprint, episode)
    return lines


def _load_early(lines: dict[str, Line], part: Iterable[Part], source: str) -> None:
    """Resolves that wait, for those fingerprints of which a new episode may begin."""
    said = (alert for _, alerts in part for alert in alerts)
    wanted = {alert.fingerprint for alert in said if _may_begin(alert, lines[alert.fingerprint].latest)}
    if not wanted:
        return
    rows = EarlyResolve.objects.filter(source=source, fingerprint__in=sorted(wanted))
    for name, episode, sent_at, received_at in rows.values_list("fingerprint", "episode", "sent_at", "received_at"):
        lines[name].early[episode] = Early(sent_at, received_at)


def _may_begin(alert: NormalisedAlert, latest: Episode | None) -> bool:
    if latest is None or not latest.is_open:
        return True
    return alert.names_episode and alert.starts_at is not None and alert.starts_at > latest.starts_at


def _tell(delivery: Delivery, alerts: Sequence[NormalisedAlert], lines: dict[str, Line], policy: SourcePolicy) -> None:
    item, counted = delivery.item, delivery.counted
    counts = item.applied_at is None
    for said in alerts:
        counted["alerts"] += 1
        counted[said.status] += 1
        counted[f"was_{lines[said.fingerprint].tell(Statement(said, item.received_at, item.pk, counts))}"] += 1
        if said.status != RESOLVED and not policy.severity(said.severity)[1]:
            delivery.unknown_severities[said.severity.strip()[:100]] += 1


def _close_groups(deliveries: Sequence[Delivery], policy: SourcePolicy, org_id: UUID) -> bool:
    """End what is open of groups whose sender did not name every member."""
    has_news = False
    for delivery in deliveries:
        for group in delivery.parsed.closed_groups:
            is_open = Q(group_digest=group_digest(group.group_key)) & ~Q(state=RESOLVED)
            lines = _load(is_open, policy.source)
            closed = [line.close(at=group.at, received_at=delivery.item.received_at) for line in lines.values()]
            delivery.counted["closed_unnamed"] += sum(closed)
            has_news |= write_lines(lines, policy, org_id)
    return has_news

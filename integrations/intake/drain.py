"""The workers' side of the inbox: claim bodies in batches, apply them, and find the one that cannot be applied."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from itertools import groupby
from typing import Any
from uuid import UUID

import structlog
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import F, QuerySet

from integrations.intake.apply import Delivery, apply
from integrations.intake.bulk import update_rows
from integrations.intake.claims import ATTEMPTS, is_passing, put_off, told
from integrations.intake.handover import hand_over
from integrations.intake.normalised import Fault, ParsedBody
from integrations.intake.policy import SourcePolicy, policies
from integrations.intake.reading import Unreadable, as_text, read_json
from integrations.intake.sources import SOURCES
from integrations.models import InboxItem
from orgs.clock import now
from orgs.tenancy import org_scope

log = structlog.get_logger(__name__)

MOST_ITEMS = 200
MOST_BYTES = 1024 * 1024
"""A batch ends here: its transaction stays short, and so do the waits of those who accept bodies meanwhile."""
TRIES = 3
MOST_FAULTS = 100
LONGEST_FAULT = 4000

State = InboxItem.State


def drain(limit: int = 1000) -> int:
    """Apply up to about ``limit`` waiting bodies and tell their incidents. Returns how many bodies were dealt with.

    Any number of workers may run this at once. A body that cannot be applied is put off and after five attempts left
    for a person; it never holds up the others. Errors of the database itself come out, with nothing lost.
    """
    dealt = 0
    while dealt < limit:
        items = claim(min(MOST_ITEMS, limit - dealt))
        if not items:
            break
        work_off(items)
        dealt += len(items)
        hand_over()
    hand_over()
    return dealt


def claim(most: int = MOST_ITEMS) -> list[InboxItem]:
    """Take the bodies that have waited longest. One that failed before comes alone, so that it can harm no others."""
    moment = now()
    due = InboxItem.all_orgs_unsafe.filter(state=State.PENDING, next_at__lte=moment).order_by("next_at", "id")
    with transaction.atomic():
        rows = list(_skip_locked(due).values_list("id", "size", "attempts")[:most])
        chosen = _batch_of(rows)
        if not chosen:
            return []
        ids = [pk for pk, _, _ in chosen]
        attempts = chosen[0][2] + 1
        InboxItem.all_orgs_unsafe.filter(pk__in=ids).update(
            attempts=F("attempts") + 1, next_at=put_off(moment, attempts)
        )
    return list(InboxItem.all_orgs_unsafe.filter(pk__in=ids).order_by("received_at", "id"))


def _skip_locked(rows: QuerySet[InboxItem]) -> QuerySet[InboxItem]:
    """PostgreSQL passes over what other workers hold; SQLite has one writer at a time, who sees it all."""
    if connection.features.has_select_for_update_skip_locked:
        return rows.select_for_update(skip_locked=True)
    return rows


def _batch_of(rows: Sequence[tuple[UUID, int, int]]) -> list[tuple[UUID, int, int]]:
    """The first item if it failed before, else those that never did, up to the size of a batch."""
    if not rows or rows[0][2]:
        return list(rows[:1])
    batch: list[tuple[UUID, int, int]] = []
    size = 0
    for row in rows:
        size += row[1]
        if batch and size > MOST_BYTES:
            break
        if not row[2]:
            batch.append(row)
    return batch


def work_off(items: Sequence[InboxItem]) -> None:
    """Apply claimed items; halve what fails until the one that fails is found.

    Raises what the database raises when it is away; all that was not applied then is given back.
    """
    waiting = [list(items)]
    while waiting:
        batch = waiting.pop()
        if len(batch) == 1 and batch[0].attempts > ATTEMPTS:
            _bury(batch[0], batch[0].error or "No attempt came to an end: its worker died each time.")
            continue
        try:
            _apply_all(batch)
        except Exception as error:
            if is_passing(error):
                _give_back([item for rest in (batch, *waiting) for item in rest])
                raise
            if len(batch) == 1:
                _failed(batch[0], error)
            else:
                middle = len(batch) // 2
                waiting += [batch[middle:], batch[:middle]]


def _apply_all(items: Sequence[InboxItem]) -> None:
    """One transaction; tried again where workers ran into each other."""
    for attempt in range(1, TRIES + 1):
        try:
            with transaction.atomic():
                _apply_each_org(_still_ours(items))
            return
        except DatabaseError as error:
            # Another worker has just begun the same episode, or deadlocked with us: look again.
            crossed = isinstance(error, IntegrityError) or is_passing(error)
            if not crossed or attempt == TRIES or not connection.is_usable():
                raise
            time.sleep(random.uniform(0.005, 0.05) * attempt)  # noqa: S311 - jitter


def _still_ours(items: Sequence[InboxItem]) -> list[InboxItem]:
    """Those that nobody else has claimed since, their rows locked until the transaction ends."""
    claimed = {item.pk: item.attempts for item in items}
    rows = _skip_locked(InboxItem.all_orgs_unsafe.filter(pk__in=list(claimed), state=State.PENDING))
    held = {pk for pk, attempts in rows.order_by("id").values_list("id", "attempts") if attempts == claimed[pk]}
    return [item for item in items if item.pk in held]


def _apply_each_org(items: Sequence[InboxItem]) -> None:
    for org_id, of_org in groupby(sorted(items, key=_order), key=lambda item: item.org_id):
        with org_scope(org_id):
            _apply_org(list(of_org), org_id)


def _order(item: InboxItem) -> tuple[Any, ...]:
    return (item.org_id, item.source, item.received_at, item.pk)


def _apply_org(items: Sequence[InboxItem], org_id: UUID) -> None:
    known = policies({item.source for item in items})
    for source, of_source in groupby(items, key=lambda item: item.source):
        policy = known.get(source)
        if policy is None:
            _finish([_unreadable(item, f"there is no source {source!r}") for item in of_source])
        elif not policy.is_enabled:
            InboxItem.objects.filter(pk__in=[item.pk for item in of_source]).update(state=State.PARKED, attempts=0)
        else:
            _apply_source(list(of_source), policy, org_id)


def _apply_source(items: Sequence[InboxItem], policy: SourcePolicy, org_id: UUID) -> None:
    deliveries = [_parsed(item) for item in items]
    if len(items) == 1 and items[0].attempts > 1 and len(deliveries[0].parsed.alerts) > 1:
        _apply_sparing(deliveries[0], policy, org_id)
    else:
        apply(deliveries, policy, org_id)
    _finish(deliveries)


def _apply_sparing(delivery: Delivery, policy: SourcePolicy, org_id: UUID) -> None:
    """Apply a body that failed as a whole: halve its alerts until those that fail are found, and set them aside."""
    parsed = delivery.parsed
    waiting, parsed.alerts = [parsed.alerts], []
    closed, parsed.closed_groups = parsed.closed_groups, []
    while waiting:
        part = waiting.pop()
        attempt = Delivery(delivery.item, ParsedBody(alerts=part))
        try:
            with transaction.atomic():
                apply([attempt], policy, org_id)
        except Exception as error:
            if is_passing(error) or isinstance(error, IntegrityError):
                raise
            if len(part) == 1:
                parsed.faults.append(Fault(-1, told(error), as_text(dict(part[0].member))))
            else:
                middle = len(part) // 2
                waiting += [part[middle:], part[:middle]]
        else:
            parsed.alerts += part
            delivery.counted += attempt.counted
            delivery.unknown_severities += attempt.unknown_severities
    apply([rest := Delivery(delivery.item, ParsedBody(closed_groups=closed))], policy, org_id)
    delivery.counted += rest.counted


def _parsed(item: InboxItem) -> Delivery:
    try:
        body = read_json(bytes(item.raw))
        return Delivery(item, SOURCES[item.source].parse(body, item.given))
    except Unreadable as error:
        return _unreadable(item, str(error))


def _unreadable(item: InboxItem, reason: str) -> Delivery:
    return Delivery(item, ParsedBody(faults=[Fault(-1, reason, "")]))


def _finish(deliveries: Sequence[Delivery]) -> None:
    """Write what became of each body."""
    moment = now()
    for delivery in deliveries:
        item, faults = delivery.item, delivery.parsed.faults
        item.state = State.QUARANTINED if faults else State.DONE
        item.outcome = outcome_of(delivery)
        item.error = faults[0].reason[:500] if faults else ""
        item.applied_at = item.applied_at or (moment if delivery.parsed.alerts else None)
        item.finished_at = moment
    columns = ("state", "outcome", "error", "applied_at", "finished_at")
    update_rows(
        InboxItem,
        columns,
        [(*(getattr(one.item, name) for name in columns), one.item.pk) for one in deliveries],
    )


def outcome_of(delivery: Delivery) -> dict[str, Any]:
    """What became of a body, as it is kept and shown: counts, and the members that could not be read."""
    outcome: dict[str, Any] = {name: count for name, count in sorted(delivery.counted.items()) if count}
    outcome |= delivery.parsed.notes
    if delivery.unknown_severities:
        outcome["unknown_severities"] = dict(delivery.unknown_severities.most_common(20))
    if faults := delivery.parsed.faults:
        outcome["faults"] = [
            {"index": fault.index, "reason": fault.reason[:500], "raw": fault.raw[:LONGEST_FAULT]}
            for fault in faults[:MOST_FAULTS]
        ]
        outcome["fault_count"] = len(faults)
    return outcome


def _failed(item: InboxItem, error: Exception) -> None:
    """Remember why; the claim has put the item off already."""
    log.warning("intake.failed", item=str(item.pk), attempt=item.attempts, reason=type(error).__name__)
    if item.attempts >= ATTEMPTS:
        _bury(item, told(error))
    else:
        InboxItem.all_orgs_unsafe.filter(pk=item.pk, attempts=item.attempts).update(error=told(error))


def _bury(item: InboxItem, reason: str) -> None:
    """Leave the item for a person: it is shown, counted, and can be replayed."""
    log.error("intake.dead", item=str(item.pk), source=item.source)
    InboxItem.all_orgs_unsafe.filter(pk=item.pk, attempts=item.attempts).update(
        state=State.DEAD, error=reason, finished_at=now()
    )


def _give_back(items: Sequence[InboxItem]) -> None:
    """The store failed, not the items: they have not been tried. If even this fails, the claim lapses by itself."""
    try:
        for item in items:
            InboxItem.all_orgs_unsafe.filter(pk=item.pk, attempts=item.attempts, state=State.PENDING).update(
                attempts=item.attempts - 1, next_at=now()
            )
    except DatabaseError:
        log.warning("intake.claim_left_to_lapse", items=len(items))

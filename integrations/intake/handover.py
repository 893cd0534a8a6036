"""The workers' second step: alerts whose incident has not heard of their last change, one correlation key at a time."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, replace
from itertools import groupby
from uuid import UUID

import structlog
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import F

from integrations.intake.claims import ATTEMPTS, is_passing, put_off, told
from integrations.intake.joining import Joining, locked_correlation
from integrations.intake.policy import Lookups
from integrations.models import Alert
from orgs.clock import now
from orgs.tenancy import org_scope

log = structlog.get_logger(__name__)

MOST_ALERTS = 500
TRIES = 3


@dataclass(frozen=True, slots=True)
class Claimed:
    """One alert that this worker has claimed; ``attempt`` is the number of this attempt."""

    pk: UUID
    org_id: UUID
    key: str
    attempt: int
    source: str
    ci_names: list[str]


def hand_over(limit: int = 10_000) -> int:
    """Tell incidents what became of their alerts. Returns how many alerts were dealt with.

    Each correlation key has a transaction of its own under its row's lock, so that any number of workers open one
    incident for it. A key that fails is put off and after five attempts left for a person.
    """
    dealt = 0
    while dealt < limit:
        claimed = _claim()
        if not claimed:
            break
        for org_id, of_org in groupby(claimed, key=lambda one: one.org_id):
            alerts = list(of_org)
            with org_scope(org_id):
                lookups = Lookups({one.source for one in alerts}, [one.ci_names for one in alerts])
                for key, of_key in groupby(alerts, key=lambda one: one.key):
                    _attempt(org_id, key, list(of_key), lookups)
        dealt += len(claimed)
    return dealt


def _claim() -> list[Claimed]:
    """Alerts that are due, in the order of their keys so that workers do not cross."""
    moment = now()
    due = Alert.all_orgs_unsafe.filter(todo_at__lte=moment).order_by("todo_at", "id")
    if connection.features.has_select_for_update_skip_locked:
        due = due.select_for_update(skip_locked=True)
    with transaction.atomic():
        columns = ("id", "org_id", "correlation_key", "todo_tries", "source", "ci_names")
        rows = [Claimed(*row) for row in due.values_list(*columns)[:MOST_ALERTS]]
        for tries in {row.attempt for row in rows}:
            ids = [row.pk for row in rows if row.attempt == tries]
            Alert.all_orgs_unsafe.filter(pk__in=ids).update(
                todo_tries=F("todo_tries") + 1, todo_at=put_off(moment, tries + 1)
            )
    claimed = [replace(row, attempt=row.attempt + 1) for row in rows]
    return sorted(claimed, key=lambda one: (one.org_id, one.key))


def _attempt(org_id: UUID, key: str, claimed: list[Claimed], lookups: Lookups) -> None:
    given_up = [one.pk for one in claimed if one.attempt > ATTEMPTS]
    if given_up:
        _give_up(org_id, given_up, "No attempt came to an end: its worker died each time.")
        if len(given_up) == len(claimed):
            return
    ids = [one.pk for one in claimed if one.attempt <= ATTEMPTS]
    try:
        _hand_over_key(org_id, key, lookups)
    except Exception as error:
        if is_passing(error):
            _give_back(org_id, ids)
            raise
        log.warning("handover.failed", key=key[:80], reason=type(error).__name__)
        last = [one.pk for one in claimed if one.attempt == ATTEMPTS]
        _give_up(org_id, last, told(error))
        Alert.all_orgs_unsafe.filter(pk__in=set(ids) - set(last)).update(error=told(error))


def _hand_over_key(org_id: UUID, key: str, lookups: Lookups) -> None:
    """One transaction; tried again where workers ran into each other."""
    for attempt in range(1, TRIES + 1):
        try:
            with transaction.atomic():
                correlation = locked_correlation(org_id, key)
                alerts = list(
                    Alert.objects.select_for_update()
                    .filter(correlation_key=key, todo_at__isnull=False)
                    .order_by("source", "fingerprint", "episode")
                )
                if alerts:
                    Joining(correlation, alerts, lookups).run()
            return
        except DatabaseError as error:
            crossed = isinstance(error, IntegrityError) or is_passing(error)
            if not crossed or attempt == TRIES or not connection.is_usable():
                raise
            time.sleep(random.uniform(0.005, 0.05) * attempt)  # noqa: S311 - jitter


def _give_up(org_id: UUID, ids: list[UUID], reason: str) -> None:
    """Leave alerts for a person: they show why their incident does not know of them."""
    if ids:
        log.error("handover.dead", org=str(org_id), alerts=len(ids))
        Alert.all_orgs_unsafe.filter(pk__in=ids).update(todo_at=None, error=reason)


def _give_back(org_id: UUID, ids: list[UUID]) -> None:
    """The store failed, not the alerts. If even this fails, the claim lapses by itself."""
    try:
        Alert.all_orgs_unsafe.filter(pk__in=ids, todo_tries__gt=0, todo_at__isnull=False).update(
            todo_tries=F("todo_tries") - 1, todo_at=now()
        )
    except DatabaseError:
        log.warning("handover.claim_left_to_lapse", alerts=len(ids))

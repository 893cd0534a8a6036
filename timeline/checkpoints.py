"""Checkpoints: every minute the heads of an organisation's changed records are sealed into a chain of their own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction

from orgs.clock import now
from orgs.models import Checkpoint, Organisation
from orgs.tenancy import org_scope
from timeline.aggregates import Aggregate, aggregates
from timeline.chain import GENESIS, digest, microseconds

log = structlog.get_logger(__name__)

OVERLAP = timedelta(minutes=5)
"""A transaction may commit this much later than the time it wrote into its rows."""
LARGEST = 20_000
"""Heads per checkpoint; what is more goes into another one of the same moment."""


def checkpoint_hash(org_id: UUID, number: int, sealed_at: datetime, heads: dict[str, Any], prev_hash: str) -> str:
    """The hash of a checkpoint over its heads and the checkpoint before it."""
    return digest(
        {
            "org": str(org_id),
            "number": number,
            "sealed_at": microseconds(sealed_at),
            "heads": heads,
            "prev_hash": prev_hash,
        }
    )


def seal_due() -> int:
    """Seal every organisation that has records changed since its last checkpoint. Returns how many were sealed."""
    return sum(seal(org) for org in Organisation.objects.all())


def seal(org: Organisation, *, everything: bool = False) -> bool:
    """Seal one organisation's changed heads; False when nothing has changed.

    What changed is told by the clock. ``everything`` seals every head once more, for whoever has written records under
    a clock that was set back. The checkpoints' hashes are also logged, so that a copy of the chain lives outside the database.
    """
    made: list[Checkpoint] = []
    with transaction.atomic(), org_scope(org):
        # NO KEY: one seal at a time, while new records of the organisation need not wait for it.
        Organisation.objects.select_for_update(no_key=True).get(pk=org.pk)
        last = Checkpoint.objects.order_by("-number").first()
        moment = now()
        changed = list(_changed_heads(None if everything else last).items())
        for start in range(0, len(changed), LARGEST):
            last = _checkpoint(org, last, moment, dict(changed[start : start + LARGEST]))
            made.append(last)
    for one in made:
        log.info("ledger.sealed", org=org.slug, number=one.number, records=len(one.heads), hash=one.hash)
    return bool(made)


def _checkpoint(org: Organisation, last: Checkpoint | None, moment: datetime, heads: dict[str, Any]) -> Checkpoint:
    number, prev_hash = (last.number + 1, last.hash) if last else (1, GENESIS)
    hash_ = checkpoint_hash(org.pk, number, moment, heads, prev_hash)
    made: Checkpoint = Checkpoint.objects.create(
        org=org, number=number, sealed_at=moment, heads=heads, prev_hash=prev_hash, hash=hash_
    )
    return made


def _changed_heads(last: Checkpoint | None) -> dict[str, list[Any]]:
    since = last.sealed_at - OVERLAP if last else None
    sealed = _recently_sealed(since) if since else {}
    heads: dict[str, list[Any]] = {}
    for model in aggregates():
        for pk, version, head in _heads(model, since):
            entry = [model._meta.label_lower, version, head]
            if sealed.get(str(pk)) != entry:
                heads[str(pk)] = entry
    return heads


def _heads(model: type[Aggregate], since: datetime | None) -> Iterator[tuple[UUID, int, str]]:
    rows = model.objects.order_by("updated_at").values_list("pk", "version", "head_hash")
    yield from (rows.filter(updated_at__gte=since) if since else rows).iterator(chunk_size=2000)


def _recently_sealed(since: datetime) -> dict[str, list[Any]]:
    sealed: dict[str, list[Any]] = {}
    for heads in (
        Checkpoint.objects.filter(sealed_at__gte=since - OVERLAP).order_by("number").values_list("heads", flat=True)
    ):
        sealed.update(heads)
    return sealed

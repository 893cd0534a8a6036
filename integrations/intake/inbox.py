"""The door of the intake: keep a body as it came, so that the answer 202 may be given."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from integrations.intake.bulk import insert_row
from integrations.intake.normalised import bounded_key
from integrations.intake.source import Given
from integrations.models import InboxItem
from orgs.actor import Actor
from orgs.clock import now
from orgs.errors import Conflict
from orgs.policy import require
from orgs.tenancy import org_scope
from timeline.context import current_request_id
from timeline.doorbell import ring

TASK = "itsm_site.tasks.drain_intake"
QUEUE = "intake"
MOST_REMARKS = 50


@dataclass(frozen=True, slots=True)
class Receipt:
    """What acceptance answers: the item, what it was given, and whether this very delivery was known already."""

    item_id: UUID
    given: Given
    is_repeat: bool = False


class DeliveryReused(Conflict):
    """The sender's id of the delivery came before with another body."""

    code = "delivery_id_reused"
    title = "Delivery id reused"

    def __init__(self) -> None:
        super().__init__("A delivery with this id was accepted before, with another body. Give each body its own id.")


def accept(
    *, actor: Actor, source: str, raw: bytes, headers: Mapping[str, str], given: Given, event_id: str = ""
) -> Receipt:
    """Keep a body. When this returns outside of a transaction, the body is committed.

    One INSERT, and one look-up before it where the sender gave the delivery an id. ``given`` is what the source's check
    added. Raises ``Forbidden``, and ``DeliveryReused`` for an id that came with another body.
    """
    require(actor, "intake.send")
    moment = now()
    key = bounded_key(event_id)
    item = InboxItem(
        org_id=actor.org_id,
        source=source,
        raw=raw,
        size=len(raw),
        sha256=hashlib.sha256(raw).hexdigest(),
        delivery_key=key,
        headers=dict(headers),
        given=given,
        sender=f"{actor.kind}:{actor.ref}"[:200],
        request_id=current_request_id()[:64],
        received_at=moment,
        next_at=moment,
    )
    with org_scope(actor.org_id):
        if not key:
            insert_row(item)
        elif (twin := _twin(item)) is not None or not _inserted(item):
            return _repeat(item, twin or _twin(item))
    ring(TASK, QUEUE)
    return Receipt(item.id, given)


def _twin(item: InboxItem) -> InboxItem | None:
    """The earlier delivery with the same id."""
    twin: InboxItem | None = (
        InboxItem.objects.filter(source=item.source, delivery_key=item.delivery_key)
        .only("id", "sha256", "given", "remarks")
        .first()
    )
    return twin


def _inserted(item: InboxItem) -> bool:
    """Insert, unless another process has just inserted the same delivery."""
    try:
        with transaction.atomic():
            insert_row(item)
    except IntegrityError:
        return False
    return True


def _repeat(item: InboxItem, twin: InboxItem | None) -> Receipt:
    """The answer to a delivery that came before; a different body under the same id is refused and remembered."""
    if twin is None:
        # It vanished between two looks: let the sender try again.
        raise Conflict("This delivery is being cleared away right now. Send it again.")
    if twin.sha256 != item.sha256:
        remark(twin, {"kind": "other body refused", "sha256": item.sha256, "by": item.sender})
        raise DeliveryReused
    return Receipt(twin.id, twin.given, is_repeat=True)


def remark(item: InboxItem, entry: dict[str, Any]) -> None:
    """Write one line of what happened to an item later; the oldest lines make room."""
    with transaction.atomic():
        row = InboxItem.objects.select_for_update().only("id", "remarks").get(pk=item.pk)
        row.remarks = [*row.remarks, {"at": now().isoformat(), **entry}][-MOST_REMARKS:]
        row.save(update_fields=["remarks"])

"""Applying a stored body once more."""

from __future__ import annotations

from uuid import UUID

from integrations.intake.inbox import MOST_REMARKS, QUEUE, TASK
from integrations.models import InboxItem
from orgs.actor import Actor
from orgs.clock import now
from orgs.errors import Conflict, NotFound
from orgs.policy import require
from timeline.commands import command
from timeline.doorbell import ring


@command
def replay_item(*, actor: Actor, item: InboxItem | UUID) -> InboxItem:
    """Let the workers apply a stored body again, as it came and with the time at which it came.

    What took effect before does not take effect twice: its statements are known already. Who replayed it is kept on
    the item. Raises ``Forbidden``, ``NotFound``, and ``Conflict`` for an item that is waiting to be applied anyway.
    """
    require(actor, "intake.replay")
    ident = item.pk if isinstance(item, InboxItem) else item
    row: InboxItem | None = InboxItem.objects.select_for_update().filter(pk=ident).first()
    if row is None:
        raise NotFound("inbox item")
    if row.state in (InboxItem.State.PENDING, InboxItem.State.PARKED):
        raise Conflict("It is waiting to be applied already.", code="not_applied_yet")
    moment = now()
    remark = {"at": moment.isoformat(), "kind": "replayed", "by": f"{actor.kind}:{actor.ref}", "was": row.state}
    row.remarks = [*row.remarks, remark][-MOST_REMARKS:]
    row.state, row.attempts, row.next_at, row.error = InboxItem.State.PENDING, 0, moment, ""
    row.save(update_fields=["state", "attempts", "next_at", "error", "remarks"])
    ring(TASK, QUEUE)
    return row

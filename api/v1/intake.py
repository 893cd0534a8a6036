"""`/api/v1/intake`: the bodies that senders posted, parsed or not, with the reason; and running one again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse

from api.base import shapes
from api.base.operations import Call, operation
from api.base.pagination import Ordering, next_link, page_of
from api.base.parameters import CURSOR, LIMIT, Phrase, Words
from api.base.preconditions import content_etag
from api.base.replies import Reply
from api.base.schema import REFUSALS
from api.base.shapes import Shape
from api.base.views import ApiView
from integrations.commands import replay_item
from integrations.models import InboxItem
from orgs.errors import NotFound
from orgs.queries import as_uuid

TAG = "v1 intake"
NEWEST_FIRST = Ordering(("-received_at", "-id"))
COLUMNS = (
    "id",
    "source",
    "state",
    "size",
    "sha256",
    "delivery_key",
    "sender",
    "received_at",
    "attempts",
    "error",
    "outcome",
    "applied_at",
    "finished_at",
    "remarks",
)
_MEMBERS: dict[str, Any] = {
    "id": shapes.ident(),
    "source": shapes.text(),
    "state": shapes.word(*InboxItem.State.values),
    "size": shapes.whole("Bytes of the body."),
    "sha256": shapes.text(),
    "delivery_key": shapes.text("The sender's own id of the delivery."),
    "sender": shapes.text("The key that was presented."),
    "received_at": shapes.moment(),
    "attempts": shapes.whole(),
    "error": shapes.text("Why it could not be read or applied."),
    "outcome": shapes.members("What became of it."),
    "applied_at": shapes.nullable(shapes.moment()),
    "finished_at": shapes.nullable(shapes.moment()),
    "remarks": shapes.many(shapes.members(), "What happened to it later: replays and refused twins."),
}
ITEM_ROW = Shape("IntakeItemRow", _MEMBERS, "A stored body in a list.")
ITEM = Shape(
    "IntakeItem",
    {
        **_MEMBERS,
        "headers": shapes.members("Those headers of the delivery that say something about its body."),
        "body": shapes.text("The body as text; what is not UTF-8 is shown as replacement characters, the end is cut."),
    },
    "A stored body.",
)
EXAMPLE: dict[str, Any] = {
    "id": "5e2a1b0c-9d8e-4f7a-b6c5-d4e3f2a1b071",
    "source": "generic",
    "state": "quarantined",
    "size": 17,
    "sha256": "6f5902ac237024bdd0c176cb93063dc4c1a3a3b8a9f4f3a3f0c9a2b1c0d9e8f7",
    "delivery_key": "",
    "sender": "api_key:ops_x7Qd",
    "received_at": "2026-11-20T08:28:31Z",
    "attempts": 1,
    "error": "not JSON",
    "outcome": {},
    "applied_at": None,
    "finished_at": "2026-11-20T08:28:31Z",
    "remarks": [],
}
LIST = {
    "source": Phrase("From any of these sources.", many=True, longest=40),
    "state": Words("In any of these states.", many=True, means={word: word for word in InboxItem.State.values}),
    "cursor": CURSOR,
    "limit": LIMIT,
}
UNKNOWN = {404: REFUSALS[404]}


def found(item_id: str) -> InboxItem:
    """One stored body. Raises NotFound."""
    item: InboxItem | None = InboxItem.objects.filter(pk=as_uuid(item_id)).first()
    if item is None:
        raise NotFound("stored body")
    return item


def shown(item: InboxItem) -> dict[str, Any]:
    """One stored body in full."""
    columns: Mapping[str, Any] = {name: getattr(item, name) for name in COLUMNS}
    return {**columns, "headers": item.headers, "body": item.text()}


class Items(ApiView):
    """All stored bodies."""

    tag = TAG

    @operation(
        "List stored bodies",
        actions="intake.read",
        query=LIST,
        shape=shapes.many(ITEM_ROW),
        example=[EXAMPLE],
        headers={"Link": 'The next page, `rel="next"`; absent on the last.'},
        description="A JSON array, newest first.",
    )
    def get(self, call: Call) -> HttpResponse:
        """One page of them."""
        rows: QuerySet[InboxItem] = InboxItem.objects.order_by()
        if "source" in call.values:
            rows = rows.filter(source__in=call.values["source"])
        if "state" in call.values:
            rows = rows.filter(state__in=call.values["state"])
        page = page_of(rows.values(*COLUMNS), call.values, owner=call.actor.org_id, ordering=NEWEST_FIRST)
        return Reply(page.rows, headers=next_link(call.request._request, page))


class OneItem(ApiView):
    """One stored body."""

    tag = TAG

    @operation(
        "Read a stored body",
        actions="intake.read",
        shape=ITEM,
        example={**EXAMPLE, "headers": {"Content-Type": "text/plain"}, "body": "not JSON at all :"},
        headers={"ETag": "Changes with the record."},
        refusals=UNKNOWN,
    )
    def get(self, call: Call, item_id: str) -> HttpResponse:
        """The record with its body."""
        item = shown(found(item_id))
        return Reply(item, headers={"ETag": content_etag(item)})


class Replay(ApiView):
    """Running one body again."""

    tag = TAG

    @operation(
        "Replay a stored body",
        actions="intake.replay",
        shape=ITEM,
        status=202,
        example={**EXAMPLE, "state": "pending", "headers": {"Content-Type": "text/plain"}, "body": "not JSON at all :"},
        description="It is read and applied as if it had just come; what took effect before is not done twice.",
    )
    def post(self, call: Call, item_id: str) -> HttpResponse:
        """Put it back in line."""
        replay_item(actor=call.actor, item=found(item_id))
        return Reply(shown(found(item_id)), 202)

"""The inbox: every stored body, what became of it, and playing it again."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from integrations.commands import replay_item
from integrations.models import InboxItem
from integrations.queries import (
    InboxFilter,
    find_item,
    inbox,
)
from integrations.views.lists import ALERT_WORDS, PAGE_SIZE, intake_numbers, list_context, sample_alert
from orgs.clock import now
from orgs.durations import ago, iso, stamp
from orgs.errors import DomainError
from orgs.facets import MOST_COUNTED, Address, Facet, count, read_address
from orgs.neutral import neutral, neutral_lines
from orgs.pages import PageRequest, refusal_words, signed_in
from orgs.paging import Column, page_of
from orgs.policy import allows

RAW_LENGTH = 100_000
BODY_WORDS = {value: str(label) for value, label in InboxItem.State.choices}

BODY_FACETS = (Facet("state", "State", BODY_WORDS), Facet("source", "Source"))
_BODY_ORDER = (Column("received_at", descending=True), Column("id", descending=True))
_BODY_FIELDS = ("id", "source", "state", "size", "received_at", "attempts", "error", "outcome", "sender")


@require_safe
@signed_in
def inbox_list(request: PageRequest) -> HttpResponse:
    """Every stored body with what became of it, the newest first."""
    address = read_address(reverse("integrations:inbox"), request.GET, BODY_FACETS)
    moment = now()
    wanted = InboxFilter(sources=address.values("source"), states=address.values("state"))
    page = page_of(
        inbox(wanted), order="newest", columns=_BODY_ORDER, fields=_BODY_FIELDS, cursor=address.cursor, size=PAGE_SIZE
    )
    counted = list(inbox().order_by("-received_at").values_list("state", "source")[:MOST_COUNTED])
    numbers = count(counted, {"state": 0, "source": 1}, address)
    context = {
        **list_context(address, BODY_FACETS, numbers, len(counted), page.next_cursor),
        "rows": [_body_row(row, moment) for row in page.rows],
        "counts": intake_numbers(request.org.id),
        "sample": sample_alert(request),
        "empty": _no_bodies(request, address) if not page.rows else None,
    }
    return render(request, "integrations/inbox.html", context)


def _body_row(row: dict[str, Any], moment: datetime) -> dict[str, Any]:
    return {
        "url": reverse("integrations:body", args=(row["id"],)),
        "source": neutral(row["source"]),
        "state": row["state"],
        "state_word": BODY_WORDS[row["state"]],
        "size": f"{row['size']:,} bytes".replace(",", " "),
        "what": neutral(row["error"])[:200] or outcome_words(row["outcome"]),
        "attempts": row["attempts"],
        "sender": neutral(row["sender"]),
        "received": iso(row["received_at"]),
        "ago": ago(row["received_at"], moment),
    }


def outcome_words(outcome: dict[str, Any]) -> str:
    """What became of a body, in a line: the counts, and how much of it could not be read."""
    parts = [
        f"{number} {name.removeprefix('was_').replace('_', ' ')}"
        for name, number in outcome.items()
        if isinstance(number, int) and not isinstance(number, bool) and name != "fault_count"
    ]
    if faults := outcome.get("fault_count"):
        parts.append(f"{faults} could not be read")
    return ", ".join(parts)


def _no_bodies(request: PageRequest, address: Address) -> dict[str, str]:
    if address.pairs:
        return {
            "title": "No body matches",
            "words": "Nothing fits all of these filters at once.",
            "url": address.path,
            "action": "Clear the filters",
        }
    return {
        "title": "Nothing was delivered yet",
        "words": "Point an alert source at the intake, or send a test alert from a shell with an API key of yours.",
        "curl": sample_alert(request),
    }


@require_safe
@signed_in
def body_detail(request: PageRequest, pk: UUID) -> HttpResponse:
    """One stored body as it came, and what became of it."""
    item = find_item(pk)
    text = item.text(RAW_LENGTH)
    context = {
        "item": {
            "id": str(item.pk),
            "source": neutral(item.source),
            "state": item.state,
            "state_word": BODY_WORDS[item.state],
            "error": neutral(item.error),
            "outcome": outcome_words(item.outcome),
        },
        "facts": _body_facts(item),
        "faults": [
            {"reason": neutral(fault.get("reason", "")), "raw": neutral_lines(str(fault.get("raw", "")))}
            for fault in item.outcome.get("faults", [])
        ],
        "raw": neutral_lines(_pretty(text)),
        "cut": item.size > RAW_LENGTH,
        "headers": [{"name": neutral(name), "value": neutral(str(value))} for name, value in item.headers.items()],
        "remarks": [neutral(json.dumps(remark, ensure_ascii=False, sort_keys=True)) for remark in item.remarks],
        "alerts": [
            {
                "url": reverse("integrations:alert", args=(pk,)),
                "title": neutral(title)[:200] or "Alert without a name",
                "severity": severity,
                "state": state,
                "state_word": ALERT_WORDS[state],
            }
            for pk, title, severity, state in item.alerts.order_by("-created_at").values_list(
                "pk", "title", "severity", "state"
            )[:PAGE_SIZE]
        ],
        "may_replay": allows(request.actor, "intake.replay"),
    }
    return render(request, "integrations/body.html", context)


def _pretty(text: str) -> str:
    """JSON indented for reading; what is no JSON stays as it came."""
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


def _body_facts(item: InboxItem) -> list[dict[str, str]]:
    pairs = (
        ("Received", stamp(item.received_at)),
        ("Finished", stamp(item.finished_at) if item.finished_at else ""),
        ("Size", f"{item.size} bytes"),
        ("SHA-256", item.sha256),
        ("Delivery id", item.delivery_key),
        ("Sent with", item.sender),
        ("Attempts", str(item.attempts)),
        ("Request", item.request_id),
    )
    return [{"name": name, "value": neutral(value)} for name, value in pairs if value]


@require_POST
@signed_in
def replay(request: PageRequest, pk: UUID) -> HttpResponse:
    """Apply a stored body once more."""
    try:
        replay_item(actor=request.actor, item=pk)
    except DomainError as error:
        if error.status == 404:
            raise
        messages.error(request, refusal_words(error, request.actor))
    else:
        messages.success(request, "The body waits to be applied once more.")
    return redirect("integrations:body", pk=pk)

"""One incident as a row of a list: plain values, so that the template does nothing but print them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from django.template.loader import get_template
from django.templatetags.static import static
from django.urls import reverse

from incidents.queries import LIVE_VALUES
from incidents.sla import ACKNOWLEDGE, RESOLVE
from incidents.states import Status
from orgs.durations import duration, iso
from orgs.neutral import neutral
from orgs.remembered import Remembered

FIELDS = (
    "id", "reference", "version", "title", "severity", "status", "service_name", "affected_names", "assigned_to",
    "created_at", "updated_at", "acknowledged_at", "hold_reason", "next_due_at", "ack_due_at", "resolve_due_at",
    "ack_breached", "resolve_breached", "signal_count", "firing_count", "reopen_count", "external_refs",
)  # fmt: skip
"""The columns that a row is made of."""

FRESH_SECONDS = 30
_printed: Remembered[str] = Remembered(4096)

RISK_SHARE = 75
WARN_SHARE = 50
STATUS_WORDS = {value: str(label) for value, label in Status.choices}
Targets = Mapping[str, Mapping[str, int]]


def share_used(due: datetime, target: int, now: datetime) -> int:
    """How much of a target is used, in percent from 0 to 100."""
    left = (due - now).total_seconds()
    return max(0, min(100, round(100 * (1 - left / target)))) if target else 100


def tone_of(share: int) -> str:
    """The tone of a clock by the share that is used."""
    if share >= 100:
        return "breached"
    return "risk" if share >= RISK_SHARE else "warn" if share >= WARN_SHARE else "ok"


def sla_of(row: Mapping[str, Any], targets: Targets, now: datetime) -> dict[str, Any]:
    """The clock that matters now, in words: ``sla``, then the time that is left or over, and a meter."""
    if row["status"] not in LIVE_VALUES:
        missed = row["resolve_breached"] or row["ack_breached"]
        if row["status"] == Status.CANCELLED:
            return {"sla": "", "sla_tone": "", "sla_meter": 0, "sla_due": ""}
        words, tone = ("missed", "breached") if missed else ("met", "ok")
        return {"sla": words, "sla_tone": tone, "sla_meter": 100, "sla_due": ""}
    if row["hold_reason"]:
        return {"sla": f"paused: {row['hold_reason']}", "sla_tone": "paused", "sla_meter": 100, "sla_due": ""}
    name, word = (RESOLVE, "resolve") if row["acknowledged_at"] else (ACKNOWLEDGE, "ack")
    due = row["resolve_due_at"] if row["acknowledged_at"] else row["ack_due_at"]
    if due is None:
        return {"sla": "", "sla_tone": "", "sla_meter": 0, "sla_due": ""}
    share = share_used(due, targets[row["severity"]][name], now)
    left = (due - now).total_seconds()
    over = left < 0
    return {
        "sla": f"{'ack ' if name == ACKNOWLEDGE else ''}breached" if over else word,
        "sla_tone": tone_of(share),
        "sla_meter": share,
        "sla_due": iso(due),
        "sla_rel": "age" if over else "left",
        "sla_left": duration(-left) if over else f"{duration(left)} left",
    }


def place_of(row: Mapping[str, Any]) -> str:
    """The service or the first configuration item, and how many more there are."""
    names = list(row["affected_names"])
    first = row["service_name"] or (names[0] if names else "")
    more = len([name for name in names if name != first])
    return neutral(first) + (f" +{more}" if more else "")


def row_of(row: Mapping[str, Any], *, targets: Targets, now: datetime, may_acknowledge: bool) -> dict[str, Any]:
    """What `incidents/_rows.html` prints of one incident."""
    marks = []
    if row["reopen_count"]:
        marks.append({"word": "reopened", "tone": " mark-warn"})
    if row["external_refs"]:
        marks.append({"word": "ticket", "tone": ""})
    signals = row["signal_count"]
    return {
        "ref": row["reference"],
        "url": reverse("incidents:detail", args=(row["reference"],)),
        "version": str(row["version"]),
        "severity": row["severity"],
        "status": row["status"],
        "status_word": STATUS_WORDS[row["status"]],
        "title": neutral(row["title"]),
        "place": place_of(row),
        "marks": marks,
        "owner": neutral(row["assigned_to"]) or "Unassigned",
        "unowned": not row["assigned_to"],
        "alerts": str(signals) if signals else "",
        "unit": " alert" if signals == 1 else " alerts",
        "created": iso(row["created_at"]),
        "age": duration((now - row["created_at"]).total_seconds()),
        "can_acknowledge": may_acknowledge and row["status"] == Status.OPEN,
        **sla_of(row, targets, now),
    }


def printed(
    rows: Iterable[Mapping[str, Any]],
    *,
    targets: Targets,
    now: datetime,
    may_acknowledge: bool,
    oob: bool = False,
    refused: Mapping[str, str] | None = None,
) -> list[str]:
    """The rows of a page as HTML. A row is printed once for its version and half a minute, whoever asks for it.

    ``oob`` rows replace those that a page shows already; ``refused`` says why something was not done, by reference.
    """
    moment = int(now.timestamp()) // FRESH_SECONDS
    marks = tuple(tuple(sorted(goal.items())) for _, goal in sorted(targets.items()))
    template = get_template("incidents/_row.html")

    def fresh(row: Mapping[str, Any]) -> str:
        prepared = row_of(row, targets=targets, now=now, may_acknowledge=may_acknowledge)
        why = (refused or {}).get(row["reference"], "")
        return template.render({"r": prepared, "oob": oob, "refused": why, "icons": static("img/icons.svg")})

    if oob or refused:
        return [fresh(row) for row in rows]
    return [
        _printed.get((row["id"], row["version"], moment, may_acknowledge, marks), partial(fresh, row)) for row in rows
    ]

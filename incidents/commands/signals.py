"""Signals and SLO violations: what observation says about an incident."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from incidents.commands.fields import Refusals, checked
from incidents.commands.pairs import Ident
from incidents.events import SignalCleared, SignalIngested, SloViolationRecorded
from incidents.models import Incident, IncidentSignal
from orgs.actor import Actor
from orgs.clock import now
from orgs.errors import FieldError, Invalid
from orgs.policy import require
from timeline.commands import command, lock, record

LENGTHS = {
    "signal_type": 40,
    "source": 200,
    "summary": 65_536,
    "correlation_key": 500,
    "trace_id": 200,
    "service_name": 200,
    "environment": 100,
    "key": 300,
}
LARGEST_BUDGET = Decimal(1_000_000)


@dataclass(frozen=True)
class Signal:
    """An observation to attach.

    ``key`` tells episodes of one alert apart; ``data`` is any JSON value; ``firing`` is None for what has no such
    state; ``ts`` is when it was observed, if not now.
    """

    signal_type: str
    source: str
    summary: str
    key: str = ""
    correlation_key: str = ""
    trace_id: str = ""
    service_name: str = ""
    environment: str = ""
    data: Any = None
    ts: datetime | None = None
    firing: bool | None = None


def signal_event(signal: Signal, moment: datetime) -> SignalIngested:
    """The event that attaches a signal. Raises ``Invalid`` that names every bad field."""
    refusals = Refusals()
    with refusals:
        texts = checked(
            {name: getattr(signal, name) for name in LENGTHS},
            required=("signal_type", "source", "summary"),
            lengths=LENGTHS,
        )
    with refusals:
        data = _as_json(signal.data)
    refusals.check()
    return SignalIngested(
        signal_id=uuid4(),
        **texts,
        data=data,
        ts=signal.ts or moment,
        firing=signal.firing,
    )


def _as_json(data: Any) -> str:
    try:
        text = json.dumps(data, sort_keys=True, ensure_ascii=False, allow_nan=False)
        text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise Invalid.one("data", "json", "Give a JSON value, without NaN and halves of characters.") from error
    return text


@command
def attach_signal(*, actor: Actor, incident: Ident, signal: Signal, expected_version: int | None = None) -> Incident:
    """Attach an observation; its correlation key joins the incident's."""
    require(actor, "incident.signal")
    row = lock(Incident, incident, expected_version=expected_version)
    record(row, signal_event(signal, now()), actor=actor)
    return row


@command
def clear_signal(*, actor: Actor, incident: Ident, key: str, ts: datetime | None = None) -> Incident:
    """Note that the firing signal with this key went quiet; one that is not firing changes nothing."""
    require(actor, "incident.signal")
    row = lock(Incident, incident)
    firing = IncidentSignal.objects.filter(incident=row, key=key, firing=True)
    cleared = [SignalCleared(signal_id=s.pk, key=key, summary=s.summary, ts=ts or now()) for s in firing]
    if cleared:
        record(row, *cleared, actor=actor)
    return row


@command
def record_slo_violation(
    *,
    actor: Actor,
    incident: Ident,
    slo_id: str,
    window_start: datetime,
    window_end: datetime,
    error_budget_consumed: Decimal,
    threshold_breached: bool,
    details: str = "",
    expected_version: int | None = None,
) -> Incident:
    """Record that an objective was missed; ``error_budget_consumed`` is a share, 1 the whole budget."""
    require(actor, "incident.slo")
    refusals = Refusals()
    with refusals:
        texts = checked({"slo_id": slo_id, "details": details}, required=("slo_id",))
    with refusals:
        _check_window(window_start, window_end, error_budget_consumed)
    refusals.check()
    row = lock(Incident, incident, expected_version=expected_version)
    violation = SloViolationRecorded(
        violation_id=uuid4(),
        slo_id=texts["slo_id"],
        window_start=window_start,
        window_end=window_end,
        error_budget_consumed=format(error_budget_consumed.quantize(Decimal("0.000001")), "f"),
        threshold_breached=threshold_breached,
        details=texts["details"],
    )
    record(row, violation, actor=actor)
    return row


def _check_window(window_start: datetime, window_end: datetime, error_budget_consumed: Decimal) -> None:
    errors = []
    if window_end <= window_start:
        errors.append(FieldError("window_end", "range", "The window must end after it starts."))
    if not error_budget_consumed.is_finite() or not 0 <= error_budget_consumed <= LARGEST_BUDGET:
        errors.append(FieldError("error_budget_consumed", "range", f"Give a share between 0 and {LARGEST_BUDGET}."))
    if errors:
        raise Invalid(errors)

"""Replaying: the state that a stream folds into, now or as it stood at some moment."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from timeline.aggregates import Aggregate, Drop, Ensure, Patch, Put, State
from timeline.events import Event

Belongings = dict[str, dict[UUID, dict[str, Any]]]


def fold(model: type[Aggregate], events: Iterable[Event]) -> State:
    """The state of a record after the given events, which must begin with its first."""
    state: State = {}
    for event in events:
        model.apply(state, event)
    return state


def fold_belongings(model: type[Aggregate], events: Iterable[Event]) -> Belongings:
    """The rows below a record after the given events: model label, then primary key, then columns."""
    rows: Belongings = {label: {} for label in model.BELONGINGS}
    for event in events:
        for step in model.belongings(event):
            match step:
                case Put(label, pk, values):
                    rows[label][pk] = dict(values)
                case Ensure(label, pk, values):
                    rows[label].setdefault(pk, dict(values))
                case Patch(label, pk, values):
                    rows[label][pk].update(values)
                case Drop(label, pk):
                    rows[label].pop(pk, None)
    return rows


def events_until(row: Aggregate, at: datetime) -> list[Event]:
    """The events of a record that were recorded at or before a moment."""
    stream = row.EVENTS.objects.filter(aggregate_id=row.pk, recorded_at__lte=at).order_by("seq")
    return list(stream)


def state_at(row: Aggregate, at: datetime) -> State:
    """The record's state as it was known at a moment; empty before it existed."""
    return fold(type(row), events_until(row, at))

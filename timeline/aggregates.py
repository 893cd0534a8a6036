"""The abstract record: a row that is a fold of its stream, and the list of all kinds of them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from django.apps import apps
from django.db import models

from orgs.tenancy import OrgScoped
from timeline.events import Event

State = dict[str, Any]


@dataclass(frozen=True)
class Put:
    """A belonging of a record comes into being: insert this row."""

    model: str
    pk: uuid.UUID
    values: State = field(default_factory=dict)


@dataclass(frozen=True)
class Ensure:
    """A belonging that may be there already: insert the row unless it is."""

    model: str
    pk: uuid.UUID
    values: State = field(default_factory=dict)


@dataclass(frozen=True)
class Patch:
    """A belonging changes: set these columns."""

    model: str
    pk: uuid.UUID
    values: State = field(default_factory=dict)


@dataclass(frozen=True)
class Drop:
    """A belonging ends: remove the row. The events keep what it was."""

    model: str
    pk: uuid.UUID


Step = Put | Ensure | Patch | Drop


class Projection(Protocol):
    """Applies one event to a state, in place. Pure."""

    def __call__(self, state: State, event: Event, /) -> None:
        """Apply."""


class Belongings(Protocol):
    """The steps that one event makes in the tables below a record. Pure."""

    def __call__(self, event: Event, /) -> Iterable[Step]:
        """List."""


BASE = ("reference", "ref_number", "created_at", "updated_at")
"""The columns of every record that its events decide: what it is called, and when it began and last changed."""


class Aggregate(OrgScoped):
    """A record whose row is the fold of its events.

    A concrete class names ``EVENTS`` (its event model), ``FOLDED`` (the columns that the fold yields, foreign keys as
    ``…_id``), ``apply_event`` (pure: applies one event to a state in place), ``belongings`` (pure: the steps that one
    event makes in the tables below it) and ``BELONGINGS`` (those tables: model label to its columns under the fold).
    The payload of its first event names its ``reference`` and ``ref_number``.
    """

    EVENTS: ClassVar[type[Event]]
    FOLDED: ClassVar[Sequence[str]]
    GUARDED: ClassVar[Sequence[str]] = ("status",)
    BELONGINGS: ClassVar[dict[str, Sequence[str]]] = {}
    OWNER_COLUMN: ClassVar[str] = ""
    PREFIX: ClassVar[str]

    apply_event: ClassVar[Projection]
    belongings: ClassVar[Belongings]

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(max_length=24)
    ref_number = models.BigIntegerField(help_text="Day and number of the reference, for counting on.")
    version = models.PositiveIntegerField(default=0, help_text="The number of the last event.")
    head_hash = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.reference

    @classmethod
    def folded(cls) -> tuple[str, ...]:
        """Every column that the fold yields: those of all records, and this kind's own."""
        return (*BASE, *cls.FOLDED)

    @classmethod
    def apply(cls, state: State, event: Event) -> None:
        """Apply one event to a state, in place: what every event says, then what this one means."""
        if not state:
            first = event.payload
            state.update(reference=first["reference"], ref_number=first["ref_number"], created_at=event.recorded_at)
        state["updated_at"] = event.recorded_at
        cls.apply_event(state, event)

    def state(self) -> State:
        """The columns that the fold yields, as they stand in the row."""
        return {name: getattr(self, name) for name in self.folded()}


def aggregates() -> list[type[Aggregate]]:
    """Every kind of record that is installed, in the order of the apps."""
    return [model for model in apps.get_models() if issubclass(model, Aggregate)]

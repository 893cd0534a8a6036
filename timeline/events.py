"""The abstract event: one row of a record's stream, written once and never changed."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, ClassVar

from django.db import models

from orgs.actor import ActorKind
from orgs.tenancy import OrgScoped, scoped_manager
from timeline.chain import event_hash


class AppendOnlyError(TypeError):
    """Somebody tried to change or delete what is append-only."""


class AppendOnlyQuerySet(models.QuerySet[Any]):
    """A queryset that can read and insert, and nothing else. A database trigger says the same below it."""

    def update(self, **kwargs: Any) -> int:
        """Refuse."""
        raise AppendOnlyError("Events are never updated; append a correction.")

    def delete(self) -> tuple[int, dict[str, int]]:
        """Refuse."""
        raise AppendOnlyError("Events are never deleted.")

    def bulk_update(self, *args: Any, **kwargs: Any) -> int:
        """Refuse."""
        raise AppendOnlyError("Events are never updated; append a correction.")


AppendOnlyManager = models.Manager.from_queryset(AppendOnlyQuerySet)


class Told:
    """How an event is read, whether it is a record or a bare row of the table."""

    payload: Any
    personal: Any
    actor_kind: Any
    actor_ref: Any

    @property
    def actor_name(self) -> str:
        """Who acted, as people read it; what remains after an erasure is the reference."""
        return str(self.personal_values.get("actor_name") or f"{self.actor_kind} {self.actor_ref}")

    @property
    def personal_values(self) -> dict[str, Any]:
        """The erasable values, or nothing once they are erased."""
        values: dict[str, Any] = self.personal.get("values", {}) if self.personal else {}
        return values

    def text(self, name: str) -> Any:
        """A payload value, wherever it is kept; None when it is absent or erased."""
        return self.payload.get(name, self.personal_values.get(name))


@dataclass(slots=True)
class EventRow(Told):
    """An event as it is only read: a long stream costs a third of what it does as records."""

    seq: int
    type: str
    version: int
    payload: dict[str, Any]
    personal: dict[str, Any]
    actor_kind: str
    actor_ref: str
    request_id: str
    occurred_at: datetime
    recorded_at: datetime
    prev_hash: str
    hash: str


def read_rows(stream: models.QuerySet[Any]) -> list[EventRow]:
    """The events of a stream, in its order, as bare rows."""
    return [EventRow(*values) for values in stream.values_list(*(field.name for field in fields(EventRow)))]


class Event(Told, OrgScoped):
    """One fact about one record.

    ``seq`` counts from 1 without gaps within the record. ``occurred_at`` is when it happened, ``recorded_at``
    when it was written. ``personal`` holds the text that may be erased; the hash covers only its salted digest.
    A concrete class adds the foreign key ``aggregate``.
    """

    aggregate_id: Any

    seq = models.PositiveIntegerField()
    type = models.CharField(max_length=60)
    version = models.PositiveSmallIntegerField(default=1)
    payload = models.JSONField(default=dict)
    personal = models.JSONField(default=dict, blank=True)
    personal_digest = models.CharField(max_length=64)
    actor_kind = models.CharField(max_length=12, choices=ActorKind.choices)
    actor_ref = models.CharField(max_length=200)
    request_id = models.CharField(max_length=64, blank=True)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    prev_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    objects: ClassVar[Any] = scoped_manager(AppendOnlyManager)
    all_orgs_unsafe: ClassVar[Any] = AppendOnlyManager()

    class Meta:
        abstract = True
        ordering = ("seq",)

    def __str__(self) -> str:
        return f"{self.seq} {self.type}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert; an event that exists already is refused."""
        if self.pk is not None and not self._state.adding:
            raise AppendOnlyError("Events are never updated; append a correction.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refuse."""
        raise AppendOnlyError("Events are never deleted.")

    def computed_hash(self) -> str:
        """The hash that this event's contents have now."""
        return event_hash(
            org=self.org_id,
            aggregate=self.aggregate_id,
            seq=self.seq,
            type=self.type,
            version=self.version,
            payload=self.payload,
            personal_digest=self.personal_digest,
            actor_kind=self.actor_kind,
            actor_ref=self.actor_ref,
            request_id=self.request_id,
            occurred_at=self.occurred_at,
            recorded_at=self.recorded_at,
            prev_hash=self.prev_hash,
        )

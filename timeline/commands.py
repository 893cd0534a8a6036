"""The door that every change goes through: one transaction, a locked row, events, the fold, and what follows."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache, wraps
from typing import Any, ParamSpec, TypeVar, cast
from uuid import UUID

from django.apps import apps
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import QuerySet, UniqueConstraint

from orgs.actor import Actor
from orgs.clock import now
from orgs.errors import Busy, NotFound, Stale
from orgs.queries import as_uuid
from orgs.tenancy import org_scope
from timeline.aggregates import Aggregate, Drop, Ensure, Patch, Put, Step, aggregates
from timeline.chain import GENESIS, salted
from timeline.context import current_request_id
from timeline.events import Event
from timeline.payloads import code_of, encode
from timeline.reactors import react

P = ParamSpec("P")
R = TypeVar("R")
A = TypeVar("A", bound=Aggregate)

ATTEMPTS = 3
REFERENCE_ATTEMPTS = 40
REFERENCE = re.compile("[A-Z]+-[0-9]{8}-[0-9]{3,6}")
RETRYABLE = frozenset({"40001", "40P01", "55P03"})
"""SQLSTATE of serialisation failure, deadlock and lock timeout: the transaction is gone and may be tried anew."""


def command(function: Callable[P, R]) -> Callable[P, R]:
    """Run a keyword-only function with ``actor=`` in one transaction, confined to the actor's organisation.

    A deadlock, a lock timeout or a clash of references is tried again from the start; what remains raises ``Busy``.
    """

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        actor = cast(Actor, kwargs["actor"])
        attempt = 0
        while True:
            attempt += 1
            outermost = not connection.in_atomic_block
            try:
                with org_scope(actor.org_id), transaction.atomic():
                    return function(*args, **kwargs)
            except IntegrityError as error:
                if not _reference_clash(error):
                    raise
                if attempt >= REFERENCE_ATTEMPTS:
                    raise Busy from error
            except DatabaseError as error:
                # Inside a larger transaction the whole of it is lost; only its owner may try again.
                if not outermost or _sqlstate(error) not in RETRYABLE:
                    raise
                if attempt >= ATTEMPTS:
                    raise Busy from error
            time.sleep(random.uniform(0.001, 0.01) * attempt)  # noqa: S311 - a pause, not a secret

    return run


def _sqlstate(error: BaseException) -> str:
    return str(getattr(error.__cause__, "sqlstate", "") or "")


def _reference_clash(error: IntegrityError) -> bool:
    diagnosis = getattr(error.__cause__, "diag", None)
    return (diagnosis.constraint_name if diagnosis else str(error)) in _reference_clashes()


@lru_cache(maxsize=1)
def _reference_clashes() -> frozenset[str]:
    """How the databases say that a reference is taken: PostgreSQL by the constraint's name, SQLite by its columns."""
    found: set[str] = set()
    for model in aggregates():
        table = model._meta.db_table
        for constraint in model._meta.constraints:
            if isinstance(constraint, UniqueConstraint) and constraint.fields in (
                ("org", "reference"),
                ("org", "ref_number"),
            ):
                columns = ("org_id", constraint.fields[1])
                found |= {constraint.name, "UNIQUE constraint failed: " + ", ".join(f"{table}.{c}" for c in columns)}
    return frozenset(found)


def lock(model: type[A], ident: UUID | str | A, *, expected_version: int | None = None) -> A:
    """The record, its row locked until the transaction ends.

    ``ident`` is the record, its id or its reference. Raises ``NotFound`` (also for another organisation's) and
    ``Stale`` where the record is no longer at ``expected_version``.
    """
    # NO KEY: rows that refer to this one may be inserted meanwhile; they wait for nothing and deadlock with nothing.
    rows = model.objects.select_for_update(of=("self",), no_key=True)
    row: A | None = rows.filter(**_identity(model, ident)).first()
    if row is None:
        raise _not_found(model)
    if expected_version is not None and row.version != expected_version:
        raise Stale(current_version=row.version)
    return row


def find(model: type[A], ident: UUID | str | A) -> A:
    """The record by id or reference, within the current organisation. Raises ``NotFound``."""
    row: A | None = model.objects.filter(**_identity(model, ident)).first()
    if row is None:
        raise _not_found(model)
    return row


def _not_found(model: type[Aggregate]) -> NotFound:
    return NotFound(str(model._meta.verbose_name or "record"))


def _identity(model: type[Aggregate], ident: UUID | str | Aggregate) -> dict[str, Any]:
    if isinstance(ident, Aggregate):
        return {"pk": ident.pk}
    if isinstance(ident, UUID):
        return {"pk": ident}
    if (reference := ident.upper()).startswith(f"{model.PREFIX}-"):
        if not REFERENCE.fullmatch(reference):
            raise _not_found(model)
        return {"reference": reference}
    value = as_uuid(ident)
    if value is None:
        raise _not_found(model)
    return {"pk": value}


def record(row: Aggregate, *payloads: Any, actor: Actor, occurred_at: datetime | None = None) -> list[Event]:
    """Append events to a record: chain them, fold them into the row, save it, write its belongings, tell the reactors.

    The row must be locked (or new). ``occurred_at`` is when it happened, if not now. Returns the events in order.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("record() works inside a command's transaction only")
    creating = row._state.adding
    # A record exists from the moment of its first event, so that asking for that moment finds it; and its times never
    # run backwards, whichever machine's clock is a little behind.
    moment = row.created_at if creating else max(now(), row.updated_at)
    state = {} if creating else row.state()
    before = dict(state)
    events: list[Event] = []
    for payload in payloads:
        event = _next_event(row, payload, actor=actor, moment=moment, occurred_at=occurred_at or moment)
        type(row).apply(state, event)
        row.version, row.head_hash = event.seq, event.hash
        events.append(event)
    changed = ["version", "head_hash"]
    for name, value in state.items():
        if name in row.GUARDED:
            _agree(row, name, value)
            changed.append(name)
        elif creating or value != before[name]:
            setattr(row, name, value)
            changed.append(name)
    if creating:
        row.save(force_insert=True)
    else:
        row.save(update_fields=changed)
    insert(events)
    carry_out(row, [step for event in events for step in type(row).belongings(event)])
    react(row, events)
    return events


def _agree(row: Aggregate, name: str, value: Any) -> None:
    """A guarded column was set by its transition already; the fold must say the same."""
    if getattr(row, name) != value:
        raise RuntimeError(f"the fold says {name}={value!r}, the transition {getattr(row, name)!r}")


def _next_event(row: Aggregate, payload: Any, *, actor: Actor, moment: datetime, occurred_at: datetime) -> Event:
    code, version = code_of(payload)
    body, personal_values = encode(payload)
    personal, personal_digest = salted({"actor_name": actor.name, **personal_values})
    values: dict[str, Any] = {
        "org_id": row.org_id,
        "aggregate_id": row.pk,
        "seq": row.version + 1,
        "type": code,
        "version": version,
        "payload": body,
        "personal": personal,
        "personal_digest": personal_digest,
        "actor_kind": actor.kind.value,
        "actor_ref": actor.ref,
        "request_id": current_request_id(),
        "occurred_at": occurred_at,
        "recorded_at": moment,
        "prev_hash": row.head_hash or GENESIS,
    }
    event = row.EVENTS(**values)
    event.hash = event.computed_hash()
    return event


def carry_out(row: Aggregate, steps: list[Step]) -> None:
    """Write the steps of a record's belongings: inserts of one table together, the rest in order."""
    puts: dict[str, list[Any]] = {}
    owner = {"org_id": row.org_id, row.OWNER_COLUMN: row.pk}
    for step in steps:
        model = apps.get_model(step.model)
        match step:
            case Put(label, pk, values):
                puts.setdefault(label, []).append(model(pk=pk, **owner, **values))
            case Ensure(_, pk, values):
                model.objects.bulk_create([model(pk=pk, **owner, **values)], ignore_conflicts=True)
            case Patch(label, pk, values):
                insert(puts.pop(label, ()))
                model.objects.filter(pk=pk).update(**values)
            case Drop(label, pk):
                insert(puts.pop(label, ()))
                model.objects.filter(pk=pk).delete()
    for rows in puts.values():
        insert(rows)


def insert(rows: Sequence[Any]) -> None:
    """Write new rows of one table; each names its organisation, so that nothing is confined that could be read."""
    if rows:
        QuerySet(type(rows[0])).bulk_create(rows)

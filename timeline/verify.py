"""Verification: every chain is whole, every sequence without gaps, and every row is what its events fold into."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from django.apps import apps
from django.db import transaction

from orgs.models import Checkpoint, Organisation
from orgs.tenancy import org_scope
from timeline.aggregates import Aggregate, aggregates
from timeline.chain import GENESIS, digest
from timeline.checkpoints import checkpoint_hash
from timeline.events import Event
from timeline.replay import Belongings, fold, fold_belongings

CHUNK = 200
Progress = Callable[[int, int], None]
Seal = tuple[str, int, str]
"""The kind of a record, the number of its last event when it was sealed, and that event's hash."""


@dataclass(frozen=True)
class Fault:
    """One thing that is not as it was written: where, at which event (0: the row itself), and what.

    ``mendable`` where the stream is whole and only the row is not what it folds into.
    """

    org: str
    reference: str
    seq: int
    what: str
    mendable: bool = False

    def __str__(self) -> str:
        place = f"{self.org} {self.reference}"
        return f"{place} event {self.seq}: {self.what}" if self.seq else f"{place}: {self.what}"


def verify(org: Organisation, progress: Progress | None = None) -> Iterator[Fault]:
    """Every fault of an organisation's ledger, the records in the order of their numbers.

    ``progress`` is called with (records done, records in all) now and then.
    """
    with org_scope(org):
        sealed, broken_seals = seals(org)
        yield from broken_seals
        total = sum(model.objects.count() for model in aggregates())
        done = 0
        for model in aggregates():
            ids = model.objects.order_by("ref_number").values_list("pk", flat=True)
            for chunk in _chunks(ids.iterator(chunk_size=CHUNK)):
                yield from _verify_chunk(org, model, chunk, sealed)
                done += len(chunk)
                if progress:
                    progress(done, total)
        # What remains was sealed once and has no row any more.
        for pk, (kind, seq, _) in sealed.items():
            yield Fault(org.slug, f"{kind} {pk}", seq, "was sealed in a checkpoint and is gone")


def verify_record(row: Aggregate) -> list[Fault]:
    """The faults of one record, the seals left out. The organisation's scope must be entered."""
    stream = list(row.EVENTS.objects.filter(aggregate_id=row.pk).order_by("seq"))
    return _faults_of(row.org.slug, row, stream, stored_belongings(type(row), [row.pk])[row.pk])


def _chunks(ids: Iterable[UUID]) -> Iterator[list[UUID]]:
    chunk: list[UUID] = []
    for pk in ids:
        chunk.append(pk)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _verify_chunk(
    org: Organisation, model: type[Aggregate], ids: list[UUID], sealed: dict[UUID, Seal]
) -> Iterator[Fault]:
    rows = {row.pk: row for row in model.objects.filter(pk__in=ids)}
    streams: dict[UUID, list[Event]] = {pk: [] for pk in ids}
    for event in model.EVENTS.objects.filter(aggregate_id__in=ids).order_by("aggregate_id", "seq"):
        streams[event.aggregate_id].append(event)
    stored = stored_belongings(model, ids)
    for pk in ids:
        seal = sealed.pop(pk, None)
        if _faults_of(org.slug, rows[pk], streams[pk], stored[pk], seal):
            # Somebody may have worked on it between the reading of its row and of its events.
            yield from _look_again(org.slug, model, pk, seal)


def _look_again(slug: str, model: type[Aggregate], pk: UUID, seal: Seal | None) -> list[Fault]:
    with transaction.atomic():
        row = model.objects.select_for_update(no_key=True).get(pk=pk)
        stream = list(model.EVENTS.objects.filter(aggregate_id=pk).order_by("seq"))
        return _faults_of(slug, row, stream, stored_belongings(model, [pk])[pk], seal)


def _faults_of(
    slug: str, row: Aggregate, stream: list[Event], stored: Belongings, seal: Seal | None = None
) -> list[Fault]:
    """The first break of the stream where there is one, else every difference between the fold and the row."""
    if (broken := stream_fault(row, stream, seal)) is not None:
        return [Fault(slug, row.reference, *broken)]
    try:
        found = differences(row, stream, stored)
    except Exception as error:  # noqa: BLE001 - a stream that was forged as a whole may hold anything
        return [Fault(slug, row.reference, 0, f"cannot be replayed: {type(error).__name__}")]
    return [difference(slug, row, name) for name in found]


def difference(slug: str, row: Aggregate, name: str) -> Fault:
    """The fault of a row that differs from its events in a column or in a table below it."""
    return Fault(slug, row.reference, 0, f"the row differs from its events in {name}", mendable=True)


def stream_fault(row: Aggregate, stream: list[Event], seal: Seal | None = None) -> tuple[int, str] | None:
    """The first event that is not as it was written, and what is wrong with it; None for a whole stream.

    ``seal`` is the record's latest sealed head, which finds what was cut off or written anew as a whole.
    """
    if not stream:
        return 0, "has no events"
    prev = GENESIS
    for number, event in enumerate(stream, start=1):
        if what := _event_fault(event, number, prev):
            return number, what
        prev = event.hash
    if row.version > len(stream):
        return len(stream) + 1, f"is missing; the row counts {row.version}"
    if row.version < len(stream):
        return row.version + 1, f"is one too many; the row counts {row.version}"
    if row.head_hash != prev:
        return row.version, "is not the last event that the row names"
    return _against_seal(stream, seal) if seal else None


def _event_fault(event: Event, number: int, prev: str) -> str:
    if event.seq != number:
        return f"is missing; the next event is {event.seq}"
    if event.prev_hash != prev:
        return "does not follow the event before it"
    if event.computed_hash() != event.hash:
        return "was altered: its hash does not fit its contents"
    if event.personal and digest(event.personal) != event.personal_digest:
        return "was altered: its personal text does not fit its digest"
    return ""


def differences(row: Aggregate, stream: list[Event], stored: Belongings) -> list[str]:
    """The columns (and tables below) in which the row is not what its events fold into."""
    model = type(row)
    state = fold(model, stream)
    expected = fold_belongings(model, stream)
    found = [name for name in model.folded() if state.get(name) != getattr(row, name)]
    return found + [label for label in model.BELONGINGS if expected[label] != stored[label]]


def stored_belongings(model: type[Aggregate], ids: list[UUID]) -> dict[UUID, Belongings]:
    """The rows below the given records, as they stand in the tables."""
    found: dict[UUID, Belongings] = {pk: {label: {} for label in model.BELONGINGS} for pk in ids}
    for label, columns in model.BELONGINGS.items():
        table = apps.get_model(label)
        rows = table.objects.filter(**{f"{model.OWNER_COLUMN}__in": ids}).values("pk", model.OWNER_COLUMN, *columns)
        for values in rows:
            found[values[model.OWNER_COLUMN]][label][values["pk"]] = {name: values[name] for name in columns}
    return found


def seals(org: Organisation) -> tuple[dict[UUID, Seal], list[Fault]]:
    """The latest sealed head of every record, and what is wrong with the chain of seals."""
    sealed: dict[UUID, Seal] = {}
    faults: list[Fault] = []
    prev, expected = GENESIS, 1
    for seal in Checkpoint.objects.order_by("number").iterator(chunk_size=100):
        right = checkpoint_hash(org.pk, seal.number, seal.sealed_at, seal.heads, seal.prev_hash)
        if (seal.number, seal.prev_hash, seal.hash) != (expected, prev, right):
            faults.append(Fault(org.slug, f"checkpoint {expected}", 0, "is missing or was altered"))
            break
        prev, expected = seal.hash, expected + 1
        for pk, (kind, seq, head) in seal.heads.items():
            sealed[UUID(pk)] = (kind, seq, head)
    return sealed, faults


def _against_seal(stream: list[Event], seal: Seal) -> tuple[int, str] | None:
    _, seq, head = seal
    if seq > len(stream):
        return len(stream) + 1, f"is cut off: events up to {seq} were sealed"
    if stream[seq - 1].hash != head:
        return seq, "is not the event that was sealed"
    return None

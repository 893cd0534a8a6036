"""Rebuilding rows from their events: what repairs a projection after a mistake in it was mended."""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import apps
from django.db import transaction

from orgs.models import Organisation
from orgs.tenancy import org_scope
from timeline.aggregates import Aggregate, aggregates
from timeline.commands import carry_out
from timeline.replay import fold
from timeline.verify import Fault, Progress, Seal, difference, differences, seals, stored_belongings, stream_fault


def rebuild(org: Organisation, *, check: bool, progress: Progress | None = None) -> Iterator[Fault]:
    """Every record whose row differs from its events; unless ``check``, the row is written anew from them.

    A record whose stream is broken, is not what was sealed, or ends with another event than the row names is reported
    and left as it is: then the row may be the only copy of what was true.
    """
    with org_scope(org):
        sealed, _ = seals(org)
        for model in aggregates():
            total = model.objects.count()
            ids = list(model.objects.order_by("ref_number").values_list("pk", flat=True))
            for done, pk in enumerate(ids, start=1):
                with transaction.atomic():
                    row = model.objects.select_for_update(no_key=True).get(pk=pk)
                    faults = _rebuild_one(org, row, sealed.get(pk), check=check)
                yield from faults
                if progress and (done % 100 == 0 or done == total):
                    progress(done, total)


def _rebuild_one(org: Organisation, row: Aggregate, seal: Seal | None, *, check: bool) -> list[Fault]:
    model = type(row)
    stream = list(row.EVENTS.objects.filter(aggregate_id=row.pk).order_by("seq"))
    if (broken := stream_fault(row, stream, seal)) is not None:
        seq, what = broken
        return [Fault(org.slug, row.reference, seq, what)]
    changed = differences(row, stream, stored_belongings(model, [row.pk])[row.pk])
    if changed and not check:
        # Past the model's guards on purpose: the events are the truth, the row is a copy of them.
        state = fold(model, stream)
        model.objects.filter(pk=row.pk).update(**{name: state.get(name) for name in model.folded()})
        for label in model.BELONGINGS:
            apps.get_model(label).objects.filter(**{model.OWNER_COLUMN: row.pk}).delete()
        carry_out(row, [step for event in stream for step in model.belongings(event)])
    return [difference(org.slug, row, name) for name in changed]

"""Ways around the ledger's own doors, for tests that forge history the way somebody with the database could."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import models

from incidents.models import Incident, IncidentEvent
from orgs.tenancy import org_scope
from timeline.triggers import maintenance


@contextmanager
def forgery(row: Incident) -> Iterator[None]:
    """Open the guard and the organisation's scope."""
    with maintenance(), org_scope(row.org_id):
        yield


def rewrite(row: Incident, seq: int, **columns: Any) -> None:
    """Alter columns of one event."""
    with forgery(row):
        assert models.QuerySet.update(IncidentEvent.objects.filter(aggregate=row, seq=seq), **columns) == 1


def remove(row: Incident, *seqs: int) -> None:
    """Take events away."""
    with forgery(row):
        stream = IncidentEvent.objects.filter(aggregate=row, seq__in=seqs)
        assert models.QuerySet.delete(stream)[0] == len(seqs)


def payload_of(row: Incident, seq: int) -> dict[str, Any]:
    """The payload of one event."""
    with org_scope(row.org_id):
        payload: dict[str, Any] = IncidentEvent.objects.get(aggregate=row, seq=seq).payload
        return payload

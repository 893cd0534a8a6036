"""Two incidents at once: locked together, and never an incident with itself or in a circle."""

from __future__ import annotations

from uuid import UUID

from incidents.models import Incident
from incidents.queries import find_incident
from orgs.errors import Invalid
from timeline.commands import lock

Ident = Incident | UUID | str


def lock_both(near: Ident, far: Ident, *, field: str, expected_version: int | None = None) -> tuple[Incident, Incident]:
    """Both records locked, always in the order of their ids, so that two commands cannot wait for each other.

    ``field`` is what the caller calls the far one; ``expected_version`` is that of the near one. Raises ``NotFound``,
    ``Stale``, and ``Invalid`` where they are the same.
    """
    ids = find_incident(near).pk, find_incident(far).pk
    if ids[0] == ids[1]:
        raise Invalid.one(field, "self", "An incident cannot be linked to itself.")
    rows = {pk: lock(Incident, pk, expected_version=expected_version if pk == ids[0] else None) for pk in sorted(ids)}
    return rows[ids[0]], rows[ids[1]]


def refuse_circle(row: Incident, target: Incident) -> None:
    """Raise ``Invalid`` where the target was itself merged into the row, at once or by others between them."""
    while target.merged_into_id is not None:
        if target.merged_into_id == row.pk:
            raise Invalid.one("merged_into", "circle", f"{target.reference} was itself merged into {row.reference}.")
        target = find_incident(target.merged_into_id)

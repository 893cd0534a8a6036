"""The SLA targets in force: an organisation's own, or seed 002's."""

from __future__ import annotations

import time
from uuid import UUID

from incidents import sla
from incidents.models import SlaTarget

CACHE_SECONDS = 5.0
_cache: dict[UUID, tuple[float, dict[str, dict[str, int]]]] = {}


def targets_for(org_id: UUID, severity: str) -> dict[str, int]:
    """Seconds to acknowledge and to resolve. The organisation's scope must be entered."""
    return targets_of(org_id)[severity]


def targets_of(org_id: UUID) -> dict[str, dict[str, int]]:
    """Every severity's targets, remembered for a few seconds. The organisation's scope must be entered."""
    held = _cache.get(org_id)
    if held is None or held[0] < time.monotonic():
        held = (time.monotonic() + CACHE_SECONDS, all_targets())
        _cache[org_id] = held
    return held[1]


def all_targets() -> dict[str, dict[str, int]]:
    """Every severity's targets of the current organisation."""
    targets = {severity: dict(seconds) for severity, seconds in sla.DEFAULT_TARGETS.items()}
    for row in SlaTarget.objects.all():
        targets[row.severity] = {sla.ACKNOWLEDGE: row.acknowledge_seconds, sla.RESOLVE: row.resolve_seconds}
    return targets


def forget_targets(org_id: UUID) -> None:
    """Drop what this process remembers of an organisation's targets."""
    _cache.pop(org_id, None)

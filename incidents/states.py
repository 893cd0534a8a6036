"""The lifecycle of an incident: its states, its severities, and which step leads where."""

from __future__ import annotations

from django.db import models


class Status(models.TextChoices):
    """The canonical states; the REST dialects translate them (API.md §2)."""

    OPEN = "open", "Open"
    ACKNOWLEDGED = "acknowledged", "Acknowledged"
    INVESTIGATING = "investigating", "Investigating"
    IDENTIFIED = "identified", "Identified"
    MITIGATED = "mitigated", "Mitigated"
    RESOLVED = "resolved", "Resolved"
    CLOSED = "closed", "Closed"
    CANCELLED = "cancelled", "Cancelled"


class Severity(models.TextChoices):
    """The four severities, worst first; their text sorts in that order."""

    P1 = "P1", "P1 Critical"
    P2 = "P2", "P2 High"
    P3 = "P3", "P3 Medium"
    P4 = "P4", "P4 Low"


class HoldReason(models.TextChoices):
    """Whom an incident waits for while its clocks stand still."""

    VENDOR = "vendor", "Vendor"
    CUSTOMER = "customer", "Customer"
    CHANGE = "change", "Change"


LIVE = (Status.OPEN, Status.ACKNOWLEDGED, Status.INVESTIGATING, Status.IDENTIFIED, Status.MITIGATED)
"""The states in which an incident still takes work, in the order of the lifecycle."""
FINISHED = (Status.CLOSED, Status.CANCELLED)
"""The states that nothing leads out of."""

STEPS: dict[str, tuple[str, ...]] = {
    Status.OPEN: (*LIVE[1:], Status.RESOLVED, Status.CANCELLED),
    Status.ACKNOWLEDGED: (*LIVE[2:], Status.RESOLVED, Status.CANCELLED),
    Status.INVESTIGATING: (*LIVE[3:], Status.RESOLVED, Status.CANCELLED),
    Status.IDENTIFIED: (*LIVE[4:], Status.RESOLVED, Status.CANCELLED),
    # Impact that comes back after a mitigation is the same incident (ADR 0020).
    Status.MITIGATED: (Status.INVESTIGATING, Status.RESOLVED, Status.CANCELLED),
    Status.RESOLVED: (Status.INVESTIGATING, Status.CLOSED),
    Status.CLOSED: (),
    Status.CANCELLED: (),
}
"""State to the states that one step may lead to: forward steps may be skipped up to resolved."""


def allowed_from(status: str) -> list[str]:
    """The states that one step may lead to."""
    return [str(target) for target in STEPS[status]]


def sources_of(target: str) -> list[str]:
    """The states that a step to the target may start from."""
    return [str(source) for source, targets in STEPS.items() if target in targets]

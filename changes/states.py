"""The lifecycle of a change: its states, its kinds, its risks, and which step leads where."""

from __future__ import annotations

from django.db import models


class Status(models.TextChoices):
    """The canonical states."""

    DRAFT = "draft", "Draft"
    PENDING_APPROVAL = "pending_approval", "Pending approval"
    APPROVED = "approved", "Approved"
    IN_PROGRESS = "in_progress", "In progress"
    COMPLETED = "completed", "Completed"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


class Kind(models.TextChoices):
    """How a change comes to be approved: by its template, by its policy, or afterwards if need be."""

    STANDARD = "standard", "Standard"
    NORMAL = "normal", "Normal"
    EMERGENCY = "emergency", "Emergency"


class Risk(models.TextChoices):
    """What may go wrong, least first."""

    LOW = "low", "Low"
    MEDIUM = "medium", "Medium"
    HIGH = "high", "High"


RISK_RANKS: dict[str, int] = {value: rank for rank, value in enumerate(Risk.values)}
"""Risk to its rank, 0 the lowest."""

AHEAD = (Status.DRAFT, Status.PENDING_APPROVAL, Status.APPROVED)
"""The states in which nothing has been done to any configuration item yet."""
PLANNED = (Status.PENDING_APPROVAL, Status.APPROVED, Status.IN_PROGRESS)
"""The states in which a change lays claim to its window."""
DONE = (Status.COMPLETED, Status.FAILED)
"""The states in which it was carried out, well or badly."""
STARTED = (Status.IN_PROGRESS, *DONE)
"""The states in which something has been done."""
FINISHED = (*DONE, Status.CANCELLED)
"""The states that nothing leads out of."""

STEPS: dict[str, tuple[str, ...]] = {
    Status.DRAFT: (Status.PENDING_APPROVAL, Status.APPROVED, Status.IN_PROGRESS, Status.CANCELLED),
    Status.PENDING_APPROVAL: (Status.APPROVED, Status.DRAFT, Status.IN_PROGRESS, Status.CANCELLED),
    Status.APPROVED: (Status.IN_PROGRESS, Status.DRAFT, Status.CANCELLED),
    Status.IN_PROGRESS: (Status.COMPLETED, Status.FAILED),
    Status.COMPLETED: (),
    Status.FAILED: (),
    Status.CANCELLED: (),
}
"""State to the states that one step of some kind of change may lead to; ``allowed_from`` says which kind."""


def allowed_from(status: str, kind: str) -> list[str]:
    """The states that one step of a change of this kind may lead to.

    Only a standard change is approved without having been asked for, and only an emergency starts without approval.
    """
    allowed = [str(target) for target in STEPS[status]]
    if status == Status.DRAFT:
        allowed.remove(Status.PENDING_APPROVAL if kind == Kind.STANDARD else Status.APPROVED)
    if status in (Status.DRAFT, Status.PENDING_APPROVAL) and kind != Kind.EMERGENCY:
        allowed.remove(Status.IN_PROGRESS)
    return allowed


def sources_of(target: str) -> list[str]:
    """The states that a step to the target may start from."""
    return [str(source) for source, targets in STEPS.items() if target in targets]

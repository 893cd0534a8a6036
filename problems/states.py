"""The lifecycle of a problem: its states and which step leads where."""

from __future__ import annotations

from django.db import models


class Status(models.TextChoices):
    """The three states."""

    INVESTIGATING = "investigating", "Investigating"
    KNOWN_ERROR = "known_error", "Known error"
    RESOLVED = "resolved", "Resolved"


UNRESOLVED = (Status.INVESTIGATING, Status.KNOWN_ERROR)
"""The states in which incidents may still be expected of it."""

STEPS: dict[str, tuple[str, ...]] = {
    Status.INVESTIGATING: (Status.KNOWN_ERROR, Status.RESOLVED),
    # What was taken for known may turn out not to be.
    Status.KNOWN_ERROR: (Status.INVESTIGATING, Status.RESOLVED),
    Status.RESOLVED: (Status.INVESTIGATING, Status.KNOWN_ERROR),
}
"""State to the states that one step may lead to; a step out of resolved reopens the problem."""


def allowed_from(status: str) -> list[str]:
    """The states that one step may lead to."""
    return [str(target) for target in STEPS[status]]


def sources_of(target: str) -> list[str]:
    """The states that a step to the target may start from."""
    return [str(source) for source, targets in STEPS.items() if target in targets]

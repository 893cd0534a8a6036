"""What tests of planning begin with: changes that lay claim to a window, freezes, and a small graph."""

from datetime import UTC, datetime, timedelta
from typing import Any

from changes.commands import create_change, submit_change
from changes.commands.freezes import create_freeze
from changes.models import Change, Freeze
from orgs.actor import Actor

NOON = datetime(2030, 6, 3, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def at(hours: float) -> datetime:
    """A moment, in hours from noon."""
    return NOON + hours * HOUR


def drafted(actor: Actor, title: str = "Patch", window: tuple[float, float] | None = (0, 1), **options: Any) -> Change:
    """A draft with a window in hours from noon."""
    start, end = (None, None) if window is None else (at(window[0]), at(window[1]))
    return create_change(actor=actor, title=title, scheduled_at=start, scheduled_end=end, **options)


def planned(actor: Actor, title: str = "Patch", window: tuple[float, float] = (0, 1), **options: Any) -> Change:
    """A change under approval, with a window in hours from noon."""
    row = drafted(actor, title, window, **{"rollback_plan": "Undo it.", **options})
    return submit_change(actor=actor, change=row, conflict_reason="staging")


def frozen(actor: Actor, name: str = "Year end", window: tuple[float, float] = (0, 1), **options: Any) -> Freeze:
    """A freeze with a window in hours from noon, of everything unless told otherwise."""
    named = options.keys() & {"cis", "services", "kinds", "environments"}
    return create_freeze(
        actor=actor,
        name=name,
        reason="staging",
        everything=options.pop("everything", not named),
        starts_at=at(window[0]),
        ends_at=at(window[1]),
        **options,
    )

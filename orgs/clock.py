"""The one clock of the application."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_set_to: ContextVar[datetime | None] = ContextVar("clock_set_to", default=None)


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return _set_to.get() or datetime.now(UTC)


@contextmanager
def clock_at(moment: datetime) -> Iterator[None]:
    """Let the clock stand at a past moment for the block, in this thread alone.

    For demonstration data and tests only: commands run inside it as they would have run then, so that three weeks of
    history need no row to be altered afterwards. Whoever uses it takes care that the moments of one record never go
    backwards. Raises ``ValueError`` for a moment without a zone or one that is yet to come.
    """
    if moment.tzinfo is None:
        raise ValueError("The clock is set in a time zone only.")
    if moment > datetime.now(UTC):
        raise ValueError("The clock is never set to a time that is yet to come.")
    token = _set_to.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _set_to.reset(token)

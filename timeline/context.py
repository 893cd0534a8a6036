"""What is known of the request that causes events: its id, carried without being passed along."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_request_id: ContextVar[str] = ContextVar("request_id", default="")


def current_request_id() -> str:
    """The id of the request at work, or an empty text outside of one."""
    return _request_id.get()


@contextmanager
def use_request_id(value: str) -> Iterator[None]:
    """Name the request for the block; at most 64 characters are kept."""
    token = _request_id.set(value[:64])
    try:
        yield
    finally:
        _request_id.reset(token)

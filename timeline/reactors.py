"""Reactors: what else follows from an event. They may only insert and move rows, in the same transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

Reactor = Callable[[Any, Sequence[Any]], None]


@lru_cache(maxsize=1)
def _reactors() -> tuple[tuple[str, Reactor], ...]:
    return tuple((prefix, import_string(path)) for prefix, path in settings.ITSM_REACTORS)


def react(row: Any, events: Sequence[Any]) -> None:
    """Call every reactor of the visible list in the settings whose prefix one of the events has."""
    for prefix, reactor in _reactors():
        if matching := [event for event in events if event.type.startswith(prefix)]:
            reactor(row, matching)

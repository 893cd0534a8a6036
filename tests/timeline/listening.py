"""Reactors that only listen, for tests of the list that names them."""

from collections.abc import Sequence
from typing import Any

heard: list[tuple[str, list[str]]] = []


def statuses(row: Any, events: Sequence[Any]) -> None:
    """Note the events."""
    heard.append(("statuses", [event.type for event in events]))


def all_of_them(row: Any, events: Sequence[Any]) -> None:
    """Note the events."""
    heard.append(("all", [event.type for event in events]))


def changes(row: Any, events: Sequence[Any]) -> None:
    """Note the events."""
    heard.append(("changes", [event.type for event in events]))

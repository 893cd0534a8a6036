"""Event payloads: frozen dataclasses under stable codes, and how they become JSON that hashes the same everywhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ClassVar, Protocol, TypeVar
from uuid import UUID

PERSONAL: Mapping[str, Any] = {"personal": True}
"""Metadata of a dataclass field whose text must stay erasable: it is stored beside the hashed body, not in it."""


class Payload(Protocol):
    """What a decorated payload class offers."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


T = TypeVar("T")
_codes: dict[str, type] = {}
_code_of: dict[type, tuple[str, int]] = {}


def event_type(code: str, *, version: int = 1) -> Callable[[type[T]], type[T]]:
    """Register a payload dataclass under its stable code. A code is never reused for another meaning."""

    def register(cls: type[T]) -> type[T]:
        if code in _codes and _codes[code].__qualname__ != cls.__qualname__:
            raise ValueError(f"{code} is taken by {_codes[code].__qualname__}")
        _codes[code] = cls
        _code_of[cls] = (code, version)
        return cls

    return register


def code_of(payload: object) -> tuple[str, int]:
    """The code and schema version of a payload."""
    return _code_of[type(payload)]


def known_codes() -> list[str]:
    """Every registered code, sorted."""
    return sorted(_codes)


def plain(value: Any) -> Any:
    """A value as JSON without floats, since their text differs between databases. Raises ``TypeError``."""
    if value is None or isinstance(value, (str, bool, int)):
        return str(value) if isinstance(value, str) and type(value) is not str else value
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise TypeError("A time without a zone says no moment")
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Mapping):
        return {str(key): plain(member) for key, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(member) for member in value]
    raise TypeError(f"{type(value).__name__} cannot stand in an event's payload")


def encode(payload: Payload) -> tuple[dict[str, Any], dict[str, Any]]:
    """The payload as (hashed body, personal values)."""
    body: dict[str, Any] = {}
    personal: dict[str, Any] = {}
    for field in fields(payload):
        target = personal if field.metadata.get("personal") else body
        target[field.name] = plain(getattr(payload, field.name))
    return body, personal


def parse_time(text: str | None) -> datetime | None:
    """A time out of a payload."""
    return None if text is None else datetime.fromisoformat(text)

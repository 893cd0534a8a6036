"""Answers as JSON bytes: one encoder for everything that leaves the API."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils.functional import Promise

JSON_TYPE = "application/json"


def time_text(moment: datetime) -> str:
    """A time as the API writes it: ISO 8601 in UTC with a `Z`."""
    text = moment.isoformat()
    if text[-6:] != "+00:00":
        text = moment.astimezone(UTC).isoformat()
    return f"{text[:-6]}Z"


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return time_text(value)
    if isinstance(value, UUID | Decimal | Promise):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} has no JSON form here")


_encoder = json.JSONEncoder(default=_plain, separators=(",", ":"), allow_nan=False)


def encode(data: Any) -> bytes:
    """The data as compact JSON in ASCII, so that no stored character can break the answer."""
    return _encoder.encode(data).encode("ascii")


def as_sent(data: Any) -> Any:
    """The data as a client reads it back: times, ids and decimals have become text."""
    return json.loads(encode(data))


class Reply(HttpResponse):
    """A JSON answer. `headers` are added as they are."""

    def __init__(
        self, data: Any, status: int = 200, *, headers: Mapping[str, str] | None = None, content_type: str = JSON_TYPE
    ) -> None:
        super().__init__(encode(data), status=status, content_type=content_type, headers=dict(headers or {}))

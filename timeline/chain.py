"""The hash chain: one canonical form of an event, and the digest that binds it to the one before."""

from __future__ import annotations

import hashlib
import json
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
GENESIS = ""
"""What stands for the hash before a record's first event."""


def canonical(value: Any) -> bytes:
    """Sorted, compact JSON in UTF-8: the same bytes on every database and in every release."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def microseconds(moment: datetime) -> int:
    """Whole microseconds since 1970; the text of a time depends on session settings, this does not."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def digest(value: Any) -> str:
    """SHA-256 of the canonical form, in hex."""
    return hashlib.sha256(canonical(value)).hexdigest()


def salted(values: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """Personal values with a fresh salt, and the digest that goes into the hashed body in their place."""
    personal = {"salt": secrets.token_hex(16), "values": values}
    return personal, digest(personal)


def event_hash(
    *,
    org: UUID,
    aggregate: UUID,
    seq: int,
    type: str,  # noqa: A002 - the event's own word for it
    version: int,
    payload: dict[str, Any],
    personal_digest: str,
    actor_kind: str,
    actor_ref: str,
    request_id: str,
    occurred_at: datetime,
    recorded_at: datetime,
    prev_hash: str,
) -> str:
    """The hash of one event, over everything that it states and the hash of the event before it."""
    return digest(
        {
            "org": str(org),
            "aggregate": str(aggregate),
            "seq": seq,
            "type": type,
            "version": version,
            "payload": payload,
            "personal_digest": personal_digest,
            "actor_kind": actor_kind,
            "actor_ref": actor_ref,
            "request_id": request_id,
            "occurred_at": microseconds(occurred_at),
            "recorded_at": microseconds(recorded_at),
            "prev_hash": prev_hash,
        }
    )

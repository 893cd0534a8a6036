"""Exports: an organisation's whole ledger as signed JSON lines that can be verified without this product."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from django.conf import settings
from django.db.models import F

from orgs.clock import now
from orgs.models import Checkpoint, Organisation
from orgs.tenancy import org_scope
from timeline.aggregates import aggregates
from timeline.chain import microseconds
from timeline.events import Event

FORMAT = "opsledger-export-1"


def signing_key() -> Ed25519PrivateKey:
    """The installation's Ed25519 key; made on first use and kept in a file that only its owner can read."""
    path = Path(settings.LEDGER_SIGNING_KEY_FILE)
    if not path.exists():
        _make_key(path)
    key = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError(f"{path} holds no Ed25519 key")
    return key


def _make_key(path: Path) -> None:
    """Whole or not at all: of two that make it at once, the first one's stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    # Only its owner may read what NamedTemporaryFile makes.
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.") as file:
        file.write(pem)
        file.flush()
        with suppress(FileExistsError):
            path.hardlink_to(file.name)


def public_key_pem() -> str:
    """The public half, in the form that ``openssl pkeyutl -verify`` reads."""
    return signing_key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


class Writable(Protocol):
    """What an export is written to."""

    def write(self, text: str, /) -> object:
        """Take a text."""


def export(org: Organisation, out: Writable, progress: Callable[[int, int], None] | None = None) -> int:
    """Write every checkpoint and event of an organisation as JSON lines, then a line that signs them all.

    The signature is Ed25519 over the SHA-256 (in hex) of all the bytes before the last line. Returns how many events
    were written.
    """
    sha = hashlib.sha256()

    def write(line: dict[str, Any]) -> None:
        text = json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"
        sha.update(text.encode())
        out.write(text)

    written = 0
    with org_scope(org):
        total = sum(model.EVENTS.objects.count() for model in aggregates())
        write({"format": FORMAT, "org": str(org.pk), "slug": org.slug, "exported_at": now().isoformat()})
        # Before the events: whatever is sealed by now is among the events that are read later.
        for seal in Checkpoint.objects.order_by("number").iterator(chunk_size=100):
            write({"checkpoint": _seal_as_line(seal)})
        for model in aggregates():
            stream = model.EVENTS.objects.order_by("aggregate_id", "seq").annotate(reference=F("aggregate__reference"))
            for event in stream.iterator(chunk_size=2000):
                write({"event": _as_line(event), "reference": event.reference})
                written += 1
                if progress and written % 1000 == 0:
                    progress(written, total)
    signature = signing_key().sign(sha.hexdigest().encode()).hex()
    out.write(
        json.dumps(
            {"events": written, "sha256": sha.hexdigest(), "signature": signature, "public_key": public_key_pem()}
        )
        + "\n"
    )
    return written


def _as_line(event: Event) -> dict[str, Any]:
    return {
        "org": str(event.org_id),
        "aggregate": str(event.aggregate_id),
        "seq": event.seq,
        "type": event.type,
        "version": event.version,
        "payload": event.payload,
        "personal": event.personal,
        "personal_digest": event.personal_digest,
        "actor_kind": event.actor_kind,
        "actor_ref": event.actor_ref,
        "request_id": event.request_id,
        "occurred_at": microseconds(event.occurred_at),
        "recorded_at": microseconds(event.recorded_at),
        "prev_hash": event.prev_hash,
        "hash": event.hash,
    }


def _seal_as_line(seal: Checkpoint) -> dict[str, Any]:
    return {
        "org": str(seal.org_id),
        "number": seal.number,
        "sealed_at": microseconds(seal.sealed_at),
        "heads": seal.heads,
        "prev_hash": seal.prev_hash,
        "hash": seal.hash,
    }

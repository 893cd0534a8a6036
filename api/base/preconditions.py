"""ETag and If-Match: a record's version, so that a writer who read an older one is told."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from api.base.replies import encode
from orgs.errors import Conflict, Invalid

_STRONG = re.compile(r'"([0-9]{1,18})"\Z')
_TAG = re.compile(r'(W/)?"[\x21\x23-\x7e\x80-\xff]*"\Z')


class Unmatched(Conflict):
    """`If-Match` holds a tag that the record cannot have; like a stale version, but without knowing the present one."""

    status = 412
    code = "stale"
    title = "Changed meanwhile"

    def __init__(self) -> None:
        super().__init__("If-Match does not name the record's version. Read it again and repeat the change.")


def etag(version: int) -> str:
    """The strong tag of a version."""
    return f'"{version}"'


def content_etag(shown: Any) -> str:
    """The strong tag of a record that counts no versions: it changes with what is shown."""
    return f'"{hashlib.sha256(encode(shown)).hexdigest()[:32]}"'


def expected_version(header: str | None) -> int | None:
    """The version that `If-Match` demands; None without the header and for `*`.

    Raises Unmatched for a weak or foreign tag, Invalid for what is no tag.
    """
    if header is None or header.strip() == "*":
        return None
    text = header.strip()
    if found := _STRONG.match(text):
        return int(found.group(1))
    if _TAG.match(text):
        raise Unmatched
    raise Invalid.one("If-Match", "invalid", 'Send one version as the ETag spells it, such as "7", or *.')

"""Bodies that no JSON endpoint may take, store or stumble over (list A of the reliability page), as data.

Each row: its number, how the body is made of a valid one, the content type, and the statuses that it may be answered
with. `VALUE` stands where one string of the valid body stood; a body without it is sent as it is.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

JSON = "application/json"
REFUSED = (400,)
UNSUPPORTED = (415,)


@dataclass(frozen=True)
class Hostile:
    """One body."""

    id: str
    raw: bytes = b""
    value: str = ""
    content_type: str = JSON
    statuses: tuple[int, ...] = REFUSED
    headers: tuple[tuple[str, str], ...] = ()
    harmless_without_fields: bool = False
    """Means nothing, and so no harm, where no field is required."""

    def body(self, example: dict[str, Any] | None) -> bytes:
        """The body for an endpoint whose valid body is the example."""
        if not self.value:
            return self.raw
        valid = dict(example or {"anything": ""})
        name = next((name for name, held in valid.items() if isinstance(held, str)), "anything")
        valid[name] = "\0VALUE\0"
        return json.dumps(valid).replace(json.dumps("\0VALUE\0"), self.value).encode("utf-8", "surrogatepass")


def _nested(depth: int) -> str:
    return "[" * depth + "]" * depth


BODIES = [
    Hostile("A1 empty body", b"", harmless_without_fields=True),
    Hostile("A2 null", b"null"),
    Hostile("A3 array", b"[]"),
    Hostile("A4 string", b'"x"'),
    Hostile("A5 number", b"0"),
    Hostile("A6 empty object", b"{}", harmless_without_fields=True),
    Hostile("A7 truncated", b'{"a":'),
    Hostile("A8 trailing comma", b'{"title": "x",}'),
    Hostile("A9 byte order mark", b'\xef\xbb\xbf{"title": "x"}'),
    Hostile("A10 invalid UTF-8", b'{"title": "\xff\xfe"}'),
    Hostile("A11 UTF-16", '{"title": "x"}'.encode("utf-16")),
    Hostile("A12 charset utf-7", b'{"title": "x"}', content_type=f"{JSON}; charset=utf-7", statuses=UNSUPPORTED),
    Hostile(
        "A13 charset unicode_escape",
        b'{"title": "x"}',
        content_type=f"{JSON}; charset=unicode_escape",
        statuses=UNSUPPORTED,
    ),
    Hostile("A14 charset zlib", b"x\x9c", content_type=f"{JSON}; charset=zlib_codec", statuses=UNSUPPORTED),
    Hostile("A15 text/plain", b'{"title": "x"}', content_type="text/plain", statuses=UNSUPPORTED),
    Hostile("A16 no content type", b'{"title": "x"}', content_type="", statuses=UNSUPPORTED),
    Hostile(
        "A17 multipart",
        b"".join(b'--b\r\nContent-Disposition: form-data; name="f%d"\r\n\r\nx\r\n' % n for n in range(2000)) + b"--b--",
        content_type="multipart/form-data; boundary=b",
        statuses=UNSUPPORTED,
    ),
    Hostile(
        "A18 form with JSON",
        b'{"title": "x"}',
        content_type="application/x-www-form-urlencoded",
        statuses=UNSUPPORTED,
    ),
    Hostile("A19 duplicate keys", b'{"severity": "P4", "severity": "P1"}'),
    Hostile("A20 case twins", b'{"title": "x", "Title": "y", "severity": "P3", "Severity": "P1"}'),
    Hostile("A21 NUL in a value", value=r'"a\u0000b"'),
    Hostile("A22 NUL in a key", b'{"ti\\u0000tle": "x"}'),
    Hostile("A23 lone surrogate", value=r'"\ud800"'),
    Hostile("A23 lone low surrogate", value=r'"x\udc00y"'),
    Hostile("A23 lone surrogate in a key", b'{"\\ud800": "x"}'),
    Hostile("A24 NaN", value="NaN"),
    Hostile("A25 Infinity", value="-Infinity"),
    Hostile("A26 1e999", value="1e999"),
    Hostile("A27 integer of 5,000 digits", value="9" * 5000),
    Hostile("A28 2^63", value=str(2**63)),
    Hostile("A28 -2^63", value=str(-(2**63))),
    Hostile("A29 -0 where a text stands", value="-0"),
    Hostile("A30 float where a text stands", value="1.0"),
    Hostile("A31 depth 33", value=_nested(33)),
    Hostile("A32 depth 3,000", value=_nested(3_000)),
    Hostile("A33 depth 100,000", value=_nested(100_000)),
    Hostile("A33 objects to depth 20,000", value='{"a":' * 20_000 + "1" + "}" * 20_000),
    Hostile(
        "A34 200,000 keys",
        b"{" + b",".join(b'"k%d":1' % n for n in range(200_000)) + b"}",
        statuses=(413,),
    ),
    Hostile("A34 20,000 keys", b"{" + b",".join(b'"k%d":1' % n for n in range(20_000)) + b"}"),
    Hostile("A35 10,001 items", value=json.dumps([0] * 10_001)),
    Hostile("A36 string of 2 MiB", value=json.dumps("x" * (2 * 1024 * 1024)), statuses=(413,)),
    Hostile("A36 string of 65,537 bytes", value=json.dumps("x" * 65_537)),
    Hostile("A36 string of 4-byte characters", value=json.dumps("😀" * 16_385, ensure_ascii=False)),
    Hostile("A37 1,048,577 bytes", b" " * 1_048_577, statuses=(413,)),
    Hostile(
        "A40 gzip",
        b"\x1f\x8b\x08\x00",
        headers=(("content-encoding", "gzip"),),
        statuses=UNSUPPORTED,
    ),
    Hostile("key of 257 characters", b'{"' + b"k" * 257 + b'": 1}'),
    Hostile("bare words", b"{title: x}"),
    Hostile("two documents", b'{"title": "x"} {"title": "y"}'),
    Hostile("raw control character", b'{"title": "a\x01b"}'),
    Hostile("E19 list where an object stands", b'[{"title": "x"}]'),
    Hostile("E20 JSON Patch", b"[]", content_type="application/json-patch+json", statuses=UNSUPPORTED),
    Hostile("E39 form under JSON's name", b"title=x&severity=P1"),
    Hostile("pickle", b"\x80\x04\x95", content_type="application/x-pickle", statuses=UNSUPPORTED),
    Hostile("XML", b"<?xml version='1.0'?><!DOCTYPE a><a/>", content_type="application/xml", statuses=UNSUPPORTED),
]

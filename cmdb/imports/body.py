"""From bytes to text and JSON, with bounds and sentences instead of exceptions of libraries."""

from __future__ import annotations

import codecs
import json
from typing import Any, NoReturn

from cmdb.imports.batch import BODY_BYTES


class UnreadableBody(ValueError):
    """The body as a whole cannot be read; the message says why and what to do."""


def text_of(raw: bytes) -> str:
    """The body as text: UTF-8, or UTF-16 that says so by its byte order mark. Raises ``UnreadableBody``."""
    if len(raw) > BODY_BYTES:
        raise UnreadableBody(f"The file is larger than {BODY_BYTES // 1024 // 1024} MiB; import it in parts.")
    encoding = "utf-16" if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadableBody(
            f"The file is not {encoding.upper().removesuffix('-SIG')} text (byte {error.start}); save it as UTF-8."
        ) from error
    if encoding == "utf-8-sig" and text[:64].count("\x00") > len(text[:64]) // 4:
        raise UnreadableBody("The file looks like UTF-16 without a byte order mark; save it as UTF-8.")
    if not text.strip():
        raise UnreadableBody("The file is empty.")
    return text


def json_of(raw: bytes) -> Any:
    """The body as JSON. Raises ``UnreadableBody``."""
    text = text_of(raw)
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except RecursionError as error:
        raise UnreadableBody("The JSON is nested too deeply.") from error
    except json.JSONDecodeError as error:
        raise UnreadableBody(f"Not JSON: {error.msg} at line {error.lineno}, column {error.colno}.") from error
    except ValueError as error:
        raise UnreadableBody(f"Not JSON that can be kept: {error}.") from error


def _refuse_constant(name: str) -> NoReturn:
    message = f"{name} is no JSON number"
    raise ValueError(message)


def member(value: Any, *path: str) -> Any:
    """What lies at a path of object members, or None where the path ends early."""
    for name in path:
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value


def text_or_none(value: Any) -> str | None:
    """A text that says something, trimmed; or None. Numbers are written out, so that ids may be numbers."""
    match value:
        case str():
            return value.strip() or None
        case bool():
            return None
        case int():
            return str(value)
        case _:
            return None

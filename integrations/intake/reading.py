"""Reading the bodies of strangers: tolerant JSON for formats of others, strict JSON for our own, storable text."""

from __future__ import annotations

import json
import math
from typing import Any

from orgs.errors import Invalid

DEEPEST = 32
"""Levels of nesting that are kept; what lies deeper is replaced by a remark."""
_TOO_DEEP = "(nested too deeply)"
_SUSPECTS = (b"\\u0000", b"\\ud", b"\\uD")
"""How NUL and half surrogates are spelt in JSON; a body without them needs no cleaning."""


class Unreadable(Exception):
    """The body as a whole is not what its source sends. The text says why, for people."""


def read_json(raw: bytes) -> Any:
    """The JSON of a body whose format is not ours, with everything replaced that a database would refuse.

    A byte order mark, broken UTF-8, raw control characters, NaN and integers of any length are read as well as they
    can be. Raises ``Unreadable``.
    """
    try:
        value = _loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError:
        value = _loads(raw.decode("utf-8-sig", "replace"))
    if any(suspect in raw for suspect in _SUSPECTS) or b"\x00" in raw:
        return scrub(value)
    return value


def _loads(text: str) -> Any:
    try:
        return _decoder.decode(text.strip(" \t\r\n"))
    except json.JSONDecodeError as error:
        reason = f"not JSON: {error.msg} (line {error.lineno}, column {error.colno})"
    except RecursionError:
        reason = "nested too deeply"
    raise Unreadable(reason)


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) < 4000 else digits


def _fraction(digits: str) -> float | str:
    number = float(digits)
    return number if math.isfinite(number) else digits


_decoder = json.JSONDecoder(strict=False, parse_int=_integer, parse_float=_fraction, parse_constant=str)


def read_strict(raw: bytes) -> Any:
    """The JSON of a body in our own format. Raises ``Invalid`` where it is not plain JSON in UTF-8 without doubt."""
    try:
        value = _strict.decode(raw.decode("utf-8-sig").strip(" \t\r\n"))
    except UnicodeDecodeError as error:
        raise _malformed(f"The body is not UTF-8 (byte {error.start}).") from None
    except json.JSONDecodeError as error:
        raise _malformed(f"{error.msg} (line {error.lineno}, column {error.colno}).") from None
    except RecursionError:
        raise Invalid.one("$", "too_deep", f"Objects and arrays may be nested {DEEPEST} deep.") from None
    except ValueError as error:
        raise _malformed(str(error)) from None
    if _depth_exceeds(value, DEEPEST):
        raise Invalid.one("$", "too_deep", f"Objects and arrays may be nested {DEEPEST} deep.")
    return scrub(value) if any(suspect in raw for suspect in _SUSPECTS) else value


def _malformed(message: str) -> Invalid:
    return Invalid.one("$", "malformed_json", message)


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise ValueError(f"The name {twice[:100]!r} appears twice in one object.")
    return members


def _refused(word: str) -> Any:
    raise ValueError(f"{word} is not JSON.")


def _bounded_integer(digits: str) -> int:
    if len(digits) > 20:
        raise ValueError("A number has too many digits.")
    return int(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("A number is too large.")
    return number


_strict = json.JSONDecoder(
    object_pairs_hook=_members, parse_constant=_refused, parse_int=_bounded_integer, parse_float=_finite
)


def _depth_exceeds(value: Any, limit: int) -> bool:
    level = [value]
    for _ in range(limit + 1):
        level = [
            child
            for parent in level
            if isinstance(parent, dict | list)
            for child in (parent.values() if isinstance(parent, dict) else parent)
        ]
        if not level:
            return False
    return True


def clean(text: str) -> str:
    """The text as databases take it: NUL and half surrogates become the replacement character."""
    if text.isascii():
        return text.replace("\x00", "\ufffd") if "\x00" in text else text
    try:
        text.encode()
    except UnicodeEncodeError:
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text.replace("\x00", "\ufffd") if "\x00" in text else text


def scrub(value: Any, depth: int = DEEPEST) -> Any:
    """A JSON value with clean texts, no infinite numbers, and nothing below ``depth`` levels."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(str(k)): scrub(v, depth - 1) for k, v in value.items()} if depth else _TOO_DEEP
    if isinstance(value, list):
        return [scrub(item, depth - 1) for item in value] if depth else _TOO_DEEP
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def as_text(value: Any) -> str:
    """Any JSON value as one line of text: texts as they are, null as nothing, the rest as JSON."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    return json.dumps(scrub(value), ensure_ascii=False)

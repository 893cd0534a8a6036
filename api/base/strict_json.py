"""The JSON that the API reads: one object in UTF-8, bounded in every direction, every fault named by its path."""

import codecs
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.parsers import BaseParser

from api.base.problems import TooLarge
from orgs.errors import FieldError, Invalid

MAX_BODY_BYTES = 256 * 1024
MAX_DEPTH = 32
MAX_NODES = 10_000
MAX_KEY_CHARACTERS = 256
MAX_STRING_BYTES = 64 * 1024
INTEGER_LIMIT = 2**63
MAX_INTEGER_DIGITS = 20
MAX_FAULTS = 50

_SURROGATE = re.compile("[\ud800-\udfff]")
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}\Z")


@dataclass(frozen=True, slots=True)
class _Flaw:
    """Stands in the decoded tree where a value could not be taken, so that its path can be told."""

    code: str
    message: str


def _constant(word: str) -> _Flaw:
    return _Flaw("not_a_number", f"{word} is not JSON; send a finite number or null.")


def _integer(digits: str) -> int | _Flaw:
    too_long = len(digits) > MAX_INTEGER_DIGITS
    if too_long or not -INTEGER_LIMIT < (number := int(digits)) < INTEGER_LIMIT:
        return _Flaw("number_too_large", "An integer must lie between -(2^63 - 1) and 2^63 - 1.")
    return number


def _fraction(text: str) -> float | _Flaw:
    if len(text) > MAX_KEY_CHARACTERS:
        return _Flaw("number_too_long", f"A number may have {MAX_KEY_CHARACTERS} characters.")
    number = float(text)
    if number in (float("inf"), float("-inf")):
        return _Flaw("number_too_large", "The number does not fit a 64-bit float.")
    return number


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                members[name] = _Flaw("duplicate_key", "This name appears twice in one object.")
            seen.add(name)
    return members


_decoder = json.JSONDecoder(
    object_pairs_hook=_members,
    parse_constant=_constant,
    parse_int=_integer,
    parse_float=_fraction,
    strict=True,
)


def decode(raw: bytes) -> Any:
    """Decode `raw`, checking it against every bound of this module.

    Raises Invalid naming each offending path (`$` is the body itself).
    """
    try:
        text = raw.decode("utf-8", "strict")
    except UnicodeDecodeError as error:
        raise _malformed(f"The body is not UTF-8 (byte {error.start}).") from None
    try:
        tree = _decoder.decode(text)
    except RecursionError:
        raise Invalid.one("$", "too_deep", _TOO_DEEP) from None
    except json.JSONDecodeError as error:
        raise _malformed(f"{error.msg} (line {error.lineno}, column {error.colno}).") from None
    faults = list(_faults(tree))
    if faults:
        raise Invalid(faults)
    return tree


_TOO_DEEP = f"Objects and arrays may be nested {MAX_DEPTH} deep."


def _malformed(message: str) -> Invalid:
    return Invalid.one("$", "malformed_json", message)


def _faults(tree: Any) -> Iterator[FieldError]:
    """Walk the tree without recursion and name what is out of bounds; the first structural excess ends the walk."""
    stack: list[tuple[str, int, Any]] = [("", 0, tree)]
    nodes = found = 0
    while stack:
        path, depth, value = stack.pop()
        nodes += 1
        if nodes > MAX_NODES:
            yield FieldError("$", "too_many_values", f"A body may hold {MAX_NODES} values.")
            return
        children: list[tuple[str, int, Any]] = []
        for fault in _faults_of(path, depth, value, children):
            yield fault
            found += 1
            if found >= MAX_FAULTS or fault.code == "too_deep":
                return
        stack.extend(reversed(children))


def _faults_of(path: str, depth: int, value: Any, children: list[tuple[str, int, Any]]) -> Iterator[FieldError]:
    """The faults of one value itself; what it contains is appended to `children`."""
    kind = type(value)
    if kind is str:
        yield from _text_faults(path, value)
    elif kind is _Flaw:
        yield FieldError(path or "$", value.code, value.message)
    elif kind is dict or kind is list:
        if depth >= MAX_DEPTH:
            yield FieldError(path or "$", "too_deep", _TOO_DEEP)
        elif kind is list:
            children += [(f"{path or '$'}[{at}]", depth + 1, item) for at, item in enumerate(value)]
        else:
            yield from _member_faults(path, depth, value, children)


def _member_faults(
    path: str, depth: int, members: dict[str, Any], children: list[tuple[str, int, Any]]
) -> Iterator[FieldError]:
    for name, item in members.items():
        if len(name) > MAX_KEY_CHARACTERS:
            message = f"A name may have {MAX_KEY_CHARACTERS} characters."
            yield FieldError(f"{path or '$'}.{name[:32]}…", "key_too_long", message)
        elif "\x00" in name or _SURROGATE.search(name):
            message = "A name may hold neither NUL nor half of a surrogate pair."
            yield FieldError(path_to(path, name), "bad_character", message)
        else:
            children.append((path_to(path, name), depth + 1, item))


def _text_faults(path: str, text: str) -> Iterator[FieldError]:
    if len(text) > MAX_STRING_BYTES:
        yield FieldError(path or "$", "too_long", f"A text may have {MAX_STRING_BYTES} bytes.")
    elif "\x00" in text:
        yield FieldError(path or "$", "bad_character", "NUL characters are not accepted.")
    elif _SURROGATE.search(text):
        yield FieldError(path or "$", "bad_character", "This text holds half of a surrogate pair.")
    elif len(text) * 4 > MAX_STRING_BYTES and len(text.encode()) > MAX_STRING_BYTES:
        yield FieldError(path or "$", "too_long", f"A text may have {MAX_STRING_BYTES} bytes.")


def path_to(path: str, name: str) -> str:
    """The path of member `name` below `path`, quoted where the name is not a plain word."""
    if _PLAIN_NAME.match(name):
        return f"{path}.{name}" if path else name
    shown = json.dumps(name[:64])
    return f"{path or '$'}[{shown}]"


class StrictJSONParser(BaseParser):
    """Reads `application/json` in UTF-8 and nothing else; the result is always an object."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Return the body's members; raise Invalid, TooLarge or UnsupportedMediaType."""
        request = (parser_context or {})["request"]
        _refuse_encodings(media_type or "", request.META.get("HTTP_CONTENT_ENCODING", ""))
        raw = read_bounded(stream)
        if not raw.strip():
            return {}
        tree = decode(raw)
        if not isinstance(tree, dict):
            raise Invalid.one("$", "not_an_object", "The body must be one JSON object.")
        return tree


def read_bounded(stream: IO[bytes], limit: int = MAX_BODY_BYTES) -> bytes:
    """Read at most `limit` bytes; raise TooLarge beyond, Invalid when the sender breaks off."""
    try:
        raw = stream.read(limit + 1)
    except RequestDataTooBig:
        raise TooLarge(limit) from None
    except (OSError, SuspiciousOperation):
        raise _malformed("The body broke off before its end.") from None
    if len(raw) > limit:
        raise TooLarge(limit)
    return raw


def _refuse_encodings(media_type: str, content_encoding: str) -> None:
    """UTF-8 without compression only; anything else is 415."""
    if content_encoding.strip().lower() not in ("", "identity"):
        raise UnsupportedMediaType(media_type, "Send the body without Content-Encoding.")
    charset = _charset(media_type)
    try:
        named = codecs.lookup(charset).name if charset else "utf-8"
    except (LookupError, ValueError):
        named = "unknown"
    if named != "utf-8":
        raise UnsupportedMediaType(media_type, "The charset must be utf-8.")


def _charset(media_type: str) -> str:
    for parameter in media_type.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip("\"'")
    return ""

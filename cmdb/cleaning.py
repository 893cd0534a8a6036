"""What a configuration item's fields may hold: the rules, for one value or a whole row, without a database."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cmdb.vocabulary import (
    ENVIRONMENT_LENGTH,
    EXTERNAL_ID_LENGTH,
    KEY_ATTRIBUTES,
    KEY_LENGTH,
    KIND_LENGTH,
    MOST_KEYS,
    NAME_LENGTH,
    SOURCE_LENGTH,
    CIStatus,
    Criticality,
    KeySort,
    lookup_key,
    name_key,
)
from orgs.errors import FieldError

ATTRIBUTES_BYTES = 64 * 1024
ATTRIBUTES_DEPTH = 8
ATTRIBUTES_NODES = 1_000
ATTRIBUTE_NAME_LENGTH = 128
LARGEST_INTEGER = 2**63

_CRITICALITIES = tuple(Criticality.values)
_STATUSES = tuple(CIStatus.values)
_SOURCE = re.compile(r"[a-z0-9][a-z0-9_.-]*")
_BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class BadValue(ValueError):
    """A value that breaks a rule: a stable code, and a sentence that names the remedy."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def _text(value: Any, longest: int, *, required: bool = False) -> str:
    if not isinstance(value, str):
        raise BadValue("type", "Give a text.")
    text = value.strip()
    # What is printable throughout holds none of these; the closer look is for the rest.
    if not text.isprintable() and any(unicodedata.category(c) in ("Cc", "Cs") or c in _BIDI_CONTROLS for c in text):
        raise BadValue("control_character", "Leave out control characters.")
    if len(text) > longest:
        raise BadValue("max_length", f"Use at most {longest} characters.")
    if required and not any(c.isprintable() and not c.isspace() for c in text):
        raise BadValue("required", "Give at least one visible character.")
    return text


def _choice(value: Any, choices: Sequence[str]) -> str:
    if not isinstance(value, str) or value not in choices:
        raise BadValue("choice", f"Choose one of {', '.join(choices)}.")
    return str(value)


def clean_name(value: Any) -> str:
    """A name: 1 to 200 characters, at least one of them visible."""
    text = _text(value, NAME_LENGTH, required=True)
    if not name_key(text):
        raise BadValue("required", "Give at least one visible character.")
    return text


def clean_kind(value: Any) -> str:
    """A kind in lower case, as its source calls it: ``server``, ``device/core-switch``, ``cmdb_ci_linux_server``."""
    return _text(value, KIND_LENGTH, required=True).lower()


def clean_environment(value: Any) -> str:
    """An environment in lower case, or nothing."""
    return _text(value, ENVIRONMENT_LENGTH).lower()


def clean_criticality(value: Any) -> str:
    """One of the four criticalities."""
    return _choice(value, _CRITICALITIES)


def clean_status(value: Any) -> str:
    """One of the four statuses."""
    return _choice(value, _STATUSES)


def clean_source(value: Any) -> str:
    """The name of a source: lower case letters, digits and ``_ . -``; or nothing."""
    text = _text(value, SOURCE_LENGTH).lower()
    if text and not _SOURCE.fullmatch(text):
        raise BadValue("invalid", "Use letters, digits and _ . - only.")
    return text


def clean_external_id(value: Any) -> str:
    """The id that a source knows the item by, exactly as it writes it."""
    return _text(value, EXTERNAL_ID_LENGTH)


def clean_attributes(value: Any) -> dict[str, Any]:
    """A JSON object of bounded size. Raises on what databases or other readers of JSON refuse."""
    if not isinstance(value, Mapping):
        raise BadValue("type", "Give an object of attributes.")
    _walk(value)
    try:
        size = len(json.dumps(value, ensure_ascii=False, allow_nan=False).encode())
    except (ValueError, UnicodeEncodeError) as error:
        raise BadValue("invalid", "Attributes must be plain JSON.") from error
    if size > ATTRIBUTES_BYTES:
        raise BadValue("max_length", f"Keep attributes under {ATTRIBUTES_BYTES // 1024} KiB.")
    return dict(value)


def _walk(root: Mapping[Any, Any]) -> None:
    """Check names, depth, count and leaves without recursion, which a hostile depth would exhaust."""
    stack: list[tuple[Any, int]] = [(root, 1)]
    nodes = 0
    while stack:
        value, depth = stack.pop()
        nodes += 1
        if nodes > ATTRIBUTES_NODES:
            raise BadValue("too_many", f"Keep attributes to {ATTRIBUTES_NODES} values.")
        if depth > ATTRIBUTES_DEPTH + 1:
            raise BadValue("too_deep", f"Nest attributes at most {ATTRIBUTES_DEPTH} deep.")
        match value:
            case Mapping():
                for key in value:
                    _check_attribute_name(key)
                stack.extend((child, depth + 1) for child in value.values())
            case list() | tuple():
                stack.extend((child, depth + 1) for child in value)
            case _:
                _check_leaf(value)


def _check_attribute_name(key: Any) -> None:
    if not isinstance(key, str) or not key.strip():
        raise BadValue("invalid", "Every attribute needs a name.")
    if len(key) > ATTRIBUTE_NAME_LENGTH or any(unicodedata.category(c) in ("Cc", "Cs") for c in key):
        raise BadValue(
            "invalid",
            f"Name attributes with at most {ATTRIBUTE_NAME_LENGTH} characters, none of them control characters.",
        )


def _check_leaf(value: Any) -> None:
    match value:
        case None | bool():
            return
        case str():
            if "\x00" in value or any("\ud800" <= c <= "\udfff" for c in value):
                raise BadValue("control_character", "Leave out NUL and lone surrogates.")
        case int():
            if abs(value) >= LARGEST_INTEGER:
                raise BadValue("range", "Numbers must fit 64 bits; give larger ones as text.")
        case float():
            if not math.isfinite(value):
                raise BadValue("range", "Numbers must be finite.")
        case _:
            raise BadValue("type", "Attributes must be plain JSON.")


CLEANERS: dict[str, Callable[[Any], Any]] = {
    "name": clean_name,
    "kind": clean_kind,
    "environment": clean_environment,
    "criticality": clean_criticality,
    "status": clean_status,
    "source": clean_source,
    "external_id": clean_external_id,
    "attributes": clean_attributes,
}
"""Field to its rule. The owner team is not among them: it takes the database."""


def clean_fields(values: Mapping[str, Any]) -> tuple[dict[str, Any], list[FieldError]]:
    """Apply each field's rule. Returns the clean values and, together, every error."""
    clean: dict[str, Any] = {}
    errors: list[FieldError] = []
    for field, value in values.items():
        try:
            clean[field] = CLEANERS[field](value)
        except BadValue as bad:
            errors.append(FieldError(field, bad.code, bad.message))
    return clean, errors


def lookup_keys(name: str, attributes: Mapping[str, Any]) -> dict[str, KeySort]:
    """The keys under which alerts may find an item, each with the surest thing that it was taken from."""
    keys = {lookup_key(name) or name_key(name): KeySort.NAME}
    for attribute, sort in KEY_ATTRIBUTES.items():
        value = attributes.get(attribute)
        for text in value if isinstance(value, list) else [value]:
            if not isinstance(text, str) or len(keys) >= MOST_KEYS:
                continue
            # An address may carry its prefix length, which no alert does.
            key = lookup_key(text.split("/", 1)[0] if sort is KeySort.ADDRESS else text)
            if key and len(key) <= KEY_LENGTH and (key not in keys or sort < keys[key]):
                keys[key] = sort
    return keys

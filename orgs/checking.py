"""Checking what commands are given: cleaned texts and lists, and every bad field named at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any

from orgs.errors import Conflict, FieldError, Invalid
from orgs.text import check_text

DEFAULT_LENGTH = 500
LONGEST_TAG = 60
MOST_ITEMS = 100
MOST_TAGS = 50


class Refusals:
    """What several checks refuse, so that every bad field is named at once: ``with refusals:`` around each of them.

    Input that can never be right comes before a state that forbids it now.
    """

    def __init__(self) -> None:
        self._errors: list[FieldError] = []
        self._conflict: Conflict | None = None

    def __enter__(self) -> None:
        """Begin a check."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: object) -> bool:
        if isinstance(error, Invalid):
            self._errors += error.fields
            return True
        if isinstance(error, Conflict):
            self._conflict = self._conflict or error
            return True
        return False

    def check(self) -> None:
        """Raise ``Invalid`` that names every bad field, or else the first ``Conflict``, if anything was refused."""
        if self._errors:
            raise Invalid(self._errors)
        if self._conflict is not None:
            raise self._conflict


def checked_texts(
    values: Mapping[str, Any], *, lengths: Mapping[str, int], required: Iterable[str] = ()
) -> dict[str, str]:
    """The texts, cleaned and bounded (500 where ``lengths`` is silent). Raises ``Invalid`` that names every bad one."""
    errors: list[FieldError] = []
    needed = set(required)
    clean = {
        name: check_text(errors, name, value, longest=lengths.get(name, DEFAULT_LENGTH), required=name in needed)
        for name, value in values.items()
    }
    if errors:
        raise Invalid(errors)
    return clean


def is_list(value: object) -> bool:
    """Whether a value is several things rather than one text."""
    return isinstance(value, (Sequence, Set)) and not isinstance(value, (str, bytes))


def check_list(field: str, values: Sequence[str], *, longest: int = 200, most: int = MOST_ITEMS) -> list[str]:
    """A short list of texts without repeats, in order. Raises ``Invalid``."""
    if not is_list(values) or len(values) > most:
        raise Invalid.one(field, "items", f"Give a list of at most {most} texts.")
    errors: list[FieldError] = []
    clean = [check_text(errors, field, value, longest=longest, required=True) for value in values]
    if errors:
        raise Invalid(errors)
    return list(dict.fromkeys(clean))


def check_tags(values: Sequence[str]) -> list[str]:
    """The tags, sorted. Raises ``Invalid``."""
    return sorted(check_list("tags", values, longest=LONGEST_TAG, most=MOST_TAGS))


def check_choice(field: str, value: object, choices: Sequence[str]) -> str:
    """One of the choices. Raises ``Invalid`` that names them all."""
    if value not in choices:
        raise Invalid.one(field, "choice", f"Choose one of {', '.join(choices)}.")
    return str(value)

"""What people may type: how a text is cleaned and bounded before it is kept."""

from __future__ import annotations

import unicodedata

from orgs.errors import FieldError, Invalid

LONGEST_TEXT = 65_536
_BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and symbols that are drawn as nothing: the Hangul fillers and the blank Braille pattern."""
LONGEST_NAME = 200


def check_text(
    errors: list[FieldError], field: str, value: object, *, longest: int = LONGEST_TEXT, required: bool = False
) -> str:
    """The text without space around it; what is wrong with it is appended to ``errors``.

    Control characters other than tab and line breaks are refused, because they hide or break what is shown; a text
    of nothing but invisible characters counts as empty.
    """
    if not isinstance(value, str):
        errors.append(FieldError(field, "type", "Give a text."))
        return ""
    text = value.strip()
    if len(text) > longest:
        errors.append(FieldError(field, "max_length", f"Use at most {longest} characters; these are {len(text)}."))
    elif any(_unprintable(character) for character in text):
        errors.append(FieldError(field, "characters", "Remove the control characters."))
    elif required and not any(_visible(character) for character in text):
        errors.append(FieldError(field, "required", "Give a text; it may not be empty."))
    return text


def checked_name(name: object, field: str = "name") -> str:
    """A name of one line. Raises ``Invalid`` where it is empty, too long or holds what cannot be seen."""
    errors: list[FieldError] = []
    clean = check_text(errors, field, name, longest=LONGEST_NAME, required=True)
    if not errors and ("\n" in clean or "\r" in clean):
        errors.append(FieldError(field, "characters", "Use one line."))
    if errors:
        raise Invalid(errors)
    return clean


def is_storable(text: str) -> bool:
    """Whether a column could hold the text: a NUL or half a character is in none, and no database takes it."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def _unprintable(character: str) -> bool:
    return character not in "\t\n\r" and unicodedata.category(character) in ("Cc", "Cs")


def _visible(character: str) -> bool:
    return not (
        character.isspace()
        or character in _BLANKS
        or unicodedata.category(character) in ("Cf", "Cc", "Zs", "Zl", "Zp", "Mn", "Me")
    )

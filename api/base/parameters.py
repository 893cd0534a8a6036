"""Query parameters: each endpoint lists its own, and a name that is not listed is refused, never ignored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import QueryDict
from django.utils.dateparse import parse_date

from api.base.fields import as_moment, is_visible
from orgs.errors import FieldError, Invalid

MAX_TEXT = 200
DEFAULT_LIMIT = 50
MAX_LIMIT = 200


class Refused(Exception):
    """A value that the parameter does not take: a code and a sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Parameter:
    """One query parameter: what it is for, and whether it may repeat."""

    help: str
    many: bool = False

    def read(self, text: str) -> Any:
        """The value that one occurrence spells. Raises Refused."""
        return text

    def schema(self) -> dict[str, Any]:
        """The JSON schema of one occurrence."""
        return {"type": "string"}


@dataclass(frozen=True)
class Words(Parameter):
    """One of a few words. `means` maps each accepted word to what the filter gets; it may map to several."""

    means: Mapping[str, Any] | None = None
    shown: Sequence[str] = ()

    def read(self, text: str) -> Any:
        """What the word stands for."""
        table = self.means or {}
        if text not in table:
            raise Refused("invalid_choice", f"Send one of {', '.join(self.shown or table)}.")
        return table[text]

    def schema(self) -> dict[str, Any]:
        """The accepted words."""
        return {"type": "string", "enum": list(self.means or {})}


@dataclass(frozen=True)
class Phrase(Parameter):
    """A text of at most `longest` characters that shows something; compared as it is, never as a pattern."""

    longest: int = MAX_TEXT

    def read(self, text: str) -> str:
        """The text without whitespace at its ends."""
        if len(text) > self.longest:
            raise Refused("too_long", f"Send at most {self.longest} characters.")
        if "\x00" in text:
            raise Refused("bad_character", "NUL characters are not accepted.")
        if not is_visible(text):
            raise Refused("blank", "Leave the parameter out instead of sending it empty.")
        return text.strip()

    def schema(self) -> dict[str, Any]:
        """A bounded string."""
        return {"type": "string", "minLength": 1, "maxLength": self.longest}


@dataclass(frozen=True)
class When(Parameter):
    """A time with a zone, or a date, which means its first moment in UTC."""

    def read(self, text: str) -> datetime:
        """The time, aware. A `+` that arrived as a blank because it was not escaped is taken for what it was."""
        try:
            date = parse_date(text)
        except ValueError:
            date = None
        moment = as_moment(f"{date.isoformat()}T00:00:00Z" if date else text.replace(" ", "+"))
        if moment is None:
            raise Refused("invalid", "Send a time such as 2026-11-20T08:30:00Z, or a date.")
        return moment

    def schema(self) -> dict[str, Any]:
        """A time or a date."""
        return {"type": "string", "anyOf": [{"format": "date-time"}, {"format": "date"}]}


@dataclass(frozen=True)
class Ident(Parameter):
    """A UUID."""

    def read(self, text: str) -> UUID:
        """The id in its canonical spelling."""
        try:
            ident = UUID(text)
        except ValueError:
            ident = None
        if ident is None or str(ident) != text.lower():
            raise Refused("invalid", "Send an id such as 7f0c1f0e-8d5b-4a55-9c39-0f2a3c2a6a11.")
        return ident

    def schema(self) -> dict[str, Any]:
        """A UUID."""
        return {"type": "string", "format": "uuid"}


@dataclass(frozen=True)
class Number(Parameter):
    """An integer from `least` to `most`."""

    least: int = 1
    most: int = MAX_LIMIT

    def read(self, text: str) -> int:
        """The integer."""
        plain = text.isascii() and text.isdigit() and len(text) <= 10
        if not plain or not self.least <= int(text) <= self.most:
            raise Refused("out_of_range", f"Send a whole number from {self.least} to {self.most}.")
        return int(text)

    def schema(self) -> dict[str, Any]:
        """A bounded integer."""
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


LIMIT = Number(f"How many records one page holds; {DEFAULT_LIMIT} unless told.", least=1, most=MAX_LIMIT)
CURSOR = Phrase("Where the next page begins: the cursor that the page before answered.", longest=1000)
SEARCH = Phrase("Words to look for in title, description, reference and service; compared literally.")

Table = Mapping[str, Parameter]
Values = dict[str, Any]


def read_parameters(given: QueryDict, table: Table) -> Values:
    """The values of a query string; a parameter that may repeat yields a list. Raises Invalid for all faults at once."""
    faults: list[FieldError] = []
    values: Values = {}
    for name in given:
        if name not in table:
            known = ", ".join(table) or "none"
            shown = name[:100]
            faults.append(FieldError(shown, "unknown_parameter", f"No such parameter here; those that exist: {known}."))
    for name, parameter in table.items():
        texts = given.getlist(name)
        try:
            if texts:
                values[name] = _read(parameter, texts)
        except Refused as fault:
            faults.append(FieldError(name, fault.code, fault.message))
    if faults:
        raise Invalid(faults[:50])
    return values


def _read(parameter: Parameter, texts: Sequence[str]) -> Any:
    if parameter.many:
        return [parameter.read(text) for text in texts]
    if len(texts) > 1:
        raise Refused("repeated", "This parameter may be given once.")
    return parameter.read(texts[0])

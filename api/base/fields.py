"""Input fields that take a value of exactly their JSON type: `"true"` is no boolean and `true` is no integer."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, cast

from django.utils.dateparse import parse_datetime
from rest_framework import serializers

VISIBLE_PATTERN = "[!-~\u00a1-\u00ac\u00ae-\u0377]"
"""For descriptions: at least one character that surely leaves a mark. The check itself knows all of them."""
TIME_MESSAGE = "Send a time such as 2026-11-20T08:30:00Z, with Z or an offset."


def is_visible(text: str) -> bool:
    """Whether at least one character of the text leaves a mark (not only spaces, controls and zero-width ones)."""
    return any(unicodedata.category(character)[0] not in "ZC" and character not in _BLANK for character in text)


_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0\u034f\u17b4\u17b5\ufe0f\ufe0e")


class Text(serializers.CharField):
    """A string. `visible=True` refuses one that shows nothing; whitespace at both ends is cut."""

    default_error_messages = {"type": "Send a string.", "blank": "This may not be empty."}

    def __init__(self, *, visible: bool = False, **kwargs: Any) -> None:
        self.visible = visible
        kwargs.setdefault("allow_blank", not visible)
        super().__init__(**kwargs)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Refuse what is not a string before any conversion could hide it."""
        if data is not serializers.empty and data is not None and type(data) is not str:
            self.fail("type")
        if self.visible and isinstance(data, str) and not is_visible(data):
            self.fail("blank")
        return super().run_validation(data)


class Flag(serializers.Field[bool, bool, bool, Any]):
    """`true` or `false`."""

    default_error_messages = {"type": "Send true or false."}

    def to_internal_value(self, data: Any) -> bool:
        """The boolean itself."""
        if type(data) is not bool:
            self.fail("type")
        return data

    def to_representation(self, value: bool) -> bool:
        """The boolean itself."""
        return value


class Whole(serializers.IntegerField):
    """An integer."""

    default_error_messages = {"type": "Send an integer."}

    def to_internal_value(self, data: Any) -> int:
        """The integer itself, never a boolean, a float or digits in a string."""
        if type(data) is not int:
            self.fail("type")
        return data


class Amount(serializers.DecimalField):
    """A number, kept exactly; a string of digits is taken too, since that is how amounts are answered."""

    default_error_messages = {"type": "Send a number."}

    def to_internal_value(self, data: Any) -> Decimal:
        """The number as a decimal."""
        if type(data) not in (int, float, str):
            self.fail("type")
        try:
            text = str(data)
            Decimal(text)
        except InvalidOperation:
            self.fail("invalid")
        return super().to_internal_value(text)


class Moment(serializers.Field[datetime, str, str, Any]):
    """A time with a zone, ISO 8601."""

    default_error_messages = {"type": TIME_MESSAGE}

    def to_internal_value(self, data: Any) -> datetime:
        """The time, aware."""
        moment = as_moment(data) if type(data) is str else None
        if moment is None:
            self.fail("type")
        return moment

    def to_representation(self, value: datetime) -> str:
        """ISO 8601."""
        return value.isoformat()


def as_moment(text: str) -> datetime | None:
    """The time that the text spells, in UTC, or None; times that fall out of the calendar once in UTC count as none."""
    if len(text) > 40 or not text.isascii():
        return None
    try:
        moment = parse_datetime(text)
        if moment is None or moment.tzinfo is None:
            return None
        # Databases know smaller offsets than ISO 8601 allows; in UTC there is none.
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if 1 < moment.year < 9999 else None


class Word(serializers.ChoiceField):
    """One of a few words, spelt exactly so. `means` maps what is accepted to what is stored."""

    default_error_messages = {"type": "Send one of the words.", "invalid_choice": "Send one of {words}."}

    def __init__(self, means: Mapping[str, str], **kwargs: Any) -> None:
        self.means = dict(means)
        super().__init__(choices=list(means), **kwargs)

    def to_internal_value(self, data: Any) -> str:
        """The stored word for the one that was sent."""
        if type(data) is not str:
            self.fail("type")
        if data not in self.means:
            self.fail("invalid_choice", words=", ".join(self.means))
        return self.means[data]


class Many(serializers.ListField):
    """An array of values of one kind; `most` bounds its length."""

    def __init__(self, child: serializers.Field[Any, Any, Any, Any], *, most: int = 200, **kwargs: Any) -> None:
        kwargs.setdefault("allow_empty", True)
        super().__init__(child=child, max_length=most, **kwargs)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Refuse what is not an array; sets and strings are none."""
        if data is not serializers.empty and data is not None and type(data) is not list:
            self.fail("not_a_list", input_type=type(data).__name__)
        return super().run_validation(data)


class Members(serializers.Field[dict[str, Any], dict[str, Any], dict[str, Any], Any]):
    """An object of any members. `most` bounds how many; `check` may refuse with a sentence."""

    default_error_messages = {"type": "Send an object.", "size": "At most {most} members."}

    def __init__(
        self, *, most: int = 200, check: Callable[[dict[str, Any]], str | None] | None = None, **kwargs: Any
    ) -> None:
        self.most = most
        self.check = check
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """The object itself."""
        if type(data) is not dict:
            self.fail("type")
        if len(data) > self.most:
            self.fail("size", most=self.most)
        if self.check is not None and (message := self.check(data)):
            raise serializers.ValidationError(message, code="invalid")
        return cast(dict[str, Any], data)

    def to_representation(self, value: dict[str, Any]) -> dict[str, Any]:
        """The object itself."""
        return value


class RecordName(serializers.Field[str, str, str, Any]):
    """Names another record: its id or name, or the object that the API answers for it (its `id` counts)."""

    default_error_messages = {"type": "Send an id or a name.", "blank": "This may not be empty.", "long": "Too long."}
    longest = 300

    def to_internal_value(self, data: Any) -> str:
        """The id or name."""
        named = data.get("id") if type(data) is dict else data
        if type(named) is not str:
            self.fail("type")
        if not is_visible(named):
            self.fail("blank")
        if len(named) > self.longest:
            self.fail("long")
        return named.strip()

    def to_representation(self, value: str) -> str:
        """The id or name."""
        return value

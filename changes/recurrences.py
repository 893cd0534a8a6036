"""Recurrences: the wall-clock spans that a week, a month or a year repeats, as data, as JSON and in words. Pure."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date, datetime, time, timedelta
from typing import Any, ClassVar

from orgs.errors import FieldError, Invalid

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NTH = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", -1: "last"}
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])", re.ASCII)
_DAY_OF_YEAR = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])", re.ASCII)
_LEAP_YEAR = 2000

Span = tuple[datetime, datetime]
"""Begin and end on a wall clock, without a zone."""


@dataclass(frozen=True)
class Weekly:
    """Every week on some days (0 Monday), from one time of day to another; to an earlier or equal one, the next day."""

    LONGEST: ClassVar[timedelta] = timedelta(days=1)

    days: tuple[int, ...]
    begins: time
    ends: time

    def spans(self, first: date, last: date) -> Iterator[Span]:
        """The spans that begin on the days from first to last, in order."""
        return (_span(day, self.begins, self.ends) for day in _days(first, last) if day.weekday() in self.days)

    def as_data(self) -> dict[str, Any]:
        """As JSON; ``recurrence_of`` reads it."""
        return {"every": "week", "days": [DAYS[day] for day in self.days], **_times(self.begins, self.ends)}

    def in_words(self) -> str:
        """For people."""
        names = ", ".join(calendar.day_name[day] for day in self.days)
        return f"every {names} {_clock_words(self.begins, self.ends)}"


@dataclass(frozen=True)
class MonthlyByDay:
    """Every month on some day numbers, from a time of day to another.

    -1 is the month's last day and so on backwards. A month without a day leaves it out.
    """

    LONGEST: ClassVar[timedelta] = timedelta(days=1)

    days: tuple[int, ...]
    begins: time
    ends: time

    def spans(self, first: date, last: date) -> Iterator[Span]:
        """The spans that begin on the days from first to last, in order."""
        for year, month in _months(first, last):
            length = calendar.monthrange(year, month)[1]
            numbers = {day if day > 0 else length + 1 + day for day in self.days}
            for number in sorted(numbers):
                if 1 <= number <= length and first <= (day := date(year, month, number)) <= last:
                    yield _span(day, self.begins, self.ends)

    def as_data(self) -> dict[str, Any]:
        """As JSON; ``recurrence_of`` reads it."""
        return {"every": "month", "days": list(self.days), **_times(self.begins, self.ends)}

    def in_words(self) -> str:
        """For people."""
        names = ", ".join(str(day) if day > 0 else _from_the_end(day) for day in self.days)
        return f"every month on day {names} {_clock_words(self.begins, self.ends)}"


@dataclass(frozen=True)
class MonthlyByWeekday:
    """Every month on the nth of a weekday (0 Monday; nth from 1 to 5, or -1 for the last), from a time to another."""

    LONGEST: ClassVar[timedelta] = timedelta(days=1)

    nth: int
    weekday: int
    begins: time
    ends: time

    def spans(self, first: date, last: date) -> Iterator[Span]:
        """The spans that begin on the days from first to last, in order."""
        for year, month in _months(first, last):
            weekday_of_first, length = calendar.monthrange(year, month)
            numbers = range(1 + (self.weekday - weekday_of_first) % 7, length + 1, 7)
            position = self.nth - 1 if self.nth > 0 else len(numbers) - 1
            if position < len(numbers) and first <= (day := date(year, month, numbers[position])) <= last:
                yield _span(day, self.begins, self.ends)

    def as_data(self) -> dict[str, Any]:
        """As JSON; ``recurrence_of`` reads it."""
        return {"every": "month", "nth": self.nth, "weekday": DAYS[self.weekday], **_times(self.begins, self.ends)}

    def in_words(self) -> str:
        """For people."""
        day = calendar.day_name[self.weekday]
        return f"every {_NTH[self.nth]} {day} of the month {_clock_words(self.begins, self.ends)}"


@dataclass(frozen=True)
class Yearly:
    """Every year from one (month, day) to another, both days whole and included; to an earlier one, the next year.

    29 February is the 28th in the years without it.
    """

    LONGEST: ClassVar[timedelta] = timedelta(days=367)

    begins: tuple[int, int]
    ends: tuple[int, int]

    def spans(self, first: date, last: date) -> Iterator[Span]:
        """The spans that begin on the days from first to last, in order."""
        for year in range(first.year, last.year + 1):
            over = year + (self.ends < self.begins)
            if over <= MAXYEAR and first <= (day := _day_of(year, self.begins)) <= last:
                midnight = datetime.combine(_day_of(over, self.ends), time())
                if midnight.date() < date.max:
                    yield datetime.combine(day, time()), midnight + timedelta(days=1)

    def as_data(self) -> dict[str, Any]:
        """As JSON; ``recurrence_of`` reads it."""
        return {
            "every": "year",
            "from": f"{self.begins[0]:02}-{self.begins[1]:02}",
            "to": f"{self.ends[0]:02}-{self.ends[1]:02}",
        }

    def in_words(self) -> str:
        """For people."""
        (month, day), (other_month, other_day) = self.begins, self.ends
        return (
            f"every year from {day} {calendar.month_name[month]} to {other_day} {calendar.month_name[other_month]}, "
            "both included"
        )


Recurrence = Weekly | MonthlyByDay | MonthlyByWeekday | Yearly

_KEYS: dict[str, frozenset[str]] = {
    "week": frozenset({"every", "days", "from", "to"}),
    "month": frozenset({"every", "days", "nth", "weekday", "from", "to"}),
    "year": frozenset({"every", "from", "to"}),
}


def recurrence_of(data: Any) -> Recurrence:
    """The recurrence that JSON states.

    ``{"every": "week", "days": ["sat"], "from": "22:00", "to": "06:00"}``; ``"every": "month"`` with ``days`` (numbers,
    from the end where negative) or with ``nth`` and ``weekday``; ``{"every": "year", "from": "12-20", "to": "01-06"}``.
    Raises ``Invalid`` that names every bad member.
    """
    if not isinstance(data, Mapping):
        raise Invalid.one("recurrence", "type", "Give an object that begins with every: week, month or year.")
    every = data.get("every")
    if not isinstance(every, str) or every not in _KEYS:
        raise Invalid.one("recurrence.every", "choice", "Choose one of week, month, year.")
    errors = [
        FieldError(f"recurrence.{str(name)[:60]}", "unknown", f"A recurrence of the {every} has no such member.")
        for name in data
        if name not in _KEYS[every]
    ]
    found: Recurrence
    if every == "year":
        begins, ends = (_read_day_of_year(data, name, errors) for name in ("from", "to"))
        found = Yearly(begins, ends)
    else:
        times = tuple(_read_clock(data, name, errors) for name in ("from", "to"))
        if every == "week":
            found = Weekly(_read_weekdays(data, errors), *times)
        elif "days" in data or "nth" not in data:
            errors += [
                FieldError(f"recurrence.{name}", "exclusive", "Give either days, or nth and weekday.")
                for name in ("nth", "weekday")
                if name in data
            ]
            found = MonthlyByDay(_read_numbers(data, errors), *times)
        else:
            found = MonthlyByWeekday(_read_nth(data, errors), _read_weekday(data, errors), *times)
    if errors:
        raise Invalid(errors)
    return found


def _read_clock(data: Mapping[str, Any], name: str, errors: list[FieldError]) -> time:
    value = data.get(name)
    if isinstance(value, str) and (match := _CLOCK.fullmatch(value)):
        return time(int(match[1]), int(match[2]))
    errors.append(FieldError(f"recurrence.{name}", "time", "Give a time of day from 00:00 to 23:59."))
    return time()


def _read_day_of_year(data: Mapping[str, Any], name: str, errors: list[FieldError]) -> tuple[int, int]:
    value = data.get(name)
    if isinstance(value, str) and (match := _DAY_OF_YEAR.fullmatch(value)):
        month, day = int(match[1]), int(match[2])
        if day <= calendar.monthrange(_LEAP_YEAR, month)[1]:
            return month, day
    errors.append(FieldError(f"recurrence.{name}", "day", "Give a month and a day as 12-24."))
    return 1, 1


def _read_weekdays(data: Mapping[str, Any], errors: list[FieldError]) -> tuple[int, ...]:
    values = data.get("days")
    if isinstance(values, list) and values and all(isinstance(each, str) and each in DAYS for each in values):
        return tuple(sorted({DAYS.index(each) for each in values}))
    errors.append(FieldError("recurrence.days", "choice", f"Give at least one of {', '.join(DAYS)}."))
    return ()


def _read_weekday(data: Mapping[str, Any], errors: list[FieldError]) -> int:
    value = data.get("weekday")
    if isinstance(value, str) and value in DAYS:
        return DAYS.index(value)
    errors.append(FieldError("recurrence.weekday", "choice", f"Choose one of {', '.join(DAYS)}."))
    return 0


def _read_nth(data: Mapping[str, Any], errors: list[FieldError]) -> int:
    value = data.get("nth")
    if isinstance(value, int) and not isinstance(value, bool) and value in _NTH:
        return value
    errors.append(FieldError("recurrence.nth", "choice", "Choose one of 1, 2, 3, 4, 5, or -1 for the last."))
    return 1


def _read_numbers(data: Mapping[str, Any], errors: list[FieldError]) -> tuple[int, ...]:
    values = data.get("days")
    if isinstance(values, list) and values and all(_is_day_number(each) for each in values):
        return tuple(sorted(set(values), key=lambda day: (day < 0, day)))
    errors.append(
        FieldError("recurrence.days", "range", "Give day numbers from 1 to 31, or from -1 (the last) to -31.")
    )
    return ()


def _is_day_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= abs(value) <= 31


def _days(first: date, last: date) -> Iterator[date]:
    return (date.fromordinal(number) for number in range(first.toordinal(), last.toordinal() + 1))


def _months(first: date, last: date) -> Iterator[tuple[int, int]]:
    months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return ((number // 12, number % 12 + 1) for number in months if MINYEAR <= number // 12 <= MAXYEAR)


def _span(day: date, begins: time, ends: time) -> Span:
    start = datetime.combine(day, begins)
    return start, datetime.combine(day, ends) + timedelta(days=ends <= begins)


def _day_of(year: int, month_and_day: tuple[int, int]) -> date:
    month, day = month_and_day
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))


def _times(begins: time, ends: time) -> dict[str, str]:
    return {"from": f"{begins:%H:%M}", "to": f"{ends:%H:%M}"}


def _clock_words(begins: time, ends: time) -> str:
    if begins == ends:
        return "all day" if begins == time() else f"from {begins:%H:%M} for 24 hours"
    return f"from {begins:%H:%M} to {ends:%H:%M}" + (" the next day" if ends < begins else "")


def _from_the_end(day: int) -> str:
    return "the last" if day == -1 else f"{-day} from the end"

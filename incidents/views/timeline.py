"""The timeline: a page of events in words, runs of machine entries folded, each with its permanent address."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.template.loader import get_template

from incidents.markdown import LONGEST, render
from incidents.models import Incident, IncidentEvent
from incidents.views.snapshot import Snapshot
from incidents.wording import ALERT, KINDS, SYSTEM, actor_words, describe, kind_of, types_of
from orgs.durations import clock, duration, iso, stamp
from orgs.errors import Invalid
from orgs.neutral import neutral_lines
from orgs.remembered import Remembered

PAGE_SIZE = 60
BEFORE_LINK = 20
FOLD_ALERTS = 4
MARKDOWN_BUDGET = 3 * LONGEST
"""Characters of Markdown that one page renders; what is beyond them is shown as plain text."""
PLAIN_LENGTH = 2_000


@dataclass(frozen=True)
class Entry:
    """One event as it is printed."""

    number: int
    day: date
    html: str


@dataclass
class Line:
    """One line of the timeline: an entry, or several behind the words of ``fold``; a new day has a ``heading``."""

    fold: str
    entries: list[Entry]
    heading: str = ""


_printed: Remembered[Entry] = Remembered(4096)


@dataclass(frozen=True)
class Wanted:
    """Which part of a timeline: the kinds that are shown, and the event number to begin below."""

    kinds: frozenset[str]
    before: int


def read_wanted(query: Any) -> Wanted:
    """What an address asks for. ``event`` names one that must be on the page. Raises ``Invalid``."""
    kinds = frozenset(query.getlist("show"))
    if not kinds <= set(KINDS):
        raise Invalid.one("show", "choice", f"Choose among {', '.join(KINDS)}.")
    event = _number("event", query.get("event", ""))
    before = event + BEFORE_LINK if event else _number("before", query.get("before", ""))
    return Wanted(frozenset() if event else kinds, before)


def _number(name: str, text: str) -> int:
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Invalid.one(name, "invalid", "Give the number of an event.")
    return int(text)


def events_for(shown: Snapshot, wanted: Wanted, *, size: int = PAGE_SIZE) -> tuple[list[IncidentEvent], bool]:
    """The newest events of the wanted kinds below the place, and whether there are older ones."""
    stream = IncidentEvent.objects.filter(aggregate=shown.row).order_by("-seq")
    if shown.at is not None:
        stream = stream.filter(recorded_at__lte=shown.at)
    if wanted.before:
        stream = stream.filter(seq__lt=wanted.before)
    if wanted.kinds:
        types, leave_out = types_of(set(wanted.kinds))
        stream = stream.exclude(type__in=types) if leave_out else stream.filter(type__in=types)
    found = list(stream[: size + 1])
    return found[:size], len(found) > size


def entries_of(events: Iterable[IncidentEvent], *, folded: bool) -> list[Line]:
    """The lines of the timeline, newest first; runs of system entries and of alerts fold into one, new days have headings."""
    budget = MARKDOWN_BUDGET
    found: list[Line] = []
    for kind, run in groupby(events, key=lambda event: kind_of(event.type)):
        entries = []
        for event in run:
            entry, budget = _remembered_entry(event, budget)
            entries.append(entry)
        if folded and (kind == SYSTEM or (kind == ALERT and len(entries) >= FOLD_ALERTS)):
            found.append(Line(_fold_words(kind, entries), entries))
        else:
            found.extend(Line("", [entry]) for entry in entries)
    last = None
    for line in found:
        day = line.entries[0].day
        line.heading = f"{day:%A, %d %B %Y}" if day != last else ""
        last = line.entries[-1].day
    return found


def _fold_words(kind: str, entries: list[Entry]) -> str:
    number = len(entries)
    if kind == ALERT:
        return f"{number} signals, numbers {entries[-1].number} to {entries[0].number}"
    return f"{number} system {'entry' if number == 1 else 'entries'}"


def _remembered_entry(event: IncidentEvent, budget: int) -> tuple[Entry, int]:
    """An event never changes, so it is put in words and printed once; unless its personal text is erased."""
    length = 0

    def make() -> Entry:
        nonlocal length
        prepared, length = _entry(event, budget)
        html = get_template("incidents/_entry.html").render({"e": prepared})
        return Entry(event.seq, event.occurred_at.date(), html)

    entry = _printed.get((event.pk, bool(event.personal), budget <= 0), make)
    return entry, budget - length


def _entry(event: IncidentEvent, budget: int) -> tuple[dict[str, Any], int]:
    """What `incidents/_entry.html` prints of one event, and how much of the Markdown budget it takes."""
    words = describe(event)
    entry: dict[str, Any] = {
        "number": event.seq,
        "tone": words.tone,
        "who": actor_words(event) if words.by else "",
        "what": words.what,
        "tag": words.tag,
        "detail": words.detail,
        "at": iso(event.occurred_at),
        "clock": clock(event.occurred_at),
        "late": "",
    }
    gap = (event.recorded_at - event.occurred_at).total_seconds()
    if gap >= 1:
        entry["late"] = f"written {duration(gap)} later, at {stamp(event.recorded_at)}"
    if words.text:
        if len(words.text) <= budget:
            entry["html"] = render(words.text)
            return entry, len(words.text)
        entry["plain"] = neutral_lines(words.text[:PLAIN_LENGTH])
    return entry, 0


def filters_of(base: str, kept: list[tuple[str, str]], wanted: Wanted) -> list[dict[str, Any]]:
    """The timeline's filters, each with the address that toggles it."""
    found = []
    for kind, word in KINDS.items():
        kinds = wanted.kinds - {kind} if kind in wanted.kinds else wanted.kinds | {kind}
        pairs = [*kept, *(("show", name) for name in KINDS if name in kinds)]
        found.append(
            {"label": word, "url": base + (f"?{urlencode(pairs)}" if pairs else ""), "current": kind in wanted.kinds}
        )
    return found


def raw_events(row: Incident, before: int, *, size: int = 25) -> tuple[list[IncidentEvent], bool]:
    """A page of the stream itself, newest first, and whether there is more."""
    stream = IncidentEvent.objects.filter(aggregate=row).order_by("-seq")
    if before:
        stream = stream.filter(seq__lt=before)
    found = list(stream[: size + 1])
    return found[:size], len(found) > size

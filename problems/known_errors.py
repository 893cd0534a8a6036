"""The known-error database: what is known already of symptoms like these, best match first, each with its reasons."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.db.models.expressions import Combinable

from cmdb.queries import match_names
from incidents.models import Incident
from incidents.queries import affected_ids
from orgs.queries import as_uuid
from orgs.text import is_storable
from problems.models import Problem, ProblemCI, ProblemService
from problems.states import Status

T = TypeVar("T")

SHORTEST_WORD = 3
MOST_WORDS = 10
MOST_RANKED = 60
"""Known errors that are ranked in full, of those that the database finds to share the most."""
MOST_NEAR = 500
"""Known errors on the same items, or in the same services, that are looked at."""
CI_HITS = 3
"""So many words weighs an item in common, until the ranking."""
MOST_SHOWN = 5
MOST_NAMED = 50
MOST_LISTED = 4
TEXT_WEIGHT, CI_WEIGHT, SERVICE_WEIGHT = 0.6, 0.3, 0.1
LEAST_SHARE = 0.34
"""The share of the words that must be found where nothing but words speaks for a match."""
_WORD = re.compile(r"\w[\w-]*\w")
_SAYING_NOTHING = (
    "and are but can does for from has have its not the this that was were with when while after before into since "
    "der die das und ist mit von nicht"
)
_PLAIN = frozenset(_SAYING_NOTHING.split())
"""Words that say nothing of a symptom."""


@dataclass(frozen=True)
class KnownError:
    """A known error that may explain what is seen: how well it matches, up to 1, and why it is shown."""

    problem: Problem
    score: float
    reasons: tuple[str, ...]


def known_errors(
    text: str = "", cis: Iterable[UUID] = (), services: Iterable[str] = (), *, limit: int = MOST_SHOWN
) -> list[KnownError]:
    """The known errors of the current organisation that match a symptom, items or services, the best first.

    ``text`` is searched for word by word in title, symptoms and description. Without anything to match, the latest
    known errors, without reasons. Three queries, whatever their number.
    """
    words, ci_ids, keys = _words(text), _first(cis), _first(service.casefold() for service in services)
    rows = Problem.objects.filter(status=Status.KNOWN_ERROR)
    if not (words or ci_ids or keys):
        # A text without a word to look for matches nothing; no text at all asks for everything.
        latest = [] if text.strip() else rows.order_by("-known_since", "-id")[:limit]
        return [KnownError(row, 0.0, ()) for row in latest]
    shared, served = _on_items(ci_ids), _in_services(keys)
    near = {pk: CI_HITS * (pk in shared) + (pk in served) for pk in {*shared, *served}}
    found = (_match(row, words, shared.get(row.pk, ()), keys) for row in _candidates(rows, words, near))
    ranked = [match for match in found if match is not None]
    ranked.sort(key=lambda match: (-match.score, -match.problem.workaround_helped, match.problem.reference))
    return ranked[:limit]


def known_errors_for(incident: Incident, *, limit: int = MOST_SHOWN) -> list[KnownError]:
    """The known errors that may explain an incident."""
    services = [*incident.services, *([incident.service_name] if incident.service_name else [])]
    return known_errors(incident.title, affected_ids(incident), services, limit=limit)


def known_errors_for_draft(
    *, title: str, services: Sequence[str] = (), cis: Sequence[str] = (), limit: int = MOST_SHOWN
) -> list[KnownError]:
    """The same while an incident is being written. ``cis`` are ids or names; what names nothing yet is left out."""
    given = [text for text in cis[:MOST_NAMED] if is_storable(text)]
    ids = {value for text in given if (value := as_uuid(text.strip()))}
    names = [text for text in given if as_uuid(text.strip()) is None]
    ids |= {ci.pk for ci in match_names(names).values()} if names else set()
    if not (title.strip() or ids or any(services)):
        return []
    return known_errors(title, ids, services, limit=limit)


def _words(text: str) -> list[str]:
    """The words worth looking for, each once, in one case."""
    if not is_storable(text):
        return []
    found = (word for word in _WORD.findall(text.casefold()) if len(word) >= SHORTEST_WORD and word not in _PLAIN)
    return list(dict.fromkeys(found))[:MOST_WORDS]


def _first(values: Iterable[T]) -> list[T]:
    return list(dict.fromkeys(values))[:MOST_NAMED]


def _candidates(rows: QuerySet[Problem], words: list[str], near: Mapping[UUID, int]) -> QuerySet[Problem]:
    """The rows that share anything, those that share the most first. ``near`` weighs those that share more than words."""
    sharing = Q()
    hits: Combinable = Value(0)
    conditions = [(Q(search_text__contains=word), 1) for word in words]
    weights = sorted(set(near.values()))
    conditions += [(Q(pk__in=[pk for pk, held in near.items() if held == weight]), weight) for weight in weights]
    for condition, weight in conditions:
        sharing |= condition
        hits = hits + Case(When(condition, then=Value(weight)), default=Value(0), output_field=IntegerField())
    return (
        rows.filter(sharing).annotate(hits=hits).order_by("-hits", "-workaround_helped", "-known_since")[:MOST_RANKED]
    )


def _match(row: Problem, words: list[str], shared: Sequence[str], keys: Collection[str]) -> KnownError | None:
    """How well one known error matches, and why; None where too little of the words is all that speaks for it.

    ``shared`` are the names of the items that it affects too.
    """
    found = [word for word in words if _begins_a_word(word, row.search_text)]
    services = [service for service in row.services if service.casefold() in keys]
    share = len(found) / len(words) if words else 0.0
    if share < LEAST_SHARE and not shared and not services:
        return None
    score = TEXT_WEIGHT * share + CI_WEIGHT * bool(shared) + SERVICE_WEIGHT * bool(services)
    return KnownError(row, round(score, 3), tuple(_reasons(row, found, shared, services)))


def _begins_a_word(word: str, text: str) -> bool:
    """Whether a word of the text is the word or goes on from it; the database finds it inside of others too."""
    return re.search(rf"(?<!\w){re.escape(word)}", text) is not None


def _reasons(row: Problem, words: list[str], cis: Sequence[str], services: list[str]) -> Iterator[str]:
    if words:
        yield f"Says {_listed(words)}."
    if cis:
        yield f"Affects {_listed(cis)} too."
    if services:
        yield f"Touches the service {_listed(services)}."
    if row.workaround_used:
        yield f"Its workaround helped {row.workaround_helped} of {row.workaround_used} times."


def _listed(names: Sequence[str]) -> str:
    more = len(names) - MOST_LISTED
    return ", ".join(names[:MOST_LISTED]) + (f" and {more} more" if more > 0 else "")


def _on_items(cis: list[UUID]) -> dict[UUID, list[str]]:
    """The known errors that affect any of the items, with the names of those that they do, by one query."""
    found: dict[UUID, list[str]] = {}
    if cis:
        places = ProblemCI.objects.filter(ci__in=cis, problem__status=Status.KNOWN_ERROR).order_by("ci__name")
        for problem_id, name in places.values_list("problem_id", "ci__name")[:MOST_NEAR]:
            found.setdefault(problem_id, []).append(name)
    return found


def _in_services(keys: list[str]) -> set[UUID]:
    """The known errors that touch any of the services, by one query."""
    if not keys:
        return set()
    places = ProblemService.objects.filter(key__in=keys, problem__status=Status.KNOWN_ERROR)
    return set(places.values_list("problem_id", flat=True)[:MOST_NEAR])

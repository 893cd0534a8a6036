"""Filters that several dialects' lists share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from api.base.parameters import Words
from api.vocabulary import SEVERITY_MEANS, Dialect
from orgs.models import Team


def status_parameter(dialect: Dialect) -> Words:
    """`status`, in the dialect's words; each stands for every canonical status that it shows."""
    return Words("Any of these statuses.", many=True, means={w: dialect.stands_for(w) for w in dialect.status_words})


SEVERITY = Words("Any of these severities, in any dialect's spelling.", many=True, means=SEVERITY_MEANS)


def statuses(values: Mapping[str, Any]) -> list[str]:
    """The canonical statuses that a read `status` parameter stands for."""
    return sorted(frozenset[str]().union(*values.get("status", ())))


def assigned_texts(texts: Iterable[str]) -> list[str]:
    """What incidents are shown as assigned to, for texts that may be a team's slug as well."""
    given = list(texts)
    slugs = [text.casefold() for text in given]
    return [*given, *(Team.objects.filter(slug__in=slugs).values_list("name", flat=True) if given else ())]

"""Suspects: what may have caused an incident, as told by those who keep such records."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.utils.module_loading import import_string

from incidents.models import Incident


@dataclass(frozen=True)
class Suspect:
    """Something that may be the cause: its reference and title, a score up to 1, and the reasons in words."""

    reference: str
    title: str
    score: float
    reasons: tuple[str, ...]


Finder = Callable[[Incident], list[Suspect]]


@lru_cache(maxsize=1)
def _finders() -> tuple[Finder, ...]:
    return tuple(import_string(path) for path in settings.ITSM_SUSPECT_FINDERS)


def suspects_of(incident: Incident) -> list[Suspect]:
    """The suspects of every finder that the settings name, the most suspicious first."""
    found = [suspect for finder in _finders() for suspect in finder(incident)]
    return sorted(found, key=lambda suspect: -suspect.score)

"""Translating the words that sources use for criticality, environment and relations."""

from __future__ import annotations

import re
from collections.abc import Iterable

from cmdb.vocabulary import Criticality, DependencyKind

_CRITICALITIES = {
    **{value: value for value in Criticality.values},
    "most critical": "critical",
    "mission critical": "critical",
    "very high": "critical",
    "somewhat critical": "high",
    "less critical": "medium",
    "normal": "medium",
    "moderate": "medium",
    "not critical": "low",
    "none": "low",
    "tier-0": "critical",
    "tier-1": "critical",
    "tier-2": "high",
    "tier-3": "medium",
    "tier-4": "low",
    "1": "critical",
    "2": "high",
    "3": "medium",
    "4": "low",
}
_NUMBERED = re.compile(r"([1-4])\s*-\s*\S.*")
_TAGGED = re.compile(r"(?:criticality[-:=_/ ])?(.+)")
_ENVIRONMENTS = {
    "production": "production",
    "prod": "production",
    "prd": "production",
    "staging": "staging",
    "stage": "staging",
    "stg": "staging",
    "test": "test",
    "testing": "test",
    "qa": "qa",
    "uat": "uat",
    "development": "development",
    "dev": "development",
    "disaster-recovery": "disaster-recovery",
    "dr": "disaster-recovery",
    "sandbox": "sandbox",
    "lab": "lab",
}
_ENVIRONMENT_TAG = re.compile(r"(?:env|environment)[-:=_/ ](?P<name>.+)")


def criticality_of(word: str | None) -> str | None:
    """The criticality that a source's word means (``1 - most critical``, ``High``, ``tier-2``), or None."""
    if word is None:
        return None
    text = word.strip().casefold()
    if match := _NUMBERED.fullmatch(text):
        text = match[1]
    return _CRITICALITIES.get(text)


def criticality_of_tags(tags: Iterable[str]) -> str | None:
    """The highest criticality that a tag names: ``tier-1``, ``critical``, ``criticality-high``; or None."""
    named = {found for tag in tags if (match := _TAGGED.fullmatch(tag.casefold())) and (found := _tier(match[1]))}
    return next((value for value in Criticality.values if value in named), None)


def _tier(word: str) -> str | None:
    # A bare digit as a tag says nothing about criticality.
    return None if word.isdigit() else _CRITICALITIES.get(word)


def environment_of_tags(tags: Iterable[str]) -> str | None:
    """The environment that a tag names: ``prod``, ``env-staging``; or None."""
    for tag in tags:
        text = tag.strip().casefold()
        if match := _ENVIRONMENT_TAG.fullmatch(text):
            return _ENVIRONMENTS.get(match["name"], match["name"])
        if text in _ENVIRONMENTS:
            return _ENVIRONMENTS[text]
    return None


def relation_of(word: str | None) -> str | None:
    """The kind of dependency that a word names in any usual spelling (``Runs on``, ``depends-on``), or None."""
    if word is None:
        return None
    text = re.sub(r"[\s-]+", "_", word.strip().casefold())
    return text if text in DependencyKind.values else None

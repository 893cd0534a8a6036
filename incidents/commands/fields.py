"""What the fields of an incident may hold: the one place where its input is checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cmdb.models import ConfigurationItem
from cmdb.queries import resolve_cis
from incidents.events import CiRef
from incidents.states import Severity, Status
from orgs.errors import Conflict, FieldError, Invalid
from orgs.queries import match_assignee
from orgs.text import check_text

LENGTHS: Mapping[str, int] = {
    "title": 500,
    "description": 65_536,
    "environment": 100,
    "service_name": 200,
    "source": 100,
    "detected_by": 200,
    "assigned_to": 200,
    "assignee": 200,
    "runbook_path": 500,
    "root_cause": 65_536,
    "resolution": 65_536,
    "reason": 10_000,
    "note": 10_000,
    "details": 65_536,
    "text": 65_536,
    "slo_id": 200,
    "kind": 40,
}
LONGEST_TAG = 60
MOST_CIS = 1000
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


@dataclass(frozen=True)
class Assignment:
    """What is shown as assigned, and the team and the person behind it; ``person`` is a name, known here or not."""

    text: str
    team_id: UUID | None
    user_id: int | None
    person: str


def checked(
    values: dict[str, Any], *, required: Iterable[str] = (), lengths: Mapping[str, int] = LENGTHS
) -> dict[str, str]:
    """The texts, cleaned and bounded (500 where ``lengths`` is silent). Raises ``Invalid`` that names every bad one."""
    errors: list[FieldError] = []
    needed = set(required)
    clean = {
        name: check_text(errors, name, value, longest=lengths.get(name, 500), required=name in needed)
        for name, value in values.items()
    }
    if errors:
        raise Invalid(errors)
    return clean


def check_severity(value: str, field: str = "severity") -> str:
    """The severity. Raises ``Invalid``."""
    if value not in Severity.values:
        raise Invalid.one(field, "choice", f"Choose one of {', '.join(Severity.values)}.")
    return str(value)


def check_status(value: str) -> str:
    """The status. Raises ``Invalid``."""
    if value not in Status.values:
        raise Invalid.one("status", "choice", f"Choose one of {', '.join(Status.values)}.")
    return str(value)


def check_list(field: str, values: Sequence[str], *, longest: int = 200, most: int = MOST_ITEMS) -> list[str]:
    """A short list of texts without repeats, in order. Raises ``Invalid``."""
    if not _is_list(values) or len(values) > most:
        raise Invalid.one(field, "items", f"Give a list of at most {most} texts.")
    errors: list[FieldError] = []
    clean = [check_text(errors, field, value, longest=longest, required=True) for value in values]
    if errors:
        raise Invalid(errors)
    return list(dict.fromkeys(clean))


def check_tags(values: Sequence[str]) -> list[str]:
    """The tags, sorted. Raises ``Invalid``."""
    return sorted(check_list("tags", values, longest=LONGEST_TAG, most=MOST_TAGS))


def _is_list(value: object) -> bool:
    return isinstance(value, (Sequence, Set)) and not isinstance(value, (str, bytes))


def find_affected(idents: Sequence[Any], org_id: UUID) -> list[ConfigurationItem]:
    """The configuration items by row, id or name, each once. Raises ``Invalid`` that names the unknown ones.

    A row of another organisation than ``org_id`` is as unknown as one that never was.
    """
    if not _is_list(idents) or len(idents) > MOST_CIS:
        raise Invalid.one("affected_cis", "items", f"Give a list of at most {MOST_CIS} configuration items.")
    given = [item for item in idents if isinstance(item, ConfigurationItem) and item.org_id == org_id]
    others = [item for item in idents if not (isinstance(item, ConfigurationItem) and item.org_id == org_id)]
    named = [str(item.pk if isinstance(item, ConfigurationItem) else item) for item in others]
    found = [*given, *(resolve_cis(named) if named else [])]
    return list({ci.pk: ci for ci in found}.values())


def as_refs(cis: Iterable[ConfigurationItem]) -> list[CiRef]:
    """Configuration items as events name them, in a stable order."""
    return sorted(({"id": str(ci.pk), "name": ci.name} for ci in cis), key=lambda ref: (ref["name"], ref["id"]))


def find_assignment(text: str, person: str = "") -> Assignment:
    """Whom a text names: a team or a member of the organisation, or nobody that we know.

    ``person`` adds who of them works on it; alone, it is what the text would be.
    """
    clean = checked({"assigned_to": text})["assigned_to"]
    name = checked({"assignee": person})["assignee"]
    team, user = match_assignee(clean) if clean else (None, None)
    if name:
        # A name that only a team bears is no person, but still what was said.
        _, named = match_assignee(name)
        shown = named.display_name() if named else name
        return Assignment(
            team.name if team else clean or shown, team.pk if team else None, named.pk if named else None, shown
        )
    if team is not None:
        return Assignment(team.name, team.pk, None, "")
    if user is not None:
        return Assignment(user.display_name(), None, user.pk, user.display_name())
    return Assignment(clean, None, None, "")

"""Whom a record is given to: what a free text means among the teams and people of the organisation."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from orgs.checking import checked_texts
from orgs.queries import match_assignee

ASSIGNMENT_LENGTH = 200
_LENGTHS = dict.fromkeys(("assigned_to", "assignee"), ASSIGNMENT_LENGTH)


@dataclass(frozen=True)
class Assignment:
    """What is shown as assigned, and the team and the person behind it; ``person`` is a name, known here or not."""

    text: str
    team_id: UUID | None
    user_id: int | None
    person: str


def find_assignment(text: str, person: str = "") -> Assignment:
    """Whom a text names: a team or a member of the organisation, or nobody that we know.

    ``person`` adds who of them works on it; alone, it is what the text would be. Raises ``Invalid``.
    """
    clean = checked_texts({"assigned_to": text}, lengths=_LENGTHS)["assigned_to"]
    name = checked_texts({"assignee": person}, lengths=_LENGTHS)["assignee"]
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

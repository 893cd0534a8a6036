"""Whom an incident may be assigned to, as suggestions while a name is typed; and the reader's own teams."""

from __future__ import annotations

from uuid import UUID

from orgs.clock import now
from orgs.models import TeamMember
from orgs.queries import members, teams
from orgs.remembered import Remembered

FRESH_SECONDS = 15
_names: Remembered[list[str]] = Remembered(64)
_own: Remembered[frozenset[UUID]] = Remembered(1024)


def assignees(org_id: UUID) -> list[str]:
    """The names of the teams and the members of the current organisation; at most fifteen seconds old."""
    moment = int(now().timestamp()) // FRESH_SECONDS
    return _names.get(
        (org_id, moment), lambda: [*(team.name for team in teams()), *(user.display_name() for user in members())]
    )


def own_teams(org_id: UUID, user_id: int | None) -> frozenset[UUID]:
    """The teams of the current organisation that a person is in; at most fifteen seconds old."""
    if user_id is None:
        return frozenset()
    moment = int(now().timestamp()) // FRESH_SECONDS
    rows = TeamMember.objects.filter(user_id=user_id, team__org_id=org_id)
    return _own.get((org_id, user_id, moment), lambda: frozenset(rows.values_list("team_id", flat=True)))

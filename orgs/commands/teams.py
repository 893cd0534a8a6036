"""Teams of an organisation, and who is in them."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils.text import slugify

from orgs.actor import Actor
from orgs.errors import Conflict, Invalid, NotFound
from orgs.models import Membership, Organisation, Team, TeamMember, User
from orgs.policy import require
from orgs.tenancy import org_scope
from orgs.text import checked_name

SLUG_LENGTH = 63


def create_team(*, actor: Actor | None, org: Organisation, name: str, members: Iterable[User] = ()) -> Team:
    """Create a team with its members, who must belong to the organisation. Raises ``Conflict``, ``Invalid``."""
    if actor is not None:
        require(actor, "org.manage")
        if actor.org_id != org.id:
            raise NotFound("organisation")
    name = checked_name(name)
    slug = slugify(name, allow_unicode=True)[:SLUG_LENGTH]
    if not slug:
        raise Invalid.one("name", "invalid", "Use at least one letter or digit.")
    with transaction.atomic(), org_scope(org):
        team, created = Team.objects.get_or_create(org=org, slug=slug, defaults={"name": name})
        if not created:
            raise Conflict(f"There is a team {name} already.", code="duplicate")
        for user in members:
            _put_in(team, user)
    result: Team = team
    return result


def rename_team(*, actor: Actor, team: Team, name: str) -> Team:
    """Call a team something else; its slug stays. Raises ``Forbidden``, ``NotFound``, ``Invalid``."""
    require(actor, "org.manage")
    name = checked_name(name)
    with transaction.atomic(), org_scope(actor.org_id):
        row = _own(team)
        row.name = name
        row.save(update_fields=["name"])
    return row


def add_to_team(*, actor: Actor, team: Team, user: User) -> Team:
    """Put a member of the organisation into a team. Raises ``Forbidden``, ``NotFound``, ``Invalid``, ``Conflict``."""
    require(actor, "org.manage")
    with transaction.atomic(), org_scope(actor.org_id):
        row = _own(team)
        if TeamMember.objects.filter(team=row, user=user).exists():
            raise Conflict(f"{user.display_name()} is in the team already.", code="duplicate")
        _put_in(row, user)
    return row


def take_from_team(*, actor: Actor, team: Team, user: User) -> Team:
    """Take a person out of a team. Raises ``Forbidden``, ``NotFound``."""
    require(actor, "org.manage")
    with transaction.atomic(), org_scope(actor.org_id):
        row = _own(team)
        if not TeamMember.objects.filter(team=row, user=user).delete()[0]:
            raise NotFound("member of the team")
    return row


def _own(team: Team) -> Team:
    row: Team | None = Team.objects.select_for_update().filter(pk=team.pk).first()
    if row is None:
        raise NotFound("team")
    return row


def _put_in(team: Team, user: User) -> None:
    if not Membership.objects.filter(user=user, is_active=True).exists():
        raise Invalid.one("members", "not_found", f"{user.username} is no member of the organisation.")
    TeamMember.objects.create(team=team, user=user)

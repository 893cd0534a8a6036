"""What can be read of an organisation: by slug or id, its members, teams and projects."""

from __future__ import annotations

from uuid import UUID

from django.core.validators import slug_re

from orgs.errors import NotFound
from orgs.models import Membership, Organisation, Project, Team, User
from orgs.remembered import Remembered


def as_uuid(text: str) -> UUID | None:
    """The UUID that the text spells in its canonical form, or None."""
    try:
        value = UUID(text)
    except (ValueError, AttributeError, TypeError):
        return None
    return value if str(value) == text.lower() else None


def find_organisation(ident: str) -> Organisation:
    """An organisation by UUID or slug. Raises ``NotFound``."""
    org = Organisation.objects.filter(**_by_id_or_slug(ident, "organisation")).first()
    if org is None:
        raise NotFound("organisation")
    return org


_slugs: Remembered[str] = Remembered(1024)


def is_named(ident: str, org_id: UUID) -> bool:
    """Whether a text is the id or the slug of the organisation, whose slug is never changed."""
    return as_uuid(ident) == org_id or ident == _slugs.get(org_id, lambda: Organisation.objects.get(pk=org_id).slug)


def _by_id_or_slug(ident: str, what: str) -> dict[str, UUID | str]:
    ident_uuid = as_uuid(ident)
    if ident_uuid is None and not slug_re.fullmatch(ident):
        raise NotFound(what)
    return {"slug": ident} if ident_uuid is None else {"pk": ident_uuid}


def find_project(ident: str) -> Project:
    """A project of the current organisation by UUID or slug. Raises ``NotFound``."""
    project: Project | None = Project.objects.filter(**_by_id_or_slug(ident, "project")).first()
    if project is None:
        raise NotFound("project")
    return project


def match_assignee(text: str) -> tuple[Team | None, User | None]:
    """The team or the member of the current organisation that a free text names, if it names one.

    A team matches by slug or name, a person by sign-in name, e-mail address or full name; case does not matter.
    """
    wanted = text.strip().casefold()
    if not wanted:
        return None, None
    for team in Team.objects.all():
        if wanted in (team.slug.casefold(), team.name.casefold()):
            return team, None
    for membership in Membership.objects.filter(is_active=True).select_related("user"):
        user = membership.user
        if wanted in (user.username.casefold(), user.email.casefold() or None, user.get_full_name().casefold() or None):
            return None, user
    return None, None


def teams() -> list[Team]:
    """The teams of the current organisation, by name."""
    return list(Team.objects.order_by("name"))


def members() -> list[User]:
    """The active members of the current organisation, by name."""
    found = Membership.objects.filter(is_active=True, user__is_active=True).select_related("user")
    return sorted((m.user for m in found), key=lambda user: user.display_name().casefold())

"""Creating organisations and their projects."""

from __future__ import annotations

from django.core.validators import validate_slug
from django.db import transaction

from orgs.actor import Actor
from orgs.errors import Conflict, Invalid, NotFound
from orgs.models import Organisation, Project
from orgs.policy import require
from orgs.tenancy import org_scope
from orgs.text import checked_name

SLUG_LENGTH = 63


def checked_slug(slug: str) -> str:
    """The slug, or ``Invalid`` that says what a slug may hold."""
    try:
        validate_slug(slug)
    except Exception as error:
        raise Invalid.one("slug", "invalid", "Use letters, digits, hyphens and underscores only.") from error
    if len(slug) > SLUG_LENGTH:
        raise Invalid.one("slug", "max_length", f"Use at most {SLUG_LENGTH} characters.")
    return slug.lower()


def create_organisation(*, slug: str, name: str) -> Organisation:
    """Create a tenant. Done by whoever runs the installation, so it takes no actor. Raises ``Conflict``."""
    slug = checked_slug(slug)
    with transaction.atomic():
        org, created = Organisation.objects.get_or_create(slug=slug, defaults={"name": name or slug})
    if not created:
        raise Conflict(f"There is an organisation {slug} already.", code="duplicate")
    return org


def rename_organisation(*, actor: Actor, name: str) -> Organisation:
    """Call the actor's organisation something else; its slug stays. Raises ``Forbidden``, ``Invalid``."""
    require(actor, "org.manage")
    name = checked_name(name)
    with transaction.atomic():
        org = Organisation.objects.select_for_update().get(pk=actor.org_id)
        org.name = name
        org.save(update_fields=["name"])
    return org


def create_project(*, actor: Actor, slug: str, name: str) -> Project:
    """Create a project of the actor's organisation. Raises ``Forbidden``, ``Conflict``."""
    require(actor, "org.manage")
    slug = checked_slug(slug)
    name = checked_name(name or slug)
    with transaction.atomic(), org_scope(actor.org_id):
        project, created = Project.objects.get_or_create(org_id=actor.org_id, slug=slug, defaults={"name": name})
    if not created:
        raise Conflict(f"There is a project {slug} already.", code="duplicate")
    result: Project = project
    return result


def rename_project(*, actor: Actor, project: Project, name: str) -> Project:
    """Call a project something else; its slug stays. Raises ``Forbidden``, ``NotFound``, ``Invalid``."""
    require(actor, "org.manage")
    name = checked_name(name)
    with transaction.atomic(), org_scope(actor.org_id):
        row: Project | None = Project.objects.select_for_update().filter(pk=project.pk).first()
        if row is None:
            raise NotFound("project")
        row.name = name
        row.save(update_fields=["name"])
    return row

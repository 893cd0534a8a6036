"""The organisation, its projects and its teams in the admin."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from orgs.actor import Actor
from orgs.admin_base import ReadOnlyAdmin, actor_of
from orgs.admin_commands import CommandButton, CommandForm
from orgs.commands import (
    add_to_team,
    create_project,
    create_team,
    rename_organisation,
    rename_project,
    rename_team,
    take_from_team,
)
from orgs.errors import NotFound
from orgs.models import Organisation, Project, Team, User
from orgs.pages import PageRequest
from orgs.queries import members


class NameForm(CommandForm):
    """A name."""

    name = forms.CharField(label="Name", required=False, strip=False)


class ProjectForm(CommandForm):
    """A new project."""

    name = forms.CharField(label="Name", required=False, strip=False)
    slug = forms.CharField(
        label="Short name",
        required=False,
        strip=False,
        help_text="For addresses: letters, digits and hyphens. It stays.",
    )


def _named(row: Any) -> type[CommandForm]:
    field = forms.CharField(label="Name", required=False, strip=False, initial=row.name)
    return type("NameForm", (CommandForm,), {"name": field})


def _rename_form(request: HttpRequest, row: Any) -> type[CommandForm]:
    """The present name, to be changed."""
    return _named(row)


def _people(label: str, people: list[User]) -> type[CommandForm]:
    choices = [(str(user.pk), f"{user.display_name()} ({user.username})") for user in people]
    return type("PersonForm", (CommandForm,), {"person": forms.ChoiceField(label=label, choices=choices)})


def _join_form(request: HttpRequest, row: Team) -> type[CommandForm]:
    """Members of the organisation who are not in the team."""
    there = set(row.members.values_list("pk", flat=True))
    return _people("Who joins", [user for user in members() if user.pk not in there])


def _leave_form(request: HttpRequest, row: Team) -> type[CommandForm]:
    """Who is in the team."""
    return _people("Who leaves", list(row.members.order_by("username")))


def _person(key: str) -> User:
    user = User.objects.filter(pk=int(key)).first() if key.isascii() and key.isdigit() and len(key) < 10 else None
    if user is None:
        raise NotFound("account")
    return user


def _rename_organisation(*, actor: Actor, row: Organisation, version: None, name: str) -> None:
    rename_organisation(actor=actor, name=name)


def _rename_project(*, actor: Actor, row: Project, version: None, name: str) -> None:
    rename_project(actor=actor, project=row, name=name)


def _create_project(*, actor: Actor, row: None, version: None, name: str, slug: str) -> Project:
    return create_project(actor=actor, slug=slug, name=name)


def _create_team(*, actor: Actor, row: None, version: None, name: str) -> Team:
    return create_team(actor=actor, org=Organisation.objects.get(pk=actor.org_id), name=name)


def _rename_team(*, actor: Actor, row: Team, version: None, name: str) -> None:
    rename_team(actor=actor, team=row, name=name)


def _join_team(*, actor: Actor, row: Team, version: None, person: str) -> None:
    add_to_team(actor=actor, team=row, user=_person(person))


def _leave_team(*, actor: Actor, row: Team, version: None, person: str) -> None:
    take_from_team(actor=actor, team=row, user=_person(person))


RENAMED = "The new name is in force."


@admin.register(Organisation)
class OrganisationAdmin(ReadOnlyAdmin):
    """The organisation that the reader works in, and no other."""

    view_action = "incident.read"
    buttons = (CommandButton("rename", "Rename", "org.manage", _rename_organisation, _rename_form, said=RENAMED),)
    list_display = ("name", "slug", "created_at")
    fields = ("name", "slug", "created_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """One row."""
        return super().get_queryset(request).filter(pk=actor_of(request).org_id)


@admin.register(Project)
class ProjectAdmin(ReadOnlyAdmin):
    """Parts of the organisation that incidents are filed under."""

    view_action = "incident.read"
    adder = CommandButton("add", "New project", "org.manage", _create_project, ProjectForm, tone="main")
    buttons = (CommandButton("rename", "Rename", "org.manage", _rename_project, _rename_form, said=RENAMED),)
    list_display = ("name", "slug")
    search_fields = ("name", "slug")
    ordering = ("name", "id")
    fields = ("name", "slug")


@admin.register(Team)
class TeamAdmin(ReadOnlyAdmin):
    """Who works on what."""

    view_action = "incident.read"
    adder = CommandButton("add", "New team", "org.manage", _create_team, NameForm, tone="main")
    buttons = (
        CommandButton("join", "Add a member", "org.manage", _join_team, _join_form, said="The team has a new member."),
        CommandButton(
            "leave",
            "Take a member out",
            "org.manage",
            _leave_team,
            _leave_form,
            offered=lambda row, actor: row.members.exists(),
            said="The member is out of the team.",
        ),
        CommandButton("rename", "Rename", "org.manage", _rename_team, _rename_form, said=RENAMED),
    )
    list_display = ("name", "slug", "size")
    search_fields = ("name", "slug")
    ordering = ("name", "id")
    fields = ("name", "slug")
    change_form_template = "admin/orgs/team/record.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Each team with the number of its members."""
        rows: QuerySet[Any] = super().get_queryset(request).annotate(members_in_all=Count("members"))
        return rows

    @admin.display(description="Members", ordering="members_in_all")
    def size(self, row: Any) -> int:
        """How many there are."""
        return int(row.members_in_all)

    def more_context(self, request: PageRequest, obj: Any) -> dict[str, Any]:
        """Who is in it."""
        return {"team_members": obj.members.order_by("username")[:200]}

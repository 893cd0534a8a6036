"""People in the admin: accounts, and what they may do in the organisation. Nobody climbs here."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from orgs.actor import Actor
from orgs.admin_base import ReadOnlyAdmin
from orgs.admin_commands import CommandButton, CommandForm, Secret
from orgs.admin_lists import choice_filter
from orgs.commands import (
    add_member,
    close_account,
    edit_account,
    invite,
    open_account,
    password_link,
    remove_member,
    runs_installation,
    set_staff,
)
from orgs.errors import Invalid
from orgs.models import Membership, Organisation, User
from orgs.roles import Role

LINK_WORDS = "Hand this link to them. It works once, for three days, and lets whoever has it choose the password."


def _roles_field(held: list[str] | None = None) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label="Roles",
        choices=Role.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        initial=held or [],
    )


class InviteForm(CommandForm):
    """A new account."""

    username = forms.CharField(
        label="User name", required=False, strip=False, help_text="They sign in with it; it stays."
    )
    full_name = forms.CharField(label="Full name", required=False, strip=False)
    email = forms.CharField(label="E-mail", required=False, strip=False, widget=forms.EmailInput)
    roles = _roles_field()


class JoinForm(CommandForm):
    """An account of another organisation that joins this one, too."""

    username = forms.CharField(label="User name", required=False, help_text="Exactly, of an account that exists.")
    roles = _roles_field()


def _account_form(request: HttpRequest, row: User) -> type[CommandForm]:
    """How they are called and reached."""
    return type(
        "AccountForm",
        (CommandForm,),
        {
            "full_name": forms.CharField(label="Full name", required=False, strip=False, initial=row.get_full_name()),
            "email": forms.CharField(
                label="E-mail", required=False, strip=False, initial=row.email, widget=forms.EmailInput
            ),
        },
    )


def _roles_form(request: HttpRequest, row: Membership) -> type[CommandForm]:
    """The roles that they hold, to be changed."""
    return type("RolesForm", (CommandForm,), {"roles": _roles_field(row.roles)})


def role_words(roles: list[str]) -> str:
    """The roles as people read them, in the table's order."""
    return ", ".join(Role(role).label for role in Role.values if role in roles) or "none"


def _org(actor: Actor) -> Organisation:
    return Organisation.objects.get(pk=actor.org_id)


def _invite(
    *, actor: Actor, row: None, version: None, username: str, full_name: str, email: str, roles: list[str]
) -> tuple[User, Secret]:
    user, link = invite(actor=actor, username=username, full_name=full_name, email=email, roles=roles)
    return user, Secret(f"{user.display_name()} is invited", LINK_WORDS, link)


def _edit(*, actor: Actor, row: User, version: None, full_name: str, email: str) -> None:
    edit_account(actor=actor, user=row, full_name=full_name, email=email)


def _link(*, actor: Actor, row: User, version: None) -> tuple[User, Secret]:
    link = password_link(actor=actor, user=row)
    return row, Secret(f"A link for {row.display_name()}", LINK_WORDS, link)


def _close(*, actor: Actor, row: User, version: None) -> None:
    close_account(actor=actor, user=row)


def _open(*, actor: Actor, row: User, version: None) -> None:
    open_account(actor=actor, user=row)


def _staff(*, actor: Actor, row: User, version: None) -> None:
    set_staff(actor=actor, user=row, staff=True)


def _no_staff(*, actor: Actor, row: User, version: None) -> None:
    set_staff(actor=actor, user=row, staff=False)


def _join(*, actor: Actor, row: None, version: None, username: str, roles: list[str]) -> Membership:
    user = User.objects.filter(username__iexact=username.strip()).first()
    if user is None:
        raise Invalid.one("username", "not_found", "There is no such account.")
    return add_member(actor=actor, org=_org(actor), user=user, roles=roles)


def _set_roles(*, actor: Actor, row: Membership, version: None, roles: list[str]) -> None:
    add_member(actor=actor, org=_org(actor), user=row.user, roles=roles)


def _remove(*, actor: Actor, row: Membership, version: None) -> None:
    remove_member(actor=actor, org=_org(actor), user=row.user)


def _not_self(user: User, actor: Actor) -> bool:
    return user.pk != actor.user_id


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    """Accounts of people who are or were members here. Those who run the installation show to their like alone."""

    view_action = "org.manage"
    adder = CommandButton("add", "Invite somebody", "org.manage", _invite, InviteForm, tone="main")
    buttons = (
        CommandButton("edit", "Change name and e-mail", "org.manage", _edit, _account_form, said="Saved."),
        CommandButton(
            "link",
            "Link for a new password",
            "org.manage",
            _link,
            offered=lambda row, actor: row.is_active and _not_self(row, actor),
            question="Make a link with which the password of this account can be chosen anew?",
        ),
        CommandButton(
            "staff",
            "Open the administration to them",
            "org.manage",
            _staff,
            offered=lambda row, actor: not row.is_staff and _not_self(row, actor) and runs_installation(actor),
            said="They may enter the administration.",
            tucked=True,
        ),
        CommandButton(
            "no-staff",
            "Shut the administration to them",
            "org.manage",
            _no_staff,
            offered=lambda row, actor: row.is_staff and _not_self(row, actor) and runs_installation(actor),
            said="They may no longer enter the administration.",
            tucked=True,
        ),
        CommandButton(
            "close",
            "Close the account",
            "org.manage",
            _close,
            offered=lambda row, actor: row.is_active and _not_self(row, actor),
            said="The account is closed, and every session of it has ended.",
            question="Close this account? Every session of it ends at once.",
            tone="bad",
        ),
        CommandButton(
            "open",
            "Open the account",
            "org.manage",
            _open,
            offered=lambda row, actor: not row.is_active,
            said="The account is open again.",
        ),
    )
    list_display = ("username", "full_name", "email", "state", "last_login")
    search_fields = ("username", "first_name", "last_name", "email")
    ordering = ("username", "id")
    fields = ("username", "full_name", "email", "state", "roles_here", "is_staff", "date_joined", "last_login")
    readonly_fields = ("full_name", "state", "roles_here")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The organisation's people; a superuser is not there for others."""
        rows = super().get_queryset(request).filter(pk__in=Membership.objects.values("user"))
        return rows if request.user.is_superuser else rows.filter(is_superuser=False)

    @admin.display(description="Name", ordering="last_name")
    def full_name(self, row: User) -> str:
        """How they are called."""
        return row.display_name()

    @admin.display(description="Roles here")
    def roles_here(self, row: User) -> SafeString:
        """What they may do in this organisation, with the way to where it is changed."""
        held = Membership.objects.get(user=row)
        address = reverse("admin:orgs_membership_change", args=(held.pk,))
        words = role_words(held.roles) if held.is_active else "removed"
        return format_html('<a href="{}">{}</a>', address, words)

    @admin.display(description="State", ordering="is_active")
    def state(self, row: User) -> SafeString:
        """Whether they can sign in."""
        if not row.is_active:
            return format_html('<span class="chip chip-bad">{}</span>', "closed")
        if not row.has_usable_password():
            return format_html('<span class="chip chip-info">{}</span>', "invited")
        return format_html('<span class="chip chip-ok">{}</span>', "open")


@admin.register(Membership)
class MembershipAdmin(ReadOnlyAdmin):
    """Who may do what in the organisation."""

    view_action = "org.manage"
    buttons = (
        CommandButton(
            "roles",
            "Change the roles",
            "org.manage",
            _set_roles,
            _roles_form,
            offered=lambda row, actor: _not_self(row.user, actor),
            said="The roles are in force.",
        ),
        CommandButton(
            "remove",
            "Remove from the organisation",
            "org.manage",
            _remove,
            offered=lambda row, actor: row.is_active and _not_self(row.user, actor),
            said="They have no access any more.",
            question="Remove this person from the organisation? Their access ends at once.",
            tone="bad",
        ),
    )
    list_display = ("person", "held_roles", "state", "created_at")
    list_filter = (
        choice_filter(
            "state", "state", (("in", "Members"), ("out", "Removed")), lambda value: Q(is_active=value == "in")
        ),
    )
    search_fields = ("user__username", "user__first_name", "user__last_name")
    list_select_related = ("user", "org")
    ordering = ("user__username", "id")
    fields = ("person", "held_roles", "state", "created_at")
    readonly_fields = ("person", "held_roles", "state")

    # Bringing an account of elsewhere in is for whoever runs the installation; others invite.
    adder = CommandButton(
        "add",
        "Add an existing account",
        "org.manage",
        _join,
        JoinForm,
        offered=lambda row, actor: runs_installation(actor),
    )

    @admin.display(description="Person", ordering="user__username")
    def person(self, row: Membership) -> str:
        """Whose membership it is."""
        return f"{row.user.display_name()} ({row.user.username})"

    @admin.display(description="Roles")
    def held_roles(self, row: Membership) -> str:
        """The roles in words."""
        return role_words(row.roles)

    @admin.display(description="State", ordering="is_active")
    def state(self, row: Membership) -> SafeString:
        """Whether it holds."""
        if row.is_active:
            return format_html('<span class="chip chip-ok">{}</span>', "member")
        return format_html('<span class="chip">{}</span>', "removed")

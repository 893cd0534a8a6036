"""API keys in the admin: issued with a token that is shown once, and revoked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString

from orgs.actor import Actor
from orgs.admin_base import ReadOnlyAdmin
from orgs.admin_commands import CommandButton, CommandForm, Secret
from orgs.clock import now
from orgs.commands import issue_key, revoke_key
from orgs.models import ApiKey, Organisation
from orgs.policy import POLICY
from orgs.roles import Role

LIVES = ((30, "30 days"), (90, "90 days"), (180, "180 days"), (365, "A year"))
SHOWN_ONCE = "Copy it now: only its hash is kept, so it cannot be shown again."


class KeyForm(CommandForm):
    """What a key is for, and what it may do."""

    name = forms.CharField(label="Name", required=False, strip=False, help_text="What the key is for.")
    roles = forms.MultipleChoiceField(
        label="Roles",
        choices=Role.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text="At most your own, and viewer and member.",
    )
    scopes = forms.MultipleChoiceField(
        label="Only these actions",
        choices=[(action, action) for action in POLICY],
        widget=forms.SelectMultiple(attrs={"size": 8}),
        required=False,
        help_text="None chosen: all that the roles allow.",
    )
    lives = forms.TypedChoiceField(label="Ends after", choices=LIVES, coerce=int, initial=365)
    routing = forms.BooleanField(
        label="Routing key", required=False, help_text="32 characters, as PagerDuty's clients demand."
    )


def _issue(
    *, actor: Actor, row: None, version: None, name: str, roles: list[str], scopes: list[str], lives: int, routing: bool
) -> tuple[ApiKey, Secret]:
    key, token = issue_key(
        actor=actor,
        org=Organisation.objects.get(pk=actor.org_id),
        name=name,
        roles=roles,
        scopes=scopes,
        expires_at=now() + timedelta(days=lives),
        routing=routing,
    )
    return key, Secret(f"The key {key.name}", SHOWN_ONCE, token)


def _revoke(*, actor: Actor, row: ApiKey, version: None) -> None:
    revoke_key(actor=actor, key=row)


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    """How machines sign in. The hash is nobody's business here."""

    view_action = "key.manage"
    adder = CommandButton("add", "Issue a key", "key.manage", _issue, KeyForm, tone="main")
    buttons = (
        CommandButton(
            "revoke",
            "Revoke",
            "key.manage",
            _revoke,
            offered=lambda row, actor: row.revoked_at is None,
            said="The key is revoked; whoever uses it is refused from now on.",
            question="Revoke this key? Whatever uses it stops working at once.",
            tone="bad",
        ),
    )
    list_display = ("name", "prefix", "state", "held_roles", "last_used_at", "expires_at")
    list_display_links = ("name",)
    search_fields = ("name", "prefix")
    ordering = ("name", "id")
    fields = ("name", "prefix", "state", "held_roles", "held_scopes", "created_at", "created_by", "expires_at")
    readonly_fields = ("state", "held_roles", "held_scopes", "created_by")
    list_select_related = ("created_by",)

    @admin.display(description="State")
    def state(self, row: ApiKey) -> SafeString:
        """Whether it opens anything."""
        if row.revoked_at is not None:
            return format_html('<span class="chip chip-bad">{}</span>', "revoked")
        if row.expires_at is not None and row.expires_at <= now():
            return format_html('<span class="chip chip-warn">{}</span>', "expired")
        return format_html('<span class="chip chip-ok">{}</span>', "good")

    @admin.display(description="Roles")
    def held_roles(self, row: ApiKey) -> str:
        """The roles in words."""
        return ", ".join(Role(role).label for role in Role.values if role in row.roles)

    @admin.display(description="Only these actions")
    def held_scopes(self, row: ApiKey) -> str:
        """The single actions that it is narrowed to."""
        return ", ".join(row.scopes) or "all that the roles allow"

    @admin.display(description="Issued by")
    def created_by(self, row: Any) -> str:
        """Who issued it."""
        return row.created_by.display_name() if row.created_by else "whoever runs the installation"

"""The history of configuration items, to be read."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from cmdb.models import ConfigurationItemChange
from cmdb.models.change import ChangeAction
from cmdb.vocabulary import name_key
from orgs.admin_base import ReadOnlyAdmin
from orgs.admin_lists import choice_filter
from orgs.neutral import neutral


@admin.register(ConfigurationItemChange)
class ChangeAdmin(ReadOnlyAdmin):
    """Changes are written by commands and imports and never rewritten; a database trigger says the same."""

    view_action = "ci.read"
    list_display = ("item", "version", "action", "who", "source", "recorded_at")
    list_filter = (choice_filter("action", "What happened", ChangeAction.choices),)
    search_fields = ("ci__name_key",)
    search_help_text = "The name of a configuration item."
    list_select_related = ("ci",)
    ordering = ("-id",)
    sortable_by = ()
    fields = ("item", "version", "action", "who", "source", "request_id", "recorded_at", "changes")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """The changes of the item of that name."""
        return (queryset.filter(ci__name_key=name_key(search_term)) if search_term.strip() else queryset), False

    @admin.display(description="Configuration item")
    def item(self, row: ConfigurationItemChange) -> str:
        """The item's present name."""
        return neutral(row.ci.name)

    @admin.display(description="Who")
    def who(self, row: ConfigurationItemChange) -> str:
        """The actor, by reference."""
        return neutral(f"{row.actor_kind} {row.actor_ref}")

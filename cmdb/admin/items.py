"""The admin of configuration items: a list, a record with its edges and history, and buttons that call commands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from cmdb.admin.forms import dependencies_form, item_form
from cmdb.admin.importing import import_page
from cmdb.commands import create_ci, set_dependencies, update_ci
from cmdb.models import ConfigurationItem
from cmdb.queries import dependencies_of, history_of, impact, matching
from cmdb.vocabulary import CIStatus, Criticality
from orgs.actor import Actor
from orgs.admin_base import ReadOnlyAdmin
from orgs.admin_commands import BulkCommand, CommandButton
from orgs.admin_lists import choice_filter
from orgs.durations import iso, stamp
from orgs.neutral import neutral
from orgs.pages import PageRequest
from orgs.policy import allows

HISTORY_SHOWN = 20
EDGES_SHOWN = 100
MOST_OVERTAKEN = 20
MARKS = {"critical": "P1", "high": "P2", "medium": "P3", "low": "P4"}


def _create(*, actor: Actor, row: None, version: None, **values: Any) -> ConfigurationItem:
    return create_ci(actor=actor, **values)


def _edit(*, actor: Actor, row: ConfigurationItem, version: int | None, **values: Any) -> str:
    changed = update_ci(actor=actor, ci=row.pk, changes=values, expected_version=version)
    return "Changed." if changed.version != version else "Nothing was changed: these are its present values."


def _dependencies(*, actor: Actor, row: ConfigurationItem, version: int | None, depends_on: Sequence[Any]) -> str:
    changed = set_dependencies(actor=actor, ci=row.pk, depends_on=depends_on, expected_version=version)
    return "Its dependencies are set." if changed.version != version else "Nothing was changed: they are these already."


def _retire(*, actor: Actor, row: ConfigurationItem, version: int | None) -> str:
    update_ci(actor=actor, ci=row.pk, changes={"status": CIStatus.RETIRED.value}, expected_version=version)
    return "It is retired: impact passes it by, and alerts no longer find it."


def _return(*, actor: Actor, row: ConfigurationItem, version: int | None) -> str:
    update_ci(actor=actor, ci=row.pk, changes={"status": CIStatus.ACTIVE.value}, expected_version=version)
    return "It is active."


def _retire_each(*, actor: Actor, row: ConfigurationItem, version: int | None, value: str) -> None:
    _retire(actor=actor, row=row, version=version)


@admin.register(ConfigurationItem)
class ItemAdmin(ReadOnlyAdmin):
    """Items are read here; what changes them is a button that calls a command, or an import."""

    view_action = "ci.read"
    adder = CommandButton(
        "add", "New configuration item", "ci.write", _create, item_form, said="The item is entered.", tone="main"
    )
    buttons = (
        CommandButton("edit", "Edit", "ci.write", _edit, item_form, tucked=True),
        CommandButton("dependencies", "Dependencies", "ci.write", _dependencies, dependencies_form, tucked=True),
        CommandButton(
            "retire",
            "Retire",
            "ci.write",
            _retire,
            offered=lambda row, actor: row.status != CIStatus.RETIRED,
            question="Retire this item? Impact passes it by, and alerts no longer find it.",
            tone="bad",
            tucked=True,
        ),
        CommandButton(
            "return",
            "Make active",
            "ci.write",
            _return,
            offered=lambda row, actor: row.status != CIStatus.ACTIVE,
            tucked=True,
        ),
    )
    bulk = (BulkCommand("retire", "Retire", "ci.write", _retire_each, "Retired:"),)
    list_display = ("name", "kind", "environment", "criticality_mark", "owner_team", "status_mark", "source")
    list_filter = (
        choice_filter("criticality", "Criticality", Criticality.choices),
        choice_filter("status", "Status", CIStatus.choices),
    )
    search_fields = ("name",)
    search_help_text = "Part of a name, or a whole address, host name or external id."
    list_select_related = ("owner_team",)
    ordering = ("name_key",)
    sortable_by = ("name",)
    fieldsets = (
        (None, {"fields": ("name", "kind", "environment", "criticality_mark", "owner_team", "status_mark")}),
        ("Where it comes from", {"fields": ("source", "external_id", "created_at", "updated_at", "version")}),
        ("Attributes", {"fields": ("attributes",)}),
    )
    change_form_template = "admin/cmdb/configurationitem/record.html"

    def get_urls(self) -> list[URLPattern]:
        """The import beside Django's addresses."""
        view = self.admin_site.admin_view(self.import_view)
        return [path("import/", view, name="cmdb_configurationitem_import"), *super().get_urls()]

    def import_view(self, request: HttpRequest) -> HttpResponseBase:
        """Preview an import, then commit it."""
        return import_page(request, self)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """The pages' own search."""
        return (queryset.filter(matching(search_term)) if search_term.strip() else queryset), False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        may_import = allows(request.actor, "ci.write")  # type: ignore[attr-defined]
        return super().changelist_view(request, {"may_import": may_import, **(extra_context or {})})

    @admin.display(description="Criticality")
    def criticality_mark(self, row: ConfigurationItem) -> SafeString:
        """The criticality as shape and word."""
        return format_html('<span class="crit crit-{}">{}</span>', row.criticality, row.criticality)

    @admin.display(description="Status")
    def status_mark(self, row: ConfigurationItem) -> SafeString:
        """The status as shape and word."""
        return format_html('<span class="st st-{}">{}</span>', row.status, CIStatus(row.status).label)

    def more_context(self, request: PageRequest, obj: Any) -> dict[str, Any]:
        """Its edges both ways, and its history."""
        below = dependencies_of(obj)
        above = impact([obj.pk], depth=1, limit=EDGES_SHOWN)
        return {
            "title": neutral(obj.name),
            "below": [
                {
                    "url": self._record(edge.dependency_id),
                    "name": neutral(edge.dependency.name),
                    "how": edge.get_kind_display(),
                }
                for edge in below[:EDGES_SHOWN]
            ],
            "below_in_all": len(below),
            "above": [
                {"url": self._record(node.id), "name": neutral(node.name), "how": node.kind} for node in above.nodes
            ],
            "above_more": above.truncated_by == "nodes",
            "history": [
                {
                    "what": change.get_action_display(),
                    "version": change.version,
                    "who": neutral(f"{change.actor_kind} {change.actor_ref}"),
                    "at": iso(change.recorded_at),
                    "when": stamp(change.recorded_at),
                    "fields": ", ".join(name.replace("_", " ") for name in sorted(change.changes)),
                    "url": reverse("admin:cmdb_configurationitemchange_change", args=(change.pk,)),
                }
                for change in history_of(obj)[:HISTORY_SHOWN]
            ],
            "history_url": f"{reverse('admin:cmdb_configurationitemchange_changelist')}?{urlencode({'q': obj.name})}",
            "page_url": reverse("cmdb:detail", args=(obj.pk,)),
        }

    def changes_since(self, row: Any, version: int) -> Sequence[str]:
        """What changed after the version that somebody saw."""
        later = history_of(row).filter(version__gt=version)[:MOST_OVERTAKEN]
        return [
            f"{change.version}: {change.actor_kind} {change.actor_ref} changed {', '.join(sorted(change.changes))}, "
            f"{stamp(change.recorded_at)}"
            for change in later
        ]

    def _record(self, pk: Any) -> str:
        return reverse("admin:cmdb_configurationitem_change", args=(pk,))

"""What the admin is made of: rows that are read, confined to one organisation, and buttons that call commands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, cast

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from orgs.actor import Actor
from orgs.admin_commands import (
    MOST_AT_ONCE,
    Attempt,
    BulkCommand,
    CommandButton,
    Secret,
    attempt,
    offers,
    seen_version,
    split_ticks,
)
from orgs.admin_lists import BoundedPaginator, StrictChangeList, filter_parameters, refuse_unknown_parameters
from orgs.admin_values import sections
from orgs.errors import DomainError, Stale
from orgs.pages import PageRequest, refuse_other_organisation
from orgs.policy import allows

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Any]
else:
    _ModelAdmin = admin.ModelAdmin

MOST_REFUSALS_TOLD = 20
SENTENCE_GONE = "There is no such record any more."


def actor_of(request: HttpRequest) -> Actor:
    """Who is asking; the site lets nobody in without."""
    return cast(PageRequest, request).actor


class ReadOnlyAdmin(_ModelAdmin):
    """A list and a page per record that are read, never edited; what changes a record is a button that calls a command.

    ``view_action`` is the action of the policy that opens them. ``adder`` is the command that makes a new record,
    ``buttons`` those of a record, ``bulk`` those of the list's ticked rows.
    """

    view_action: str = ""
    adder: CommandButton | None = None
    buttons: Sequence[CommandButton] = ()
    bulk: Sequence[BulkCommand] = ()

    paginator = BoundedPaginator
    list_per_page = 50
    list_max_show_all = 200
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    actions_on_top = True
    actions_on_bottom = False
    view_on_site = False
    list_select_related: ClassVar[Any] = ()
    empty_value_display = "–"
    change_form_template = "admin/record.html"

    # --- who may see what ---------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """The rows of the current organisation; the manager refuses to answer outside of one."""
        rows: models.QuerySet[Any] = self.model._default_manager.get_queryset()
        ordering = self.get_ordering(request)
        return rows.order_by(*ordering) if ordering else rows

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return allows(actor_of(request), self.view_action)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.adder is not None and self.adder.is_open_to(actor_of(request), None)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody edits a row."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes a row."""
        return False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def to_field_allowed(self, request: HttpRequest, to_field: str) -> bool:
        """Records are named by their key alone."""
        return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Only what a filter of this list reads."""
        return request is not None and lookup in filter_parameters(self.get_list_filter(request))

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> HttpResponse:
        # The same answer for what is absent and for what belongs to others.
        raise Http404

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """The record, or None; a key that no record can have is not even asked for."""
        if "\x00" in object_id or len(object_id) > 100:
            return None
        try:
            return super().get_object(request, object_id, from_field)
        except OverflowError:
            return None

    # --- the list -----------------------------------------------------------------------------------

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[StrictChangeList]:
        return StrictChangeList

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        refuse_unknown_parameters(request, self)
        try:
            return super().get_changelist_instance(request)
        except IncorrectLookupParameters as error:
            raise DomainError("This list has no such filter, order or page.", code="unknown_parameter") from error

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        context = {
            "can_add": self.has_add_permission(request),
            "title": capfirst(str(self.opts.verbose_name_plural)),
            "adder": self.adder,
            "bulk": [command for command in self.bulk if allows(actor_of(request), command.action)],
            **(extra_context or {}),
        }
        return super().changelist_view(request, context)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """The bulk commands that the reader may take; Django's own deletion is not among them."""
        actor = actor_of(request)
        return {
            command.name: (self._bulk_is_handled_here, command.name, command.label)
            for command in self.bulk
            if allows(actor, command.action)
        }

    @staticmethod
    def _bulk_is_handled_here(*args: Any) -> None:
        """What Django's table of actions holds; `response_action` carries them out."""

    @admin.display(description="")
    def action_checkbox(self, obj: Any) -> SafeString:
        """The tick of a row, with the version that the reader saw."""
        tick = f"{obj.pk}:{obj.version}" if hasattr(obj, "version") else str(obj.pk)
        return format_html(
            '<input type="checkbox" name="_selected_action" value="{}" class="action-select" aria-label="Select {}">',
            tick,
            obj,
        )

    def response_action(
        self, request: HttpRequest, queryset: models.QuerySet[Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Carry a bulk command out, row by row, and tell which rows refused and why."""
        refuse_other_organisation(cast(PageRequest, request))
        name = request.POST.get("action", "")
        command = next((command for command in self.bulk if command.name == name), None)
        ticks = split_ticks(request.POST.getlist("_selected_action"))
        value = request.POST.get("value", "")
        if command is None:
            self.message_user(request, "Choose what to do with the ticked rows.", messages.WARNING)
        elif len(ticks) > MOST_AT_ONCE:
            self.message_user(request, f"Tick at most {MOST_AT_ONCE} rows.", messages.ERROR)
        elif command.needs and not value.strip():
            self.message_user(request, command.needs, messages.WARNING)
        else:
            self._carry_out(request, command, ticks, value)
        return HttpResponseRedirect(request.get_full_path())

    def _carry_out(
        self, request: HttpRequest, command: BulkCommand, ticks: list[tuple[str, str | None]], value: str
    ) -> None:
        done, refusals = 0, []
        for key, version in ticks:
            row = self.get_object(request, key)
            try:
                if row is None:
                    raise DomainError(SENTENCE_GONE)
                seen = seen_version(version, row)
                command.run(actor=actor_of(request), row=row, version=seen, value=value)
            except DomainError as refusal:
                refusals.append(f"{row or 'A row'}: {refusal.detail}")
            else:
                done += 1
                self.log_change(request, row, command.label)
        if done:
            self.message_user(request, f"{command.done} {done}.", messages.SUCCESS)
        for sentence in refusals[:MOST_REFUSALS_TOLD]:
            self.message_user(request, sentence, messages.ERROR)
        if len(refusals) > MOST_REFUSALS_TOLD:
            self.message_user(request, f"{len(refusals) - MOST_REFUSALS_TOLD} more rows refused.", messages.ERROR)

    # --- one record ---------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        """Django's addresses without deletion and without the old one of a record, and one for every button."""
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        run = path(
            "<path:object_id>/do/<slug:command>/", self.admin_site.admin_view(self.command_view), name=f"{name}_do"
        )
        kept = [url for url in super().get_urls() if url.name and not url.name.endswith("_delete")]
        return [run, *kept]

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        page = cast(PageRequest, request)
        found = offers(self.buttons, page, obj)
        context["offers"] = [offer for offer in found if not offer.button.tucked]
        context["further"] = [offer.button for offer in found if offer.button.tucked]
        context["do_url"] = self._address(obj, "do", "_")[: -len("_/")]
        context["title"] = str(obj)
        context["sections"] = list(sections(self, request, obj))
        context["subtitle"] = None
        context.update(self.more_context(page, obj))
        return super().render_change_form(request, context, add, change, form_url, obj)

    def more_context(self, request: PageRequest, obj: Any) -> dict[str, Any]:
        """What the page of a record shows beyond its fields."""
        return {}

    def form_context(self, request: PageRequest) -> dict[str, Any]:
        """What the page of a command's form needs beyond the form."""
        return {}

    def changes_since(self, row: Any, version: int) -> Sequence[str]:
        """What happened to a record after the version that somebody saw, in sentences, for whoever was overtaken."""
        return ()

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The form of the command that makes a record."""
        if self.adder is None or not self.has_add_permission(request):
            raise PermissionDenied
        return cast(HttpResponse, self._command_page(cast(PageRequest, request), self.adder, None))

    def command_view(self, request: HttpRequest, object_id: str, command: str) -> HttpResponseBase:
        """The form of a button's command: shown by GET, carried out by POST."""
        row = self.get_object(request, unquote(object_id))
        button = next((button for button in self.buttons if button.name == command), None)
        if row is None or button is None or not self.has_view_permission(request, row):
            raise Http404
        return self._command_page(cast(PageRequest, request), button, row)

    def _command_page(self, request: PageRequest, button: CommandButton, row: Any) -> HttpResponseBase:
        if request.method != "POST":
            form = button.form_class(request, row)(auto_id=f"{button.name}-%s")
            return self._answer(request, button, row, Attempt(form))
        sent = attempt(button, request, row)
        if not sent.done:
            return self._answer(request, button, row, sent)
        made = row if row is not None else sent.result
        subject = made[0] if isinstance(made, tuple) else made
        if row is None:
            self.log_addition(request, subject, button.label)
        else:
            self.log_change(request, subject, button.label)
        secret = next((part for part in _parts(sent.result) if isinstance(part, Secret)), None)
        if secret is not None:
            context = {"title": secret.title, "secret": secret, "back": self._address(subject, "change")}
            return self._page(request, "admin/secret.html", context)
        said = sent.result if isinstance(sent.result, str) else button.said
        self.message_user(request, said, messages.SUCCESS)
        return redirect(self._address(subject, "change"))

    def _answer(self, request: PageRequest, button: CommandButton, row: Any, sent: Attempt) -> HttpResponse:
        """The command's form, with what was typed and the refusal where there is one."""
        overtaken: Sequence[str] = ()
        if row is not None:
            row = self.get_object(request, str(row.pk)) or row
        if isinstance(sent.refusal, Stale):
            overtaken = self.changes_since(row, int(request.POST.get("version", "0")))
        context = {
            "title": button.label if row is None else f"{button.label}: {row}",
            "button": button,
            "form": sent.form,
            "original": row,
            "refusal": sent.refusal,
            "overtaken": overtaken,
            "back": self._address(row, "change") if row is not None else self._address(None, "changelist"),
            **self.form_context(request),
        }
        return self._page(request, "admin/command.html", context, status=sent.status)

    def _page(self, request: PageRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
        request.current_app = self.admin_site.name
        whole = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        return TemplateResponse(request, template, whole, status=status)

    def _address(self, row: Any, view: str, *more: str) -> str:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_{view}"
        return reverse(name, args=[quote(row.pk), *more] if row is not None else [])


def _parts(result: Any) -> tuple[Any, ...]:
    return result if isinstance(result, tuple) else (result,)

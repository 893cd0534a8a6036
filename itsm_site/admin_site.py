"""The admin's site: who may enter it, and which of Django's own side doors stay shut."""

from __future__ import annotations

from functools import update_wrapper
from typing import Any
from urllib.parse import urlencode

from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver, reverse

from orgs.errors import DomainError
from orgs.pages import SAFE_METHODS
from orgs.views import sign_out

# Popups, `_to_field` and "show on site" reach around the lists' own permissions.
_SHUT = frozenset({"view_on_site"})
_SIDE_DOORS = ("_popup", "_to_field", "_saveasnew")


class OpsledgerAdminSite(AdminSite):
    """The administration of one organisation at a time: the one that the reader works in."""

    site_header = "Opsledger"
    site_title = "Opsledger administration"
    index_title = "Administration"
    site_url = "/"
    enable_nav_sidebar = True

    def has_permission(self, request: HttpRequest) -> bool:
        """Staff who are members of the organisation that they work in."""
        actor = getattr(request, "actor", None)
        return actor is not None and super().has_permission(request)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Guard a view: strangers sign in first, others who may not enter are told so, side doors are shut."""
        guarded = super().admin_view(view, cacheable)

        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not self.has_permission(request):
                if request.user.is_authenticated:
                    raise PermissionDenied
                wanted = request.get_full_path() if request.method in SAFE_METHODS else reverse("admin:index")
                return redirect(f"{reverse('sign-in')}?{urlencode({'next': wanted})}")
            if any(name in request.GET or name in request.POST for name in _SIDE_DOORS):
                raise DomainError("The administration has no such parameter.", code="unknown_parameter")
            answer: HttpResponseBase = guarded(request, *args, **kwargs)
            return answer

        found = update_wrapper(checked, guarded)
        found.guarded_by_site = True  # type: ignore[attr-defined]
        return found

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Django's addresses without the side doors."""
        return [url for url in super().get_urls() if getattr(url, "name", None) not in _SHUT]

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Signing in has one page, where the guesses are counted."""
        wanted = {"next": request.GET.get("next") or reverse("admin:index")}
        return redirect(f"{reverse('sign-in')}?{urlencode(wanted)}")

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Signing out has one door, too."""
        return sign_out(request)

    def register(
        self, model_or_iterable: Any, admin_class: type[ModelAdmin[Any]] | None = None, **options: Any
    ) -> None:
        """Register tables, but never Django's groups: what people may do stands in the policy table alone."""
        if model_or_iterable is Group or list(_listed(model_or_iterable)) == [Group]:
            return
        super().register(model_or_iterable, admin_class, **options)


def _listed(model_or_iterable: Any) -> list[type[Model]]:
    return [model_or_iterable] if isinstance(model_or_iterable, type) else list(model_or_iterable)

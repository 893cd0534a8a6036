"""What every page asks before its view runs: somebody signed in, in an organisation that the form was made for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, cast
from urllib.parse import urlencode, urlsplit

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.gzip import gzip_page
from django_htmx.middleware import HtmxDetails

from orgs.actor import Actor
from orgs.errors import Conflict, DomainError, Forbidden
from orgs.models import Organisation
from orgs.roles import Role

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class PageRequest(HttpRequest):
    """The request as a page's view sees it: signed in, and inside one organisation."""

    org: Organisation
    actor: Actor
    htmx: HtmxDetails
    ledger_moment: tuple[object, int, int]


def safe_next(request: HttpRequest, target: str | None) -> str:
    """The path on this site that ``target`` means, or the overview where it means any other place."""
    if target and target.startswith("/"):
        own = url_has_allowed_host_and_scheme(
            target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
        )
        if own:
            return target
    return reverse("overview")


def signed_in(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Let the view run for a member of an organisation only; a form must say which organisation it was made for."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        page = cast(PageRequest, request)
        if getattr(request, "actor", None) is None:
            return _to_sign_in(page)
        if request.method not in SAFE_METHODS:
            refuse_other_organisation(page)
        return view(page, *args, **kwargs)

    guarded.needs_sign_in = True  # type: ignore[attr-defined]
    # Each answer gets random bytes of its own, so that its length tells nothing of the token in it.
    return gzip_page(guarded)


def refusal_words(error: DomainError, actor: Actor) -> str:
    """A refusal as a sentence for this person: missing roles by their names, and the person's own beside them."""
    if not isinstance(error, Forbidden):
        return error.detail
    return f"That takes one of these roles: {role_words(error.needs)}. Yours: {role_words(actor.roles) or 'none'}."


def role_words(roles: Iterable[str]) -> str:
    """Roles as people call them, in the order of the table."""
    held = frozenset(roles)
    return ", ".join(str(Role(role).label) for role in Role.values if role in held)


def refuse_other_organisation(request: PageRequest) -> None:
    """409 where a form was opened in one organisation and sent after switching to another in a second tab."""
    stamped = request.headers.get("X-Organisation") or request.POST.get("org", "")
    if stamped != str(request.org.id):
        raise Conflict(
            f"This page was opened in another organisation; you are in {request.org.name} now. "
            "Nothing was changed. Switch back, or reload the page.",
            code="other_organisation",
        )


def _to_sign_in(request: PageRequest) -> HttpResponse:
    if request.htmx:
        # A fragment's request would swap the sign-in page into the middle of the old one.
        at = urlsplit(request.htmx.current_url or "")
        query = urlencode({"next": at.path + (f"?{at.query}" if at.query else "")})
        return HttpResponse(status=204, headers={"HX-Redirect": f"{reverse('sign-in')}?{query}"})
    wanted = request.get_full_path() if request.method in SAFE_METHODS else reverse("overview")
    return redirect(f"{reverse('sign-in')}?{urlencode({'next': wanted})}")

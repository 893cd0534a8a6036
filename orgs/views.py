"""Signing in and out, switching the organisation, and what a person prefers: theme, time zone, keyboard."""

from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings
from django.contrib.auth import login, logout
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from orgs.authentication import organisations_of
from orgs.commands.sign_in import LONGEST_USERNAME, normalised, sign_in
from orgs.errors import NotFound
from orgs.middleware import SESSION_KEY
from orgs.models import User
from orgs.pages import PageRequest, safe_next, signed_in

DEVICE_SECONDS = 90 * 24 * 3600
_DEVICE_SALT = "orgs.device"

NOWHERE = (
    "You are signed in as {name}, who is a member of no organisation. Ask for a membership, or sign in as another."
)
WRONG = "That user name and password do not go together."
THROTTLED = "Too many attempts for this account. Wait fifteen minutes, then try again."

KEYS = (
    ("Anywhere", (("This sheet", "?"), ("Search", "/"), ("Palette", "Ctrl K"), ("Close", "Esc"))),
    ("Go to", (("Overview", "g o"), ("Incidents", "g i"), ("Alerts", "g a"), ("Configuration items", "g c"))),
    ("Lists", (("Next row", "j"), ("Previous row", "k"), ("Select", "x"), ("Open", "Enter"))),
    ("Incidents", (("Acknowledge", "a"), ("Assign", "e"), ("Status", "s"), ("Comment", "c"))),
)
"""The keyboard sheet: group, then what a key does and its caps. `static/js/keyboard.js` carries it out."""

PREFERENCES: dict[str, tuple[str, dict[str, Any]]] = {
    "theme": ("theme", {"system": "system", "light": "light", "dark": "dark"}),
    "zone": ("use_local_time", {"utc": False, "local": True}),
    "keys": ("shortcuts_enabled", {"on": True, "off": False}),
}
"""Form field to the user's column and what each value means there."""


def _device_cookie() -> str:
    return "__Host-device" if settings.SESSION_COOKIE_SECURE else "opsledger_device"


def _known_device(request: HttpRequest, username: str) -> str:
    """The name of this browser, if it carries our signature that this very account signed in from it."""
    signer = TimestampSigner(salt=_DEVICE_SALT)
    try:
        held = signer.unsign(request.COOKIES.get(_device_cookie(), ""), max_age=DEVICE_SECONDS)
    except BadSignature:
        return ""
    device, _, owner = held.partition("/")
    return device if owner == normalised(username).casefold() else ""


def _remember_device(response: HttpResponse, user: User) -> None:
    signed = TimestampSigner(salt=_DEVICE_SALT).sign(f"{secrets.token_urlsafe(12)}/{user.username.casefold()}")
    response.set_cookie(
        _device_cookie(),
        signed,
        max_age=DEVICE_SECONDS,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )


@method_decorator((never_cache, sensitive_post_parameters("password")), name="dispatch")
class SignIn(View):
    """The sign-in page. At most ten guesses at one account's password are looked at in fifteen minutes."""

    http_method_names = ["get", "head", "post", "options"]

    def get(self, request: HttpRequest) -> HttpResponse:
        """The empty form, or straight on for whoever is signed in already."""
        target = safe_next(request, request.GET.get("next"))
        if request.user.is_authenticated and getattr(request, "actor", None):
            return redirect(target)
        said = NOWHERE.format(name=request.user) if request.user.is_authenticated else ""
        return self._page(request, target, said=said)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Sign in and go on to ``next``, or say that it did not work, never which part of it."""
        target = safe_next(request, request.POST.get("next"))
        username = request.POST.get("username", "")
        result = sign_in(
            request,
            username=username,
            password=request.POST.get("password", ""),
            device=_known_device(request, username),
        )
        if result.user is None:
            refusal, status = (THROTTLED, 429) if result.throttled else (WRONG, 400)
            return self._page(request, target, username=username[:LONGEST_USERNAME], refusal=refusal, status=status)
        login(request, result.user)
        response = redirect(target)
        _remember_device(response, result.user)
        return response

    def _page(self, request: HttpRequest, target: str, *, status: int = 200, **words: str) -> HttpResponse:
        response = render(request, "orgs/sign_in.html", {"next": target, **words}, status=status)
        if status == 429:
            response["Retry-After"] = "900"
        return response


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session. Only a form of ours can do it."""
    logout(request)
    return redirect("sign-in")


@require_POST
def switch_organisation(request: HttpRequest) -> HttpResponse:
    """Work in another of one's own organisations from now on."""
    if not isinstance(request.user, User):
        return redirect("sign-in")
    wanted = request.POST.get("organisation", "")
    if wanted not in {str(org.id) for org in organisations_of(request.user)}:
        raise NotFound("organisation")
    request.session[SESSION_KEY] = wanted
    return redirect("overview")


@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    """Remember a theme, a time zone or whether single keys work, for the person who is signed in."""
    if not isinstance(request.user, User):
        return redirect("sign-in")
    chosen = {}
    for name, (column, values) in PREFERENCES.items():
        if request.POST.get(name) in values:
            chosen[column] = values[request.POST[name]]
    if chosen:
        User.objects.filter(pk=request.user.pk).update(**chosen)
    return redirect(safe_next(request, request.POST.get("next")))


@require_safe
@signed_in
def keyboard(request: PageRequest) -> HttpResponse:
    """The keyboard sheet, in the drawer or as a page."""
    groups = [
        {"name": name, "keys": [{"what": what, "caps": caps.split()} for what, caps in keys]} for name, keys in KEYS
    ]
    enabled = isinstance(request.user, User) and request.user.shortcuts_enabled
    options = [
        {"value": "on", "label": "on", "pressed": "true" if enabled else "false"},
        {"value": "off", "label": "off", "pressed": "false" if enabled else "true"},
    ]
    layout = "layouts/drawer.html" if request.htmx else "layouts/page.html"
    return render(request, "orgs/keyboard.html", {"groups": groups, "keys_options": options, "layout": layout})

"""The page behind the link that an administrator hands to somebody: they choose their password there."""

from __future__ import annotations

from django.contrib.auth import logout
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from orgs.commands import choose_password
from orgs.commands.accounts import person_of_link
from orgs.errors import Invalid, NotFound

DIFFERENT = "The two passwords are not the same. Type them again."


@method_decorator((never_cache, sensitive_post_parameters("password", "again")), name="dispatch")
class ChoosePassword(View):
    """Shown by GET, which changes nothing; the link ends with the POST that sets the password."""

    http_method_names = ["get", "head", "post", "options"]

    def get(self, request: HttpRequest, uid: str, token: str) -> HttpResponse:
        """The form, or 404 for a link that is used, too old or not ours."""
        return self._page(request, uid, token)

    def post(self, request: HttpRequest, uid: str, token: str) -> HttpResponse:
        """Set the password and end every session of its owner, this one included."""
        password = request.POST.get("password", "")
        if password != request.POST.get("again", ""):
            return self._page(request, uid, token, refusals=[DIFFERENT])
        try:
            choose_password(uid=uid, token=token, password=password)
        except NotFound:
            raise Http404 from None
        except Invalid as refusal:
            return self._page(request, uid, token, refusals=[error.message for error in refusal.fields])
        logout(request)
        return render(request, "orgs/password_chosen.html")

    def _page(self, request: HttpRequest, uid: str, token: str, refusals: list[str] | None = None) -> HttpResponse:
        person = person_of_link(uid, token)
        if person is None:
            raise Http404
        context = {"person": person, "refusals": refusals or []}
        return render(request, "orgs/choose_password.html", context, status=400 if refusals else 200)

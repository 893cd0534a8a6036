"""Which organisation a signed-in person is working in, for the whole of a request."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from orgs.authentication import actor_for_user, organisations_of
from orgs.models import Organisation, User
from orgs.tenancy import org_scope

SESSION_KEY = "organisation"


class CurrentOrganisation:
    """Set ``request.org`` and ``request.actor`` (or None) and confine the request's queries to that organisation.

    The session remembers the choice; where it is missing or no longer theirs, the first of the person's own is taken.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.org = None  # type: ignore[attr-defined]
        request.actor = None  # type: ignore[attr-defined]
        # The look at the user costs a query; a request that sent no session cookie has none.
        if not request.session.session_key or not isinstance(request.user, User):
            return self.get_response(request)
        org = self._chosen(request, request.user)
        if org is None:
            return self.get_response(request)
        request.org = org  # type: ignore[attr-defined]
        request.actor = actor_for_user(request.user, org)  # type: ignore[attr-defined]
        with org_scope(org):
            return self.get_response(request)

    def _chosen(self, request: HttpRequest, user: User) -> Organisation | None:
        own = organisations_of(user)
        request.organisations = own  # type: ignore[attr-defined]
        chosen = request.session.get(SESSION_KEY)
        return next((org for org in own if str(org.id) == chosen), own[0] if own else None)

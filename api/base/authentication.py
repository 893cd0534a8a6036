"""Who calls: the holder of an API key in `Authorization: Bearer`, or a signed-in session with its CSRF token."""

from __future__ import annotations

from typing import Any

from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.request import Request

from api.base import limits
from orgs.actor import Actor
from orgs.authentication import BadCredentials, actor_for_token, actor_for_user
from orgs.errors import DomainError, NotFound
from orgs.models import User
from orgs.queries import find_organisation, is_named

CHALLENGE = 'Bearer realm="opsledger"'


class NoOrganisation(DomainError):
    """A signed-in person who belongs to no organisation."""

    status = 403
    code = "no_organisation"
    title = "No organisation"

    def __init__(self) -> None:
        super().__init__("You are not a member of any organisation.")


class BearerKey(BaseAuthentication):
    """An API key. Any `Authorization` header decides alone: a session beside it is not looked at."""

    def authenticate(self, request: Request) -> tuple[None, Actor] | None:
        """The key's actor as `request.auth`."""
        header = request.META.get("HTTP_AUTHORIZATION", "")
        if not header:
            return None
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer":
            raise exceptions.AuthenticationFailed("Send the key as a Bearer token.")
        try:
            return None, actor_for_token(token.strip(" "))
        except BadCredentials:
            limits.take(f"address:{request.META.get('REMOTE_ADDR', '')}")
            raise exceptions.AuthenticationFailed("This key is unknown, revoked or expired.") from None

    def authenticate_header(self, request: Request) -> str:
        """The challenge of every 401."""
        return CHALLENGE


class SignedInSession(SessionAuthentication):
    """The browser's session; unsafe methods need its CSRF token."""

    def authenticate(self, request: Request) -> tuple[Any, None] | None:
        """The signed-in person as `request.user`."""
        if not request._request.session.session_key:
            return None
        return super().authenticate(request)

    def enforce_csrf(self, request: Request) -> None:
        """Refuse without the token, in words that name the remedy."""
        try:
            super().enforce_csrf(request)
        except exceptions.PermissionDenied:
            raise exceptions.PermissionDenied(
                "Send the page's token as X-CSRFToken, or use an API key.", code="csrf_failed"
            ) from None


def actor_of(request: Request, organisation: str | None) -> Actor:
    """The caller as an actor of the organisation that the address names, else of the key's or the session's own.

    Raises NotAuthenticated, NotFound for an organisation that is not the caller's, NoOrganisation.
    """
    # The stubs know of the framework's own tokens only; BearerKey puts an Actor there.
    key: Any = request.auth
    user = request.user
    if isinstance(key, Actor):
        if organisation is not None and not is_named(organisation, key.org_id):
            raise NotFound("organisation")
        return key
    if not isinstance(user, User):
        raise exceptions.NotAuthenticated("Send an API key as a Bearer token, or sign in.")
    if organisation is not None:
        actor = actor_for_user(user, find_organisation(organisation))
        if actor is None:
            raise NotFound("organisation")
        return actor
    chosen: Actor | None = getattr(request._request, "actor", None)
    if chosen is None:
        raise NoOrganisation
    return chosen

"""The one view class of the API: who calls, for which organisation, with what input, and how refusals are told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from rest_framework.views import APIView

from api.base import limits
from api.base.authentication import CHALLENGE, BearerKey, SignedInSession, actor_of
from api.base.idempotency import checked_key, once
from api.base.operations import Call, Handler, Operation
from api.base.parameters import read_parameters
from api.base.preconditions import expected_version
from api.base.problems import problem_of
from api.base.schema import OperationSchema
from api.base.serializers import StrictInput, read_body
from api.base.strict_json import StrictJSONParser
from api.vocabulary import Dialect
from orgs.errors import IllegalTransition, Invalid
from orgs.tenancy import org_scope

SAFE = ("GET", "HEAD", "OPTIONS")
ACCEPTED = ("*/*", "application/*", "application/json", "application/problem+json")


class Nothing(StrictInput):
    """The body of a call that needs none: absent, or an object without members."""


class ApiView(APIView):
    """Base of every endpoint. A subclass names its dialect and declares handlers with `operation`."""

    dialect: ClassVar[Dialect | None] = None
    tag: ClassVar[str] = ""
    spelt: ClassVar[Mapping[str, str]] = {}
    """How this dialect spells fields that the commands name otherwise."""
    authentication_classes: Sequence[type[BaseAuthentication]] = (BearerKey, SignedInSession)
    permission_classes: Sequence[Any] = ()
    throttle_classes: Sequence[Any] = ()
    parser_classes = (StrictJSONParser,)
    renderer_classes: Sequence[Any] = ()
    schema = OperationSchema()
    http_method_names: Sequence[str] = ("get", "head", "post", "put", "patch", "options")

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse an Accept header that asks for anything but JSON, and callers that cannot be signed in."""
        _refuse_unacceptable(request.META.get("HTTP_ACCEPT", ""))
        self.perform_authentication(request)

    def perform_authentication(self, request: Request) -> None:
        """Look at the credentials; whether any are needed is the operation's to say."""
        if self.authentication_classes and request.auth is None and request.user is None:
            raise exceptions.NotAuthenticated("Send an API key as a Bearer token, or sign in.")

    def carry_out(self, operation: Operation, handler: Handler, parts: Mapping[str, str]) -> HttpResponse:
        """Run one operation: admit the caller, read the request, call the handler once."""
        request = self.request
        named = dict(parts)
        if operation.actions is None:
            values = read_parameters(request._request.GET, operation.query)
            return handler(self, values, **named)
        actor = actor_of(request, named.pop("org_id", None))
        request._request.actor = actor  # type: ignore[attr-defined]  # the request log names it
        limits.take(f"{actor.org_id}:{actor.kind}:{actor.ref}")
        with org_scope(actor.org_id):
            operation.admit(actor)
            call = self._read(request, operation, actor)
            key = None if request.method in SAFE else checked_key(request.META.get("HTTP_IDEMPOTENCY_KEY"))
            if key is None:
                return handler(self, call, **named)
            return once(
                actor=actor,
                method=str(request.method),
                path=request.path,
                key=key,
                body=request.data,
                run=lambda: handler(self, call, **named),
                refuse=self.refusal,
            )

    def _read(self, request: Request, operation: Operation, actor: Any) -> Call:
        values = read_parameters(request._request.GET, operation.query)
        data: dict[str, Any] = {}
        echoed: dict[str, Any] = {}
        version = None
        if request.method not in SAFE:
            data, echoed = read_body(operation.body or Nothing, request.data, partial=operation.partial)
            if operation.versioned:
                version = expected_version(request.META.get("HTTP_IF_MATCH"))
        return Call(request, actor, values, data, echoed, version)

    def refusal(self, error: Exception) -> HttpResponse:
        """The answer to an exception, in this dialect's words."""
        if isinstance(error, IllegalTransition) and self.dialect is not None:
            error = self.dialect.translated(error)
        elif isinstance(error, Invalid) and self.spelt:
            error = Invalid([replace(fault, field=self.spelt.get(fault.field, fault.field)) for fault in error.fields])
        return problem_of(error)

    def handle_exception(self, error: Exception) -> HttpResponse:  # type: ignore[override]  # no framework Response
        """Every refusal of this view, and the challenge that belongs to a 401."""
        answer = self.refusal(error)
        if answer.status_code == 401:
            answer.headers["WWW-Authenticate"] = CHALLENGE
        return answer

    def options(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:  # type: ignore[override]  # as above
        """Which methods there are."""
        return HttpResponse(status=204)

    def finalize_response(  # type: ignore[override]  # as above
        self, request: Request, response: HttpResponseBase, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        """Name the methods, and keep private answers out of shared caches."""
        response.headers["Allow"] = ", ".join(self.allowed_methods)
        response.headers.setdefault("Cache-Control", "no-store")
        return response


def _refuse_unacceptable(header: str) -> None:
    """Answers are JSON; a client that takes everything but JSON is told so."""
    if not header:
        return
    for item in header.split(",", 64)[:64]:
        media_type, *parameters = (part.strip().lower() for part in item.split(";"))
        if media_type in ACCEPTED and "q=0" not in parameters:
            return
    raise exceptions.NotAcceptable

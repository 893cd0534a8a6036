"""`/api/schema`: the one OpenAPI document; `/api/docs`: the same to read and try, served from this host alone."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from rest_framework.request import Request

from api.base import shapes
from api.base.operations import operation
from api.base.replies import Reply
from api.base.schema import REFUSALS
from api.base.views import ApiView
from api.webhook_paths import SHAPES as WEBHOOK_SHAPES
from api.webhook_paths import webhook_paths

LOOPBACK = ("127.0.0.1", "::1")
TAGS = {
    "itsm incidents": "Incidents in the words of IT service management: P1 to P4, open to closed.",
    "itsm problems": "What causes incidents, what helps meanwhile, and which change ended it.",
    "itsm configuration items": "What services are made of, and what depends on what.",
    "v1 incidents": "Incidents for other services: SEV1_CRITICAL to SEV4_LOW, OPEN to CLOSED.",
    "v1 alerts": "What sources reported, whether or not it made an incident.",
    "v1 intake": "The bodies that sources posted, as they came.",
    "v1 webhooks": "Where alert sources post; their formats, not ours.",
    "organisation incidents": "Incidents and their streams of events, in camelCase.",
    "health": "Probes.",
    "documentation": "This document.",
}
DESCRIPTION = """\
Three dialects speak of the same incidents: what one of them creates, the others read.

Send an API key as `Authorization: Bearer …`, or use a signed-in browser. Times are ISO 8601 in UTC. Lists are paged by \
`cursor`. Every refusal is `application/problem+json` and names each bad field. An unknown field or parameter is \
refused, never ignored. A write with a stale `If-Match` is 412; a repeated `Idempotency-Key` answers the first answer.\
"""


class Generator(SchemaGenerator):
    """Adds what belongs to the whole document."""

    def get_schema(self, request: Any = None, public: bool = False) -> dict[str, Any]:
        """The document."""
        found: dict[str, Any] = super().get_schema(request, public)  # type: ignore[no-untyped-call]  # untyped
        found["paths"] = dict(sorted({**found["paths"], **webhook_paths()}.items()))
        components = found["components"]
        components["schemas"] |= {shape.name: shape.schema() for shape in WEBHOOK_SHAPES}
        components["securitySchemes"]["basic"] = {
            "type": "http",
            "scheme": "basic",
            "description": "An API key as the password; for alert sources that can send nothing else.",
        }
        found["info"]["description"] = DESCRIPTION
        found["info"]["license"] = {"name": "Apache-2.0", "identifier": "Apache-2.0"}
        used = {tag for path in found["paths"].values() for method in path.values() for tag in method["tags"]}
        found["tags"] = [{"name": name, "description": text} for name, text in TAGS.items() if name in used]
        return found


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    """The OpenAPI document, made once for the process."""
    return Generator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]  # untyped


class Schema(ApiView):
    """The document for programs."""

    tag = "documentation"

    def perform_authentication(self, request: Request) -> None:
        """Ask for credentials, except on the machine itself."""
        if request.META.get("REMOTE_ADDR") not in LOOPBACK:
            super().perform_authentication(request)

    @operation(
        "Read this document",
        actions=None,
        shape=shapes.members("An OpenAPI 3.1 document."),
        example={"openapi": "3.1.1", "info": {"title": "Opsledger", "version": "0.1.0"}, "paths": {}},
        refusals={status: REFUSALS[status] for status in (401, 403)},
        description="For everybody with credentials; on the machine itself for everybody.",
    )
    def get(self, values: dict[str, Any]) -> HttpResponse:
        """All of it."""
        return Reply(document(), headers={"Cache-Control": "private, max-age=300"})


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """The page that shows the document."""
    return render(request, "api/docs.html")

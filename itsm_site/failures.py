"""Answers to what went wrong outside of a view: problem documents for programs, dressed pages for people."""

import sys
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template import TemplateDoesNotExist
from django.template.loader import render_to_string

from api.base.problems import RETRY_SECONDS, problem

log = structlog.get_logger("itsm_site.failures")

_PROGRAM_PATHS = ("/api/", "/itsm/", "/metrics", "/livez", "/readyz", "/health/deep")
# SQLite tells a file that is locked or gone from a mistake in a statement by words alone.
_SQLITE_AWAY = ("locked", "busy", "unable to open", "disk i/o", "is full", "readonly", "malformed")
# SQLSTATE classes of a server that is away, overloaded or shutting down, and of waits that took too long.
_STATES_AWAY = ("08", "53", "57", "58", "40", "55")


def for_programs(request: HttpRequest) -> bool:
    """Whether the path belongs to the API, where errors are problem documents and never pages."""
    return request.path in {"/api", "/itsm"} or request.path.startswith(_PROGRAM_PATHS)


def failure(
    request: HttpRequest,
    status: int,
    *,
    code: str,
    detail: str,
    headers: Mapping[str, str] | None = None,
    extra: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """The answer for `status`: RFC 9457 under the API's paths, else a page; `extra` goes into the document only."""
    if for_programs(request):
        return problem(status, code, detail, headers=dict(headers or {}), **(extra or {}))
    response = _page(request, status, detail)
    for name, value in (headers or {}).items():
        response[name] = value
    return response


def _page(request: HttpRequest, status: int, detail: str) -> HttpResponse:
    """A page from `templates/errors`, rendered without the request: it must not need a database."""
    context = {
        "status": status,
        "title": HTTPStatus(status).phrase,
        "detail": detail,
        "request_id": getattr(request, "request_id", ""),
    }
    family = 400 if status < 500 else 500
    try:
        html = render_to_string([f"errors/{status}.html", f"errors/{family}.html"], context)
    except TemplateDoesNotExist:
        return HttpResponse(f"{status} {context['title']}: {detail}", status=status, content_type="text/plain")
    return HttpResponse(html, status=status)


def is_database_away(error: BaseException | None) -> bool:
    """Whether an exception says that the database cannot answer now, rather than that we asked wrongly."""
    if isinstance(error, InterfaceError):
        return True
    if not isinstance(error, OperationalError):
        return False
    if settings.SQLITE:
        return any(word in str(error).lower() for word in _SQLITE_AWAY)
    state = getattr(error.__cause__, "sqlstate", None)
    return state is None or state.startswith(_STATES_AWAY)


def database_away(request: HttpRequest) -> HttpResponse:
    """503 with the time after which to try again."""
    return failure(
        request,
        503,
        code="unavailable",
        detail="The database does not answer at the moment. Nothing was changed; please try again shortly.",
        headers={"Retry-After": str(RETRY_SECONDS)},
    )


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler400."""
    return failure(request, 400, code="bad_request", detail="The request could not be understood.")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler403."""
    return failure(request, 403, code="forbidden", detail="Your roles do not allow this.")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's CSRF_FAILURE_VIEW; the reason is for the log, not for whoever forged the form."""
    log.warning("csrf refused", reason=reason, path=request.path)
    return failure(
        request,
        403,
        code="csrf_failed",
        detail="This form has expired or came from another site. Reload the page and send it again.",
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler404."""
    return failure(request, 404, code="not_found", detail="There is nothing at this address.")


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500, called while the exception is being handled."""
    error = sys.exc_info()[1]
    if is_database_away(error):
        log.error("database unavailable", reason=str(error).strip())
        return database_away(request)
    log.error("unhandled exception", path=request.path, exc_info=error)
    return failure(
        request,
        500,
        code="internal",
        detail="Something failed on our side. It has been logged under the request id.",
    )

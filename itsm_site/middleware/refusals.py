"""What a view lets escape becomes the answer that it means: a refusal of the domain, or a database that is away."""

import structlog
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from itsm_site.failures import database_away, failure, is_database_away
from itsm_site.middleware.types import GetResponse
from orgs.errors import Busy, DomainError

log = structlog.get_logger("itsm_site.failures")


class Refusals:
    """Answer 503 with Retry-After while the database is away, and a DomainError with its own status.

    The API turns domain errors into its own documents before they come here; pages may let them pass.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Called by Django with what a view raised; None leaves it to the next handler."""
        if is_database_away(error):
            log.error("database unavailable", reason=str(error).strip())
            return database_away(request)
        if isinstance(error, DomainError):
            headers = {"Retry-After": str(error.retry_after)} if isinstance(error, Busy) else None
            return failure(request, error.status, code=error.code, detail=error.detail, headers=headers)
        return None

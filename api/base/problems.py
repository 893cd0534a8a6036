"""Every refusal in one shape: `application/problem+json` (RFC 9457), never a stack trace or an exception's text."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import DatabaseError, DataError, IntegrityError, InterfaceError, OperationalError
from django.http import Http404
from rest_framework import exceptions

from api.base.replies import Reply
from orgs.errors import Busy, Conflict, DomainError, FieldError, Forbidden, IllegalTransition, Invalid, Stale
from timeline.context import current_request_id

PROBLEM_TYPE = "application/problem+json"
RETRY_SECONDS = 1

logger = logging.getLogger("api")

TITLES = {
    400: "Invalid input",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    406: "Not acceptable",
    409: "Conflict",
    412: "Changed meanwhile",
    413: "Body too large",
    415: "Unsupported media type",
    422: "Not the same request",
    429: "Too many requests",
    500: "Internal fault",
    503: "Not available now",
}


class TooLarge(exceptions.APIException):
    """The body is larger than the endpoint reads. `limit` is in bytes."""

    status_code = 413
    default_code = "too_large"

    def __init__(self, limit: int) -> None:
        super().__init__(f"The body may have {limit} bytes.")


class KeyReused(DomainError):
    """An `Idempotency-Key` that was used before for something else."""

    status = 422
    code = "idempotency_key_reused"
    title = "Key used before"


class InProgress(Conflict):
    """The first call with this `Idempotency-Key` is still running."""

    code = "in_progress"
    title = "Still running"

    def __init__(self) -> None:
        super().__init__("The first call with this Idempotency-Key is still running.")


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    title: str = "",
    errors: Sequence[FieldError] = (),
    headers: dict[str, str] | None = None,
    **members: Any,
) -> Reply:
    """One refusal. `members` are further problem members such as `current` and `allowed`."""
    body: dict[str, Any] = {
        "type": f"urn:opsledger:problem:{code}",
        "title": title or TITLES.get(status, "Refused"),
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": current_request_id(),
        **members,
    }
    if errors:
        body["errors"] = [{"field": e.field, "code": e.code, "message": e.message} for e in errors]
    return Reply(body, status, headers=headers, content_type=PROBLEM_TYPE)


def problem_of(error: Exception) -> Reply:
    """The refusal that says what this exception means; an unforeseen one is logged and told as 500 without its text."""
    if isinstance(error, DomainError):
        return _of_domain(error)
    if isinstance(error, exceptions.APIException):
        return _of_framework(error)
    if isinstance(error, Http404):
        return problem(404, "not_found", "No such record.")
    if isinstance(error, PermissionDenied):
        return problem(403, "forbidden", "This is not allowed.")
    if isinstance(error, RequestDataTooBig):
        return problem(413, "too_large", "The body is too large.")
    if isinstance(error, DataError | SuspiciousOperation | RecursionError | OverflowError | UnicodeError):
        logger.info("input refused late", exc_info=error)
        return problem(400, "invalid", "The input holds a value that cannot be stored.")
    if isinstance(error, OperationalError | InterfaceError | MemoryError):
        logger.warning("store unavailable", exc_info=error)
        return unavailable()
    if isinstance(error, DatabaseError) and not isinstance(error, IntegrityError) and not _is_bug(error):
        logger.warning("store unavailable", exc_info=error)
        return unavailable()
    logger.error("unforeseen fault", exc_info=error)
    return problem(500, "internal", "Something went wrong here. The fault was logged under this request's id.")


def _is_bug(error: DatabaseError) -> bool:
    """Whether the statement itself was wrong, which waiting does not mend."""
    return type(error).__name__ in ("ProgrammingError", "NotSupportedError", "InternalError")


def unavailable(retry_after: int = RETRY_SECONDS) -> Reply:
    """The store does not answer; whether a change that was on its way was kept is not known."""
    return problem(
        503,
        "unavailable",
        "The store does not answer right now. Try again; under the same Idempotency-Key nothing happens twice.",
        headers={"Retry-After": str(retry_after)},
    )


def _of_domain(error: DomainError) -> Reply:
    members: dict[str, Any] = {}
    headers: dict[str, str] = {}
    errors: Sequence[FieldError] = ()
    if isinstance(error, Invalid):
        errors = error.fields
    elif isinstance(error, Forbidden):
        members = {"action": error.action, "needs": error.needs}
    elif isinstance(error, IllegalTransition):
        members = {"current": error.current, "requested": error.requested, "allowed": error.allowed}
    elif isinstance(error, Stale):
        members = {"current_version": error.current_version}
    elif isinstance(error, Busy):
        headers["Retry-After"] = str(error.retry_after)
    elif isinstance(error, InProgress):
        headers["Retry-After"] = str(RETRY_SECONDS)
    return problem(error.status, error.code, error.detail, title=error.title, errors=errors, headers=headers, **members)


def _of_framework(error: exceptions.APIException) -> Reply:
    status = error.status_code
    headers: dict[str, str] = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if isinstance(error, exceptions.Throttled):
        headers["Retry-After"] = str(max(1, int(getattr(error, "wait", None) or 1)))
        return problem(429, "throttled", "Too many requests. Wait as Retry-After says.", headers=headers)
    if isinstance(error, exceptions.MethodNotAllowed):
        return problem(405, "method_not_allowed", "This address does not take that method.")
    if isinstance(error, exceptions.NotAcceptable):
        return problem(406, "not_acceptable", "Answers are application/json.")
    if isinstance(error, exceptions.ParseError):
        return problem(400, "malformed", "The request could not be read.")
    code = error.get_codes()
    return problem(status, code if isinstance(code, str) else "refused", str(error.detail), headers=headers)

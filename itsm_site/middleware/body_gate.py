"""The body gate: no request body larger than its route may need is ever read into memory."""

import re
from io import BytesIO
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from itsm_site.failures import failure
from itsm_site.middleware.types import GetResponse

KIB = 1024
MIB = 1024 * KIB
WIDEST = 16 * MIB
# Prefix of the path or its end -> bytes. Alert sources batch (3,000 alerts are 3.9 MB), imports are
# files; everything else is a form or a small document.
_WEBHOOKS = "/api/v1/webhooks/"
_IMPORT = re.compile(r"/import(/|\Z)|\A/admin/.*/import")
_PIECE = 64 * KIB
_LENGTH = re.compile(r"\A[0-9]{1,18}\Z")


def limit_for(path: str) -> int:
    """How many bytes a body sent to `path` may have."""
    if path.startswith(_WEBHOOKS):
        return WIDEST
    if _IMPORT.search(path):
        return 5 * MIB
    return 256 * KIB


class TooLarge(Exception):
    """A body of unknown length went over its limit."""


class Incomplete(Exception):
    """A body broke off before its declared length, or its chunks are malformed."""


class BodyGate:
    """Refuse by Content-Length before reading, by counting where there is none, and anything compressed."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
        if encoding not in {"", "identity"}:
            # A megabyte of gzip can unfold to a gigabyte, so nothing compressed is unfolded here.
            return failure(
                request,
                415,
                code="content_encoding",
                detail="Send the body uncompressed: Content-Encoding must be identity.",
                headers={"Accept-Encoding": "identity"},
            )
        limit = limit_for(request.path)
        chunked = bool(request.headers.get("Transfer-Encoding"))
        declared = request.META.get("CONTENT_LENGTH") or "0"
        if not chunked and not _LENGTH.match(declared):
            return failure(request, 400, code="content_length", detail="Content-Length must be a whole number.")
        if not chunked and int(declared) > limit:
            return _too_large(request, limit)
        try:
            _take(request, limit, None if chunked else int(declared))
        except TooLarge:
            return _too_large(request, limit)
        except Incomplete:
            return failure(request, 400, code="body_incomplete", detail="The body broke off before its end.")
        return self.get_response(request)


def _take(request: HttpRequest, limit: int, declared: int | None) -> None:
    """Read the body and hand it on whole; `declared` is None for a chunked one, which is counted.

    Django takes a chunked body, which has no Content-Length, for an empty one; and one that breaks
    off for a complete one, so that half an alert would be stored and answered with 202.
    """
    if declared == 0:
        return
    source: Any = request.META["wsgi.input"]
    body = BytesIO()
    wanted = limit + 1 if declared is None else declared
    while body.tell() < wanted:
        try:
            piece = source.read(min(_PIECE, wanted - body.tell()))
        except Exception as error:  # each server has errors of its own for this
            raise Incomplete from error
        if not piece:
            break
        body.write(piece)
    size = body.tell()
    if size > limit:
        raise TooLarge
    if declared is not None and size < declared:
        raise Incomplete
    body.seek(0)
    request.META["CONTENT_LENGTH"] = str(size)
    request._stream = body  # where HttpRequest.read() reads from


def _too_large(request: HttpRequest, limit: int) -> HttpResponseBase:
    return failure(
        request,
        413,
        code="too_large",
        detail=f"The body may have at most {limit} bytes here.",
        extra={"limit": limit},
    )

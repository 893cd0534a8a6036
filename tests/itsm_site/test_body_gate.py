"""No body larger than its route may need gets past the gate, however its length is told."""

import io
import json

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory

from itsm_site.middleware.body_gate import KIB, MIB, BodyGate, limit_for

WEBHOOK, IMPORT, API, PAGE = "/api/v1/webhooks/alerts/generic", "/itsm/cis/import", "/itsm/incidents", "/sign-in"


def echo(request):
    return HttpResponse(request.body)


def post(path, body, **extra):
    return BodyGate(echo)(RequestFactory().post(path, data=body, content_type="application/json", **extra))


class Endless(io.RawIOBase):
    """A sender that never stops; counts how much was taken."""

    taken = 0

    def read(self, size=-1):
        assert size > 0
        self.taken += size
        return b"x" * size


def chunked(path, stream):
    request = RequestFactory().post(path, data=b"", content_type="application/json", HTTP_TRANSFER_ENCODING="chunked")
    request.META.pop("CONTENT_LENGTH", None)
    request.META["wsgi.input"] = stream
    return BodyGate(echo)(request)


@pytest.mark.parametrize(
    ("path", "limit"), [(WEBHOOK, 16 * MIB), (IMPORT, 5 * MIB), (API, 256 * KIB), (PAGE, 256 * KIB)]
)
def test_each_kind_of_route_has_its_limit(path, limit):
    assert limit_for(path) == limit


@pytest.mark.parametrize("path", [API, PAGE])
def test_a_body_of_exactly_the_limit_passes(path):
    assert post(path, b"x" * limit_for(path)).content == b"x" * limit_for(path)


@pytest.mark.parametrize("path", [WEBHOOK, IMPORT, API, PAGE])
def test_one_byte_more_is_refused_without_reading_it(path):
    stream = Endless()
    request = RequestFactory().post(path, data=b"", content_type="application/json")
    request.META |= {"CONTENT_LENGTH": str(limit_for(path) + 1), "wsgi.input": stream}
    assert BodyGate(echo)(request).status_code == 413
    assert stream.taken == 0


def test_a_chunked_body_is_counted_and_refused_at_its_limit():
    stream = Endless()
    assert chunked(API, stream).status_code == 413
    assert stream.taken <= limit_for(API) + 64 * KIB


def test_a_chunked_body_within_the_limit_arrives_whole():
    assert chunked(API, io.BytesIO(b"y" * 100_000)).content == b"y" * 100_000


@pytest.mark.parametrize("length", ["abc", "-1", "1e3", "+5", "0x10", "9" * 30])
def test_a_length_that_is_no_number_is_refused(length):
    request = RequestFactory().post(API, data=b"{}", content_type="application/json")
    request.META["CONTENT_LENGTH"] = length
    assert BodyGate(echo)(request).status_code == 400


def test_a_body_that_breaks_off_is_refused_instead_of_stored():
    request = RequestFactory().post(WEBHOOK, data=b"{}", content_type="application/json")
    request.META |= {"CONTENT_LENGTH": "10", "wsgi.input": io.BytesIO(b'{"a":')}
    answer = BodyGate(echo)(request)
    assert (answer.status_code, json.loads(answer.content)["code"]) == (400, "body_incomplete")


def test_a_body_that_cannot_be_read_is_refused():
    class Broken(io.RawIOBase):
        def read(self, size=-1):
            raise OSError("chunk without a size")

    assert chunked(API, Broken()).status_code == 400


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "gzip, identity", "GZIP"])
def test_nothing_compressed_is_unfolded(encoding):
    assert post(WEBHOOK, b"\x1f\x8b", HTTP_CONTENT_ENCODING=encoding).status_code == 415


def test_identity_is_no_compression():
    assert post(WEBHOOK, b"{}", HTTP_CONTENT_ENCODING="identity").content == b"{}"


def test_a_program_gets_a_problem_document():
    answer = post(API, b"x" * (limit_for(API) + 1))
    assert answer["Content-Type"] == "application/problem+json"
    assert json.loads(answer.content)["limit"] == limit_for(API)


def test_a_person_gets_a_page():
    answer = post(PAGE, b"x" * (limit_for(PAGE) + 1))
    assert answer.status_code == 413
    assert answer["Content-Type"].startswith("text/html")


def test_a_form_still_arrives_through_the_gate(db):
    answer = Client().post("/sign-in", {"username": "nobody", "password": "wrong"})
    assert b"nobody" in answer.content

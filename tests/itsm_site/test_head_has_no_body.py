"""HEAD answers the headers of GET and nothing else."""

from django.http import HttpResponse, StreamingHttpResponse
from django.test import RequestFactory

from itsm_site.middleware.head_requests import HeadRequests


def answer(response, method="HEAD"):
    return HeadRequests(lambda request: response)(RequestFactory().generic(method, "/"))


def test_the_body_goes_and_its_length_stays():
    head = answer(HttpResponse("hello"))
    assert (head.content, head["Content-Length"]) == (b"", "5")


def test_a_stream_is_not_read():
    def never():
        raise AssertionError("the stream was read")
        yield b""

    assert b"".join(answer(StreamingHttpResponse(never())).streaming_content) == b""


def test_other_methods_keep_theirs():
    assert answer(HttpResponse("hello"), "GET").content == b"hello"

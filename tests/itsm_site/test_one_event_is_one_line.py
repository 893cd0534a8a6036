"""A log event is one line of JSON, whatever text it carries, and never shows a secret."""

import io
import json
import logging

import pytest
import structlog
from django.http import HttpResponse
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from itsm_site.logging import configure
from itsm_site.middleware.request_log import RequestLog

NASTY = [
    "two\nlines",
    'cr\r\n{"level":"critical","event":"forged"}',
    "\x1b[31mred\x1b[0m",
    "\u2028line\u2029paragraph\x85next",
    "\u202egnp.exe",
    "nul\x00",
    "lone \ud800 surrogate",
    "x" * 100_000,
]


@pytest.fixture
def lines():
    """Everything written to standard error while the test runs, as a list of lines."""
    stream = io.StringIO()
    configure(level="debug", as_json=True)
    handler = logging.getLogger().handlers[0]
    handler.setStream(stream)
    yield lambda: stream.getvalue().split("\n")[:-1]
    configure(level="info", as_json=True)


@pytest.mark.parametrize("text", NASTY, ids=range(len(NASTY)))
def test_any_text_stays_on_its_line(lines, text):
    structlog.get_logger("tests").info("received", title=text, nested={"deep": [text]}, **{"k" + text[:20]: 1})
    logging.getLogger("tests").warning("from the library: %s", text)
    written = lines()
    assert len(written) == 2
    for line in written:
        assert line.isascii()
        assert line.isprintable()
        json.loads(line)


@given(st.text())
def test_any_text_at_all(text):
    configure(level="debug", as_json=True)
    stream = io.StringIO()
    logging.getLogger().handlers[0].setStream(stream)
    structlog.get_logger("tests").info(text, value=text)
    assert len(stream.getvalue().splitlines()) == 1
    configure(level="info", as_json=True)


def test_an_exception_is_one_line_too(lines):
    try:
        raise ValueError("first\nsecond")
    except ValueError:
        structlog.get_logger("tests").exception("failed")
    (line,) = lines()
    assert "second" in json.loads(line)["exception"]


def test_a_request_is_one_line_without_its_query(lines):
    def view(request):
        return HttpResponse(status=404)

    RequestLog(view)(RequestFactory().get("/incidents\n{}?token=geheim", headers={"User-Agent": "a\nb"}))
    (line,) = lines()
    event = json.loads(line)
    assert (event["event"], event["status"], event["level"]) == ("request", 404, "info")
    assert "geheim" not in line
    assert event["request_id"]


def test_secrets_are_blotted_out_by_key_and_in_texts(lines):
    canary = "kanarienvogel-1234567890"
    structlog.get_logger("tests").info(
        f"calling https://me:{canary}@jira.example.org with Bearer {canary}",
        password=canary,
        headers={"Authorization": canary, "X-Api-Key": canary, "Accept": "text/html"},
        body=[{"client_secret": canary}],
        note=f"ops_{canary}",
    )
    (line,) = lines()
    assert canary not in line
    assert "text/html" in line


def test_readable_lines_escape_what_is_not_text():
    stream = io.StringIO()
    configure(level="debug", as_json=False)
    logging.getLogger().handlers[0].setStream(stream)
    for text in NASTY:
        structlog.get_logger("tests").info("received", title=text)
    assert len(stream.getvalue().splitlines()) == len(NASTY)
    assert "\x1b" not in stream.getvalue()
    configure(level="info", as_json=True)

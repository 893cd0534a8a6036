"""A domain error that a page lets escape is answered with its own status, dressed."""

import pytest
from django.test import RequestFactory

from itsm_site.middleware.refusals import Refusals
from orgs.errors import Busy, Forbidden, IllegalTransition, Invalid, NotFound, Stale

REFUSALS = [
    Invalid.one("title", "required", "Say what happened."),
    Forbidden(action="incident.severity", needs=["SRE_LEAD"]),
    NotFound("incident"),
    IllegalTransition(current="closed", requested="open", allowed=[]),
    Stale(current_version=4),
    Busy(retry_after=3),
]


@pytest.mark.parametrize("error", REFUSALS, ids=lambda error: type(error).__name__)
def test_the_status_is_the_errors_own(error):
    answer = Refusals(lambda request: None).process_exception(RequestFactory().get("/incidents/INC-1"), error)
    assert answer.status_code == error.status
    assert answer["Content-Type"].startswith("text/html")


def test_busy_says_when_to_come_back():
    answer = Refusals(lambda request: None).process_exception(RequestFactory().get("/"), Busy(retry_after=3))
    assert answer["Retry-After"] == "3"


def test_what_went_wrong_is_escaped_in_the_page():
    error = NotFound("<script>alert(1)</script>")
    answer = Refusals(lambda request: None).process_exception(RequestFactory().get("/"), error)
    assert b"<script>alert" not in answer.content


def test_anything_else_is_left_to_the_next_handler():
    assert Refusals(lambda request: None).process_exception(RequestFactory().get("/"), KeyError("x")) is None

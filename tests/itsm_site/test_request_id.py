"""Every request has one id: the caller's where it is harmless, else a new one."""

import re

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from itsm_site.middleware.request_log import RequestLog
from timeline.context import current_request_id


def answer(offered=None):
    seen = []

    def view(request):
        seen.append(current_request_id())
        return HttpResponse()

    headers = {} if offered is None else {"X-Request-ID": offered}
    response = RequestLog(view)(RequestFactory().get("/", headers=headers))
    return response["X-Request-ID"], seen[0]


def test_a_new_one_is_made_and_returned():
    returned, seen = answer()
    assert re.fullmatch(r"[0-9a-f-]{36}", returned)
    assert seen == returned


def test_a_harmless_one_is_kept():
    assert answer("Deploy-2026-11-21") == ("Deploy-2026-11-21", "Deploy-2026-11-21")


@pytest.mark.parametrize("offered", ["", " ", "a" * 65, "a b", "a\r\nSet-Cookie: x=1", "a_b", "é", "{}", "../x", "a\n"])
def test_anything_else_is_replaced(offered):
    assert answer(offered)[0] != offered


def test_nothing_is_left_for_the_next_request():
    answer("first")
    assert current_request_id() == ""

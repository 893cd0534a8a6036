"""Q10: a session's unsafe call without the page's token is refused, and reading changes nothing."""

import pytest
from django.apps import apps
from django.test import Client

from orgs.roles import Role
from tests.api.conftest import Caller
from tests.api.routes import ROUTES, UNSAFE

BY_ID = [pytest.param(route, id=route.id) for route in UNSAFE]


@pytest.fixture
def browser(user_with):
    """A signed-in browser that enforces the check, as real ones meet it."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(user_with(*Role.values))
    return Caller(client=client)


@pytest.mark.parametrize("route", BY_ID)
def test_without_the_token_it_is_refused(route, browser, world):
    answer = browser.send(route.method.upper(), route.address(world.parts()), route.operation.body_example or {})
    assert answer.status_code == 403
    assert answer.json()["code"] == "csrf_failed"


def test_another_persons_token_is_refused(browser, signed_in, world):
    other = signed_in("ORG_ADMIN")
    other.get("/sign-in")
    answer = browser.post("/itsm/incidents", {"title": "x", "severity": "P3"}, x_csrftoken="a" * 64)
    assert answer.status_code == 403


def test_with_the_token_it_is_taken(browser, world):
    token = "t" * 32
    browser.client.cookies["opsledger_csrf"] = token
    answer = browser.post("/itsm/incidents", {"title": "x", "severity": "P3"}, x_csrftoken=token)
    assert answer.status_code == 201, answer.content


def test_a_foreign_origin_is_refused(browser, world):
    token = "t" * 32
    browser.client.cookies["opsledger_csrf"] = token
    answer = browser.post(
        "/itsm/incidents", {"title": "x", "severity": "P3"}, x_csrftoken=token, origin="https://evil.example"
    )
    assert answer.status_code == 403


def test_a_session_reads_without_a_token(browser, world):
    assert browser.get("/itsm/incidents").status_code == 200
    assert browser.get(f"/api/orgs/{world.org.slug}/incidents").status_code == 200


def rows():
    """Every row of every table but those that say when somebody was last seen."""
    unseen = {"last_used_at", "last_login"}
    return {
        model._meta.label: sorted(
            str([value for name, value in row.items() if name not in unseen])
            for row in model._base_manager.values()  # every organisation's
        )
        for model in apps.get_models()
        if model._meta.managed and model._meta.label not in ("sessions.Session", "api.RateBucket")
    }


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_reading_changes_nothing(method, caller, world):
    caller.get("/itsm/incidents")
    before = rows()
    for route in ROUTES:
        query = "?at=2100-01-01" if route.path.endswith("/state") else ""
        caller.send(method, route.address(world.parts()) + query)
    assert rows() == before


def test_no_other_site_is_told_that_it_may_read(caller, world):
    for origin in ("null", "https://evil.example"):
        answer = caller.get("/itsm/incidents", origin=origin)
        assert not [name for name in answer.headers if name.lower().startswith("access-control-")]

"""What tests of the API use: callers that speak JSON, and one of each record in two organisations."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from api import health
from api.base import limits
from incidents.commands import create_incident
from orgs.actor import Actor
from orgs.authentication import actor_for_token
from orgs.roles import Role
from problems.commands import create_problem
from tests.api.world import World, build

JSON = "application/json"


class Caller:
    """A client that sends and reads JSON under one API key (or none)."""

    def __init__(self, token: str = "", client: Client | None = None) -> None:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        self.client = client or Client(headers=headers)
        self.token = token

    @property
    def actor(self) -> Actor:
        """Who the key is."""
        return actor_for_token(self.token)

    def send(self, method: str, address: str, body: Any = None, **headers: str) -> HttpResponse:
        """Send a body as JSON (bytes as they are); header names are written with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        content = named.pop("content-type", JSON)
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return self.client.generic(method, address, data, content_type=content, headers=named)

    def get(self, address: str, **headers: str) -> HttpResponse:
        return self.send("GET", address, **headers)

    def post(self, address: str, body: Any = None, **headers: str) -> HttpResponse:
        return self.send("POST", address, body, **headers)

    def patch(self, address: str, body: Any = None, **headers: str) -> HttpResponse:
        return self.send("PATCH", address, body, **headers)

    def put(self, address: str, body: Any = None, **headers: str) -> HttpResponse:
        return self.send("PUT", address, body, **headers)


@pytest.fixture(autouse=True)
def _plenty(settings):
    """No test but those of the limit are slowed by it, and none sees what another left in the process."""
    settings.ITSM_API_RATE_LIMIT = 0
    limits.forget()
    health.forget()


@pytest.fixture
def caller_with(key_with) -> Callable[..., Caller]:
    """`caller_with("MEMBER")`: the holder of a new key with these roles (and `org=`, `scopes=`)."""

    def make(*roles: str, **options: Any) -> Caller:
        return Caller(key_with(*roles, **options))

    return make


@pytest.fixture
def caller(caller_with) -> Caller:
    """The holder of a key with every role."""
    return caller_with(*Role.values)


@pytest.fixture
def nobody() -> Caller:
    """A caller without credentials."""
    return Caller()


def fields(answer: HttpResponse) -> dict[str, str]:
    """The bad fields of a refusal, with their codes."""
    assert answer.headers["Content-Type"] == "application/problem+json", answer.content
    return {error["field"]: error["code"] for error in answer.json().get("errors", [])}


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "matrix: generated from the routes")


@pytest.fixture
def world(org) -> World:
    """One of each record in the organisation that a test works in."""
    return build(org, marker="zzown")


@pytest.fixture
def foreign(other_org) -> World:
    """One of each record in another organisation, whose references are none of ours."""
    actor = Actor.system(other_org.pk, "world")
    create_incident(actor=actor, title="The first one zzforeign", severity="P4")
    create_problem(actor=actor, title="The first one zzforeign")
    return build(other_org, marker="zzforeign", names="foreign-")

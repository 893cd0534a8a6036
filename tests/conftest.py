"""What every test may use: organisations, their people and keys, and a fence around the network."""

import itertools
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import redis as redis_client
from django.conf import settings
from django.db import connection
from django.test import Client, TransactionTestCase
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from orgs.actor import Actor
from orgs.authentication import actor_for_user, forget_tokens
from orgs.commands import add_member, create_organisation, issue_key
from orgs.models import Organisation, User
from orgs.roles import Role
from tests.browser import CHROMIUM
from timeline.triggers import GUARD_TABLE, maintenance

IN_CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}
DEFAULT_REDIS = "redis://127.0.0.1:6379/15"

hypothesis_settings.register_profile(
    "desk", max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
hypothesis_settings.register_profile(
    "thorough",
    max_examples=1000,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
hypothesis_settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "desk"))


# --- services that a test may need ----------------------------------------------------------------


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip, with a reason that names the service, what cannot run here; in CI its absence is a failure."""
    if item.get_closest_marker("postgres") and settings.SQLITE:
        pytest.skip("needs PostgreSQL: this run is on SQLite; set DATABASE_URL=postgresql://…")
    if item.get_closest_marker("redis") and not _redis_answers():
        _missing(f"needs Redis: nothing answers at {redis_url()}; set REDIS_URL")
    if item.get_closest_marker("browser") and not CHROMIUM:
        _missing("needs Chromium: neither `chromium` nor `chromium-headless-shell` is on the path")


def _missing(reason: str) -> None:
    if IN_CI:
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def redis_url() -> str:
    """The Redis that tests may use and empty."""
    return settings.REDIS_URL or DEFAULT_REDIS


def _redis_answers() -> bool:
    try:
        with redis_client.Redis.from_url(redis_url(), socket_connect_timeout=1, socket_timeout=1) as client:
            return bool(client.ping())
    except redis_client.RedisError:
        return False


def pytest_unconfigure() -> None:
    """Remove the data directory that tests.settings made."""
    if settings.configured and Path(settings.ITSM_DATA_DIR).name.startswith("opsledger-tests-"):
        shutil.rmtree(settings.ITSM_DATA_DIR, ignore_errors=True)


# --- fences ---------------------------------------------------------------------------------------


@pytest.fixture(autouse=True, scope="session")
def _loopback_only() -> Iterator[None]:
    """No test reaches beyond this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            host = str(address[0])
            if not (host.startswith("127.") or host in {"::1", "localhost"}):
                message = f"a test tried to reach {host}: tests talk to loopback only"
                raise OSError(message)
        return connect(self, address)

    with mock.patch.object(socket.socket, "connect", guarded):
        yield


@pytest.fixture(autouse=True, scope="session")
def _flush_may_delete_events() -> Iterator[None]:
    """Open the ledger's maintenance guard for the clean-up after a transactional test, and for nothing else."""
    teardown = TransactionTestCase._fixture_teardown

    def guarded(self: TransactionTestCase) -> None:
        if connection.vendor == "sqlite" and GUARD_TABLE not in connection.introspection.table_names():
            return teardown(self)
        with maintenance():
            return teardown(self)

    with mock.patch.object(TransactionTestCase, "_fixture_teardown", guarded):
        yield


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    """What one test let the process remember of tokens is not known to the next."""
    forget_tokens()


# --- organisations, people, keys ------------------------------------------------------------------

_numbers = itertools.count(1)
PASSWORD = "correct horse battery staple"

UserFactory = Callable[..., User]
ActorFactory = Callable[..., Actor]
KeyFactory = Callable[..., str]


@pytest.fixture
def org(db: None) -> Organisation:
    """The organisation that a test works in."""
    return create_organisation(slug="acme", name="Acme Datacenters")


@pytest.fixture
def other_org(db: None) -> Organisation:
    """Another tenant, of which nothing may show."""
    return create_organisation(slug="globex", name="Globex Hosting")


@pytest.fixture
def user_with(org: Organisation) -> UserFactory:
    """`user_with("MEMBER", ...)`: an account in `org` (or `org=`) with these roles and PASSWORD."""

    def make(*roles: str, org: Organisation = org, username: str = "", staff: bool = False) -> User:
        name = username or f"{'-'.join(roles).lower() or 'nobody'}-{next(_numbers)}"
        user = User.objects.create_user(
            username=name, password=PASSWORD, first_name=name.title(), email=f"{name}@example.org", is_staff=staff
        )
        add_member(actor=None, org=org, user=user, roles=roles)
        return user

    return make


@pytest.fixture
def actor_with(org: Organisation, user_with: UserFactory) -> ActorFactory:
    """`actor_with("SRE_LEAD")`: a new person of `org` (or `org=`) with these roles, as an Actor."""

    def make(*roles: str, org: Organisation = org) -> Actor:
        actor = actor_for_user(user_with(*roles, org=org), org)
        assert actor is not None
        return actor

    return make


@pytest.fixture
def key_with(org: Organisation) -> KeyFactory:
    """`key_with("MEMBER", scopes=[...])`: the token of a new API key of `org` (or `org=`)."""

    def make(*roles: str, org: Organisation = org, **options: Any) -> str:
        _, token = issue_key(actor=None, org=org, name=f"key {next(_numbers)}", roles=roles, **options)
        return token

    return make


@pytest.fixture
def viewer(actor_with: ActorFactory) -> Actor:
    """Somebody who may only read."""
    return actor_with(Role.VIEWER)


@pytest.fixture
def member(actor_with: ActorFactory) -> Actor:
    """Somebody who may create and note."""
    return actor_with(Role.MEMBER)


@pytest.fixture
def engineer(actor_with: ActorFactory) -> Actor:
    """Somebody on call."""
    return actor_with(Role.ONCALL_ENGINEER)


@pytest.fixture
def lead(actor_with: ActorFactory) -> Actor:
    """A lead of the responders."""
    return actor_with(Role.SRE_LEAD)


@pytest.fixture
def approver(actor_with: ActorFactory) -> Actor:
    """Somebody who votes on changes."""
    return actor_with(Role.CHANGE_APPROVER)


@pytest.fixture
def administrator(actor_with: ActorFactory) -> Actor:
    """The organisation's administrator."""
    return actor_with(Role.ORG_ADMIN)


@pytest.fixture
def api_key(key_with: KeyFactory) -> str:
    """The token of a key with every role."""
    return key_with(*Role.values)


@pytest.fixture
def signed_in(user_with: UserFactory) -> Callable[..., Client]:
    """`signed_in("MEMBER")`: a browser session of a new person with these roles; `user=` for a given one."""

    def make(*roles: str, user: User | None = None, **options: Any) -> Client:
        client = Client()
        client.force_login(user or user_with(*roles, **options))
        return client

    return make

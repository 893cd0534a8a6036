"""What tests of problems share: after each of them, every record is still the fold of its events."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cmdb.commands import create_ci
from incidents.commands import create_incident
from incidents.models import Incident
from orgs.actor import Actor
from orgs.models import Organisation
from orgs.tenancy import org_scope
from problems.models import Problem
from tests.problems.staging import faults_anywhere, found, powerful


@pytest.fixture
def tampering() -> None:
    """For tests that break a record on purpose: nobody verifies it when they end."""


@pytest.fixture(autouse=True)
def _every_row_is_the_fold_of_its_events(request: pytest.FixtureRequest) -> Iterator[None]:
    names = set(request.fixturenames)
    uses_database = bool(names & {"db", "transactional_db"}) or request.node.get_closest_marker("django_db")
    if not uses_database or "tampering" in names:
        yield
        return
    # Asked for here, so that the database is still there when the test has ended.
    request.getfixturevalue("transactional_db" if "transactional_db" in names else "db")
    yield
    assert faults_anywhere() == []


@pytest.fixture
def anyone(org: Organisation) -> Actor:
    """Somebody who may do everything."""
    return powerful(org)


@pytest.fixture
def problem(anyone: Actor) -> Problem:
    """One that is being investigated."""
    return found(anyone)


@pytest.fixture
def inside(org: Organisation) -> Iterator[None]:
    """The test reads inside its organisation."""
    with org_scope(org):
        yield


@pytest.fixture
def ci(org: Organisation) -> Callable[..., Any]:
    """`ci("db-1")`: a configuration item of `org` (or `org=`)."""

    def make(name: str, org: Organisation = org, **options: Any) -> Any:
        return create_ci(actor=powerful(org), name=name, kind=options.pop("kind", "server"), **options)

    return make


@pytest.fixture
def incident(anyone: Actor) -> Callable[..., Incident]:
    """`incident("Disk full")`: a new incident of `org`."""

    def make(title: str = "Disk is full", **options: Any) -> Incident:
        return create_incident(actor=options.pop("actor", anyone), title=title, severity="P3", **options)

    return make

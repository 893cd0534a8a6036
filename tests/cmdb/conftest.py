"""Configuration items for tests, made through the command."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cmdb.commands import create_ci
from cmdb.models import ConfigurationItem
from orgs.actor import Actor
from orgs.models import Organisation
from orgs.tenancy import org_scope

CIFactory = Callable[..., ConfigurationItem]


@pytest.fixture
def scope(org: Organisation) -> Iterator[None]:
    """The test body runs inside `org`."""
    with org_scope(org):
        yield


@pytest.fixture
def make_ci(org: Organisation) -> CIFactory:
    """`make_ci("db-1", kind="database", depends_on=[...])`: an item of `org`, or of `org=`."""

    def make(name: str, *, kind: str = "server", org: Organisation = org, **fields: Any) -> ConfigurationItem:
        return create_ci(actor=Actor.system(org.pk, "tests"), name=name, kind=kind, **fields)

    return make

"""What tests of the ledger share: records of the one kind that exists, incidents."""

from collections.abc import Iterator

import pytest

from incidents.models import Incident
from orgs.actor import Actor
from orgs.models import Organisation
from orgs.tenancy import org_scope
from tests.incidents.staging import opened, powerful


@pytest.fixture
def anyone(org: Organisation) -> Actor:
    """Somebody who may do everything."""
    return powerful(org)


@pytest.fixture
def incident(anyone: Actor) -> Incident:
    """An open P2."""
    return opened(anyone)


@pytest.fixture
def inside(org: Organisation) -> Iterator[None]:
    """The test reads inside its organisation."""
    with org_scope(org):
        yield

"""Every address declares what it does, so that no matrix can miss one."""

import jsonschema
import pytest

from api.base.shapes import parts_of, resolved
from orgs.policy import POLICY
from tests.api.routes import PRIVATE, ROUTES, UNDECLARED, WEBHOOKS, is_declared, patterns

pytestmark = pytest.mark.once

BY_ID = [pytest.param(route, id=route.id) for route in ROUTES]


def test_a_view_without_declarations_is_listed_with_its_reason():
    bare = {name for name, path, callback in patterns() if not is_declared(callback) and not path.startswith(WEBHOOKS)}
    assert bare == set(UNDECLARED)


def test_no_address_ends_in_a_slash():
    assert not [path for _, path, _ in patterns() if path.endswith("/")]


@pytest.mark.parametrize("route", BY_ID)
def test_it_says_what_it_does_and_shows_an_example(route):
    assert route.operation.summary
    assert route.operation.example is not None
    assert route.view.tag
    if route.operation.body is not None:
        assert route.operation.body_example is not None


@pytest.mark.parametrize("route", [pytest.param(route, id=route.id) for route in PRIVATE])
def test_its_permissions_stand_in_the_policy_table(route):
    assert route.operation.actions
    assert set(route.operation.actions) <= POLICY.keys()


@pytest.mark.parametrize("route", BY_ID)
def test_its_example_fits_its_schema(route):
    shape = route.operation.shape
    components = {part.name: part.schema() for part in parts_of(shape)}
    schema = {**resolved(shape), "components": {"schemas": components}}
    jsonschema.Draft202012Validator(schema).validate(route.operation.example)


def test_one_name_means_one_shape():
    shapes = {}
    for route in ROUTES:
        for part in parts_of(route.operation.shape):
            assert shapes.setdefault(part.name, part.schema()) == part.schema(), part.name

"""Q3: a body sets what its endpoint declares and nothing else; what only the server writes may come back unchanged."""

import pytest
from django.apps import apps

from api.base.schema import input_shape
from incidents.models import Incident, IncidentEvent
from tests.api.conftest import fields
from tests.api.routes import UNSAFE

pytestmark = pytest.mark.once

SERVER_FIELDS = sorted(
    {field.name for model in apps.get_models() for field in model._meta.get_fields()}
    | {field.attname for model in apps.get_models() for field in model._meta.concrete_fields}
    | {"id", "pk", "org", "org_id", "orgId", "status", "state", "version", "created_at", "createdAt", "is_staff"}
    | {"_state", "hash", "head_hash", "seq", "actor", "__class__", "__proto__", "constructor", "$where", "a.b", ""}
)
BY_ID = [pytest.param(route, id=route.id) for route in UNSAFE]


def declared(route):
    return set(input_shape(route.operation.body).members) if route.operation.body else set()


def echoes(route):
    return set(route.operation.body.echoes) if route.operation.body else set()


def state(world):
    return (
        list(Incident.all_orgs_unsafe.order_by("pk").values()),
        IncidentEvent.all_orgs_unsafe.count(),
        type(world.ci).all_orgs_unsafe.count(),
        type(world.ci).all_orgs_unsafe.get(pk=world.ci.pk).version,
        type(world.item).all_orgs_unsafe.get(pk=world.item.pk).state,
        type(world.alert).all_orgs_unsafe.get(pk=world.alert.pk).incident_id,
    )


@pytest.mark.parametrize("route", BY_ID)
def test_a_field_of_the_server_is_refused_by_name(route, caller, world):
    before = state(world)
    names = [name for name in SERVER_FIELDS if name not in declared(route) | echoes(route)]
    body = {**(route.operation.body_example or {}), **dict.fromkeys(names, "anything")}
    answer = caller.send(route.method.upper(), route.address(world.parts()), body)
    assert answer.status_code == 400
    assert list(fields(answer).values()) == ["unknown_field"] * len(names)
    assert state(world) == before


@pytest.mark.parametrize("route", BY_ID)
def test_all_bad_fields_are_named_at_once(route, caller, world):
    body = {**(route.operation.body_example or {}), "one": 1, "two": 2, "three": {"four": 5}}
    answer = caller.send(route.method.upper(), route.address(world.parts()), body)
    assert {"one", "two", "three"} <= fields(answer).keys()


@pytest.mark.parametrize("route", [route for route in BY_ID if echoes(route.values[0])])
def test_what_was_read_can_be_sent_back(route, caller, world):
    address = route.address(world.parts())
    first = caller.get(address)
    answer = caller.send(route.method.upper(), address, first.json(), if_match=first.headers["ETag"])
    assert answer.status_code == 200, answer.content
    assert answer.json() == first.json()
    assert answer.headers["ETag"] == first.headers["ETag"]


@pytest.mark.parametrize("route", [route for route in BY_ID if echoes(route.values[0])])
def test_a_changed_echo_is_refused_by_name(route, caller, world):
    address = route.address(world.parts())
    before = state(world)
    for name in sorted(echoes(route) - declared(route)):
        answer = caller.send(route.method.upper(), address, {name: "something else"})
        assert answer.status_code == 400, name
        assert fields(answer) == {name: "read_only"}
    assert state(world) == before


WRONG_TYPES = {
    "string": [1, True, None, [], {}, 1.5],
    "boolean": ["true", 1, 0, None, [], {}],
    "integer": ["1", True, 1.5, None, [], {}],
    "array": ["x", 1, True, None, {}, {"0": "x"}],
    "object": ["x", 1, True, None, [], [["a", 1]]],
}


def _typed():
    for route in UNSAFE:
        if route.operation.body is None:
            continue
        for name, schema in input_shape(route.operation.body).schema()["properties"].items():
            if "type" in schema:
                yield pytest.param(route, name, schema["type"], id=f"{route.id} {name}")


@pytest.mark.parametrize(("route", "name", "kind"), list(_typed()))
def test_a_field_takes_exactly_its_type(route, name, kind, caller, world):
    before = state(world)
    for value in WRONG_TYPES[kind]:
        body = {**(route.operation.body_example or {}), name: value}
        answer = caller.send(route.method.upper(), route.address(world.parts()), body)
        assert answer.status_code == 400, (value, answer.content)
        assert any(field.split("[")[0] == name for field in fields(answer)), answer.content
    assert state(world) == before

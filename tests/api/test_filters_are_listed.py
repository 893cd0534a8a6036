"""Q5: a query parameter that an endpoint does not list is refused by name, look-ups of the database among them."""

import pytest
from django.apps import apps

from tests.api.conftest import fields
from tests.api.routes import PRIVATE, ROUTES

pytestmark = pytest.mark.once

LOOKUPS = ("exact", "iexact", "contains", "icontains", "startswith", "regex", "iregex", "gt", "in", "isnull", "range")
PATHS = sorted(
    {
        f"{field.name}__{lookup}"
        for model in apps.get_models()
        for field in model._meta.get_fields()
        for lookup in LOOKUPS
    }
    | {
        f"{field.name}__{far.name}"
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if field.is_relation and field.related_model
        for far in field.related_model._meta.get_fields()
    }
)
READS = [pytest.param(route, id=route.id) for route in PRIVATE if route.method == "get"]


@pytest.mark.parametrize("route", READS)
def test_lookups_are_unknown(route, caller, world):
    address = route.address(world.parts())
    for start in range(0, len(PATHS), 40):
        names = PATHS[start : start + 40]
        answer = caller.get(f"{address}?{'&'.join(f'{name}=1' for name in names)}")
        assert answer.status_code == 400
        named = {field for field, code in fields(answer).items() if code == "unknown_parameter"}
        assert named == set(names)


@pytest.mark.parametrize("route", [pytest.param(route, id=route.id) for route in ROUTES])
@pytest.mark.parametrize(
    "query",
    ["fields=__class__", "expand=org.users.password", "format=../../etc", "page_size=1000000000", "page=2", "offset=1"],
)
def test_parameters_of_other_frameworks_are_unknown(route, query, caller, world):
    body = (route.operation.body_example or {}) if route.unsafe else None
    answer = caller.send(route.method.upper(), f"{route.address(world.parts())}?{query}", body)
    assert answer.status_code == 400
    assert fields(answer)[query.split("=")[0]] == "unknown_parameter"


@pytest.mark.parametrize("name", ["ordering", "sort", "order"])
@pytest.mark.parametrize("value", ["password", "-org__secret", "created_at;drop", "?", "pk", "-", "", "title"])
def test_only_listed_orders_exist(name, value, caller, world):
    for route in PRIVATE:
        if name in route.operation.query and value not in (route.operation.query[name].means or {}):
            answer = caller.get(f"{route.address(world.parts())}?{name}={value}")
            assert fields(answer) == {name: "invalid_choice"}


@pytest.mark.parametrize("route", READS)
def test_only_multi_valued_parameters_repeat(route, caller, world):
    for name, parameter in route.operation.query.items():
        value = {"limit": "5", "depth": "2"}.get(name) or next(
            iter(getattr(parameter, "means", None) or {}), "2026-11-20"
        )
        answer = caller.get(f"{route.address(world.parts())}?{name}={value}&{name}={value}")
        if parameter.many:
            assert answer.status_code in (200, 404)
        else:
            assert fields(answer)[name] == "repeated"


@pytest.mark.parametrize("limit", ["0", "-1", "201", "1e9", "1.0", "٣", " 1", "true", "", "1" * 400])
def test_limits_are_bounded(limit, caller, world):
    for route in PRIVATE:
        if "limit" in route.operation.query and route.operation.query["limit"].most == 200:
            assert fields(caller.get(f"{route.address(world.parts())}?limit={limit}")) == {"limit": "out_of_range"}

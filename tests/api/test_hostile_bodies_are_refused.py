"""Every hostile body against every JSON endpoint: a refusal of the right kind, and nothing stored."""

import json

import pytest

from api.base.schema import input_shape
from tests.api.hostile_bodies import BODIES
from tests.api.routes import UNSAFE
from tests.api.test_only_declared_fields_are_taken import state

pytestmark = pytest.mark.once


def requires_fields(route):
    return route.operation.body is not None and bool(
        input_shape(route.operation.body, partial=route.operation.partial).schema()["required"]
    )


@pytest.mark.parametrize("route", [pytest.param(route, id=route.id) for route in UNSAFE])
def test_none_is_taken(route, caller, world):
    before = state(world)
    for hostile in BODIES:
        if hostile.harmless_without_fields and not requires_fields(route):
            continue
        address = route.address(world.parts())
        body = hostile.body(route.operation.body_example)
        headers = {name.replace("-", "_"): value for name, value in hostile.headers}
        answer = caller.send(route.method.upper(), address, body, content_type=hostile.content_type, **headers)
        assert answer.status_code in hostile.statuses, (hostile.id, answer.content[:300])
        assert answer.headers["Content-Type"] == "application/problem+json", hostile.id
        shown = answer.json()
        assert shown["code"], hostile.id
        if answer.status_code == 400:
            assert shown["errors"], hostile.id
            assert all(error["field"] and error["message"] for error in shown["errors"]), hostile.id
        assert "Traceback" not in answer.content.decode()
        assert len(answer.content) < 65_536, hostile.id
    assert state(world) == before


def test_faults_are_named_by_their_path(caller, world):
    body = json.dumps({"title": "x", "severity": "P3", "affected_cis": ["a", "@", {"id": "@"}]}).replace('"@"', "NaN")
    answer = caller.post("/itsm/incidents", body.encode())
    assert [error["field"] for error in answer.json()["errors"]] == ["affected_cis[1]", "affected_cis[2].id"]


def test_bounds_themselves_are_taken(caller, world):
    address = f"/api/orgs/{world.org.slug}/incidents/{world.incident.reference}/signals"
    deep = 1
    for _ in range(29):
        deep = [deep]
    data = {"deep": deep, "wide": list(range(9_000)), "large": 2**63 - 1, "text": "é" * 32_768, "k" * 256: -0}
    signal = {"signalType": "ALERT", "source": "test", "summary": "x", "data": data}
    answer = caller.post(address, signal)
    assert answer.status_code == 201, answer.content
    assert answer.json()["data"] == data

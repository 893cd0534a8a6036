"""`/api/schema` says all there is to say of every address, and `/api/docs` shows it without anything from elsewhere."""

import json
import re

import jsonschema
import pytest

from api.base.schema import UNSAFE
from api.documentation import document
from tests.api.routes import ROUTES, WEBHOOKS, patterns

pytestmark = pytest.mark.once

DOCUMENT = document()
OPERATIONS = [
    pytest.param(path, method, operation, id=f"{method.upper()} {path}")
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
]


def test_every_route_is_in_it():
    described = {(path, method) for path, methods in DOCUMENT["paths"].items() for method in methods}
    assert {(route.path, route.method) for route in ROUTES} <= described


def test_every_webhook_is_in_it():
    shapes = {
        re.sub(r"alerts/[a-z]+", "alerts/{source}", path) for path in DOCUMENT["paths"] if path.startswith(WEBHOOKS)
    }
    routed = {
        re.sub(r"alerts/pagerduty", "alerts/{source}", path) for _, path, _ in patterns() if path.startswith(WEBHOOKS)
    }
    assert shapes == routed


def test_it_is_openapi_three_one():
    assert DOCUMENT["openapi"].startswith("3.1")
    ids = [operation["operationId"] for methods in DOCUMENT["paths"].values() for operation in methods.values()]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
def test_an_operation_is_described_in_full(path, method, operation):
    assert operation["summary"]
    assert operation["description"]
    assert operation["tags"][0] in {tag["name"] for tag in DOCUMENT["tags"]}
    success = [status for status in operation["responses"] if status.startswith("2")]
    assert success
    for status, response in operation["responses"].items():
        assert response["description"]
        for media in response["content"].values():
            assert "schema" in media
            if status in success:
                assert media["example"] is not None
    refusals = {int(status) for status in operation["responses"] if int(status) >= 400}
    assert refusals & {400, 503} == {400, 503}
    if method.upper() in UNSAFE:
        content = operation["requestBody"]["content"]["application/json"]
        assert "schema" in content
        if operation["requestBody"]["required"]:
            assert "example" in content, "show what is demanded"
    for parameter in operation.get("parameters", []):
        assert parameter["description"]
        assert parameter["schema"]


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
def test_its_body_example_fits_its_schema(path, method, operation):
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    if "example" in content:
        schema = {**content["schema"], "components": DOCUMENT["components"]}
        jsonschema.Draft202012Validator(schema).validate(content["example"])


def test_every_reference_leads_somewhere():
    text = str(DOCUMENT)
    for kind, name in re.findall(r"#/components/(\w+)/(\w+)", text):
        assert name in DOCUMENT["components"][kind]


def test_the_machine_itself_reads_it_without_a_key(nobody):
    assert nobody.get("/api/schema").json() == json.loads(json.dumps(DOCUMENT))


def test_others_need_a_key(nobody, caller):
    answer = nobody.client.get("/api/schema", REMOTE_ADDR="192.0.2.7")
    assert answer.status_code == 401
    assert caller.client.get("/api/schema", REMOTE_ADDR="192.0.2.7").status_code == 200


def test_the_page_takes_everything_from_here(client, db):
    shown = client.get("/api/docs").content.decode()
    assert not re.search(r"(src|href|action)=\"(?!/)", shown)
    assert not re.search(r"<script(?![^>]*src=)|<style|style=|\son\w+=", shown)
    for address in re.findall(r"(?:src|href)=\"(/static/[^\"]+)\"", shown):
        assert client.get(address).status_code == 200, address

"""Q2: who may call what is the table beside this file, for every role, every address and every method."""

import tomllib
from datetime import timedelta
from pathlib import Path

import pytest

from orgs.clock import now
from orgs.commands import issue_key, revoke_key
from orgs.models import ApiKey, Membership
from orgs.roles import Role
from tests.api.conftest import Caller
from tests.api.routes import METHODS, PRIVATE, ROUTES, patterns

pytestmark = pytest.mark.once

TABLE = tomllib.loads((Path(__file__).parent / "permissions.toml").read_text())
BY_ID = [pytest.param(route, id=route.id) for route in PRIVATE]


def call(caller, route, world):
    body = (route.operation.body_example or {}) if route.unsafe else None
    return caller.send(route.method.upper(), route.address(world.parts()), body)


def test_every_route_stands_in_the_table_and_nothing_else():
    assert set(TABLE) == {route.id for route in ROUTES}


@pytest.mark.parametrize("route", BY_ID)
@pytest.mark.parametrize("role", Role.values)
def test_a_role_is_let_in_as_the_table_says(route, role, caller_with, world):
    answer = call(caller_with(role), route, world)
    assert (answer.status_code != 403) == (role in TABLE[route.id]), answer.content
    assert answer.status_code not in (401, 404, 405, 406, 415)
    if answer.status_code == 403:
        shown = answer.json()
        assert shown["code"] == "forbidden"
        assert set(shown["needs"]) >= set(TABLE[route.id])


@pytest.mark.parametrize("route", BY_ID)
def test_nobody_is_asked_for_credentials(route, nobody, world):
    answer = call(nobody, route, world)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("route", [pytest.param(route, id=route.id) for route in ROUTES if route.public])
def test_what_is_open_to_everybody_says_so_in_the_table(route, nobody, db):
    assert TABLE[route.id] == ["everybody"]
    assert nobody.get(route.path).status_code in (200, 503)


def _outsiders(world, org, other_org, key_with, signed_in, user_with):
    revoked, token = issue_key(actor=None, org=org, name="revoked", roles=["SRE_LEAD"])
    admin = Caller(key_with("ORG_ADMIN")).actor
    revoke_key(actor=admin, key=revoked)
    yield "a revoked key", Caller(token), 401
    expired, token = issue_key(actor=None, org=org, name="expired", roles=["SRE_LEAD"])
    ApiKey.all_orgs_unsafe.filter(pk=expired.pk).update(expires_at=now() - timedelta(seconds=1))
    yield "an expired key", Caller(token), 401
    yield "an unknown key", Caller("ops_unknown"), 401
    yield "a key with spaces", Caller("ops_ unknown"), 401
    yield "a long key", Caller("x" * 5000), 401
    yield "another organisation's administrator", Caller(key_with("ORG_ADMIN", org=other_org)), 404
    disabled = user_with("ORG_ADMIN", "SRE_LEAD")
    session = signed_in(user=disabled)
    disabled.is_active = False
    disabled.save()
    yield "a disabled person", Caller(client=session), 401
    former = user_with("ORG_ADMIN", "SRE_LEAD")
    session = signed_in(user=former)
    Membership.all_orgs_unsafe.filter(user=former).update(is_active=False)
    yield "a former member", Caller(client=session), (403, 404)


def test_outsiders_get_nothing_anywhere(world, org, other_org, key_with, signed_in, user_with):
    for who, caller, status in _outsiders(world, org, other_org, key_with, signed_in, user_with):
        for route in PRIVATE:
            if status == 404 and not route.parts:
                continue
            answer = call(caller, route, world)
            allowed = status if isinstance(status, tuple) else (status,)
            # Whoever may not do it at all is told so before the record is looked for.
            assert answer.status_code in (*allowed, *((403,) if status == 404 else ())), (who, route.id)
            assert world.marker not in answer.content.decode()


def test_credentials_elsewhere_are_none(nobody, key_with, world):
    token = key_with("SRE_LEAD")
    address = "/itsm/incidents"
    assert nobody.get(f"{address}?access_token={token}").status_code == 401
    assert nobody.get(address, authorization=f"Basic {token}").status_code == 401
    assert nobody.get(address, authorization=token).status_code == 401
    assert nobody.get(address, cookie=f"token={token}").status_code == 401


def test_scopes_narrow_a_key(caller_with, world):
    reader = caller_with("SRE_LEAD", scopes=["incident.read"])
    assert reader.get("/itsm/incidents").status_code == 200
    assert reader.post("/itsm/incidents", {"title": "x", "severity": "P3"}).status_code == 403
    assert reader.get("/itsm/cis").status_code == 403


@pytest.mark.parametrize(
    ("field", "value", "roles"),
    [
        ("title", "Another title", {"ONCALL_ENGINEER", "SRE_LEAD"}),
        ("status", "in_progress", {"ONCALL_ENGINEER", "SRE_LEAD"}),
        ("assigned_to", "somebody else", {"ONCALL_ENGINEER", "SRE_LEAD"}),
        ("severity", "P1", {"ORG_ADMIN", "SRE_LEAD"}),
        ("affected_cis", [], {"ONCALL_ENGINEER", "SRE_LEAD"}),
    ],
)
@pytest.mark.parametrize("role", Role.values)
def test_each_field_of_a_patch_takes_its_own_permission(role, field, value, roles, caller_with, world):
    answer = caller_with(role).patch(f"/itsm/incidents/{world.incident.reference}", {field: value})
    assert answer.status_code == (200 if role in roles else 403), answer.content


METHOD_CASES = [
    pytest.param(path, method, id=f"{method.upper()} {path}")
    for path in sorted({route.path for route in ROUTES})
    for method in (*METHODS, "trace", "foo")
    if (path, method) not in {(route.path, route.method) for route in ROUTES}
]


@pytest.mark.parametrize(("path", "method"), METHOD_CASES)
def test_any_other_method_is_refused(path, method, caller, world):
    route = next(route for route in ROUTES if route.path == path)
    answer = caller.send(method.upper(), route.address(world.parts()), {})
    assert answer.status_code == 405
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert route.method.upper() in answer.headers["Allow"]


def test_a_method_cannot_be_overridden(caller, world):
    address = f"/itsm/incidents/{world.incident.reference}"
    answer = caller.send("POST", address, {"title": "Other"}, x_http_method_override="PATCH")
    assert answer.status_code == 405


def test_all_patterns_were_seen():
    assert {route.path for route in ROUTES} <= {path for _, path, _ in patterns()}

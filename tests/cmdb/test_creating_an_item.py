"""Creating a configuration item checks every field, and says all that is wrong at once."""

import pytest

from cmdb.commands import DependsOn, create_ci
from cmdb.models import Dependency
from cmdb.vocabulary import Criticality
from orgs.commands import create_team
from orgs.errors import Conflict, Forbidden, Invalid


def fields_of(refused):
    return {(error.field, error.code) for error in refused.value.fields}


def test_an_item_keeps_what_it_was_given(scope, administrator, org):
    team = create_team(actor=None, org=org, name="DBA")
    ci = create_ci(
        actor=administrator,
        name=" Orders DB ",
        kind="Database",
        environment="Production",
        criticality="high",
        owner_team="dba",
        attributes={"engine": "postgresql", "ports": [5432]},
        source="netbox",
        external_id="dcim.device/27",
    )
    ci.refresh_from_db()
    assert (ci.name, ci.kind, ci.environment, ci.criticality) == ("Orders DB", "database", "production", "high")
    assert (ci.owner_team_id, ci.attributes) == (team.pk, {"engine": "postgresql", "ports": [5432]})
    assert (ci.source, ci.external_id, ci.status, ci.version) == ("netbox", "dcim.device/27", "active", 1)


@pytest.mark.parametrize("role", ["viewer", "member", "engineer", "lead"])
def test_only_administrators_write_items(scope, role, request):
    with pytest.raises(Forbidden):
        create_ci(actor=request.getfixturevalue(role), name="a", kind="server")


@pytest.mark.parametrize("again", ["orders-db", "ORDERS-DB", " Orders-DB", "ｏｒｄｅｒｓ-db"])
def test_a_name_is_unique_whatever_its_case_or_width(scope, make_ci, again):
    make_ci("orders-db")
    with pytest.raises(Conflict) as refused:
        make_ci(again)
    assert refused.value.code == "duplicate"


def test_folding_of_names_goes_beyond_ascii(scope, make_ci):
    make_ci("Straße")
    with pytest.raises(Conflict):
        make_ci("STRASSE")


def test_two_organisations_may_use_one_name(scope, make_ci, other_org):
    assert make_ci("orders-db").pk != make_ci("orders-db", org=other_org).pk


def test_an_external_id_is_unique_in_its_source(scope, make_ci):
    make_ci("a", source="netbox", external_id="dcim.device/1")
    make_ci("b", source="netbox-2", external_id="dcim.device/1")
    with pytest.raises(Conflict):
        make_ci("c", source="netbox", external_id="dcim.device/1")


def test_every_bad_field_is_named_at_once(scope, administrator):
    with pytest.raises(Invalid) as refused:
        create_ci(
            actor=administrator,
            name="\u200b ",
            kind="",
            environment="x" * 65,
            criticality="High",
            owner_team="nobody",
            status="missing",
            attributes={"deep": float("nan")},
            external_id="7",
            depends_on=["nothing"],
        )
    assert fields_of(refused) == {
        ("name", "required"),
        ("kind", "required"),
        ("environment", "max_length"),
        ("criticality", "choice"),
        ("owner_team", "not_found"),
        ("status", "choice"),
        ("attributes", "range"),
        ("source", "required"),
        ("depends_on", "not_found"),
    }


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("x" * 201, "max_length"),
        ("a\x00b", "control_character"),
        ("a\ud800", "control_character"),
        ("a\u202eb", "control_character"),
        (7, "type"),
        (None, "type"),
    ],
)
def test_names_that_no_list_could_show_are_refused(scope, administrator, name, code):
    with pytest.raises(Invalid) as refused:
        create_ci(actor=administrator, name=name, kind="server")
    assert fields_of(refused) == {("name", code)}


def nested(depth):
    value = {}
    for _ in range(depth):
        value = {"a": value}
    return value


@pytest.mark.parametrize(
    ("attributes", "code"),
    [
        ([], "type"),
        ({"a": "x" * 70_000}, "max_length"),
        (nested(20), "too_deep"),
        (nested(5_000), "too_deep"),
        ({str(number): number for number in range(1_001)}, "too_many"),
        ({"a": 2**63}, "range"),
        ({"a": float("inf")}, "range"),
        ({"a": "\x00"}, "control_character"),
        ({"a": "\ud800"}, "control_character"),
        ({"": 1}, "invalid"),
        ({1: 1}, "invalid"),
        ({"a\x00": 1}, "invalid"),
        ({"a": object()}, "type"),
    ],
)
def test_attributes_are_bounded_plain_json(scope, administrator, attributes, code):
    with pytest.raises(Invalid) as refused:
        create_ci(actor=administrator, name="a", kind="server", attributes=attributes)
    assert fields_of(refused) == {("attributes", code)}


def test_the_owner_may_be_named_by_id_slug_name_or_itself(scope, make_ci, org):
    team = create_team(actor=None, org=org, name="Payments SRE")
    for number, ident in enumerate((team, team.pk, str(team.pk), "payments-sre", "PAYMENTS sre")):
        assert make_ci(f"ci-{number}", owner_team=ident).owner_team_id == team.pk


def test_another_organisations_team_is_no_team(scope, administrator, other_org):
    theirs = create_team(actor=None, org=other_org, name="Theirs")
    for ident in (theirs, theirs.pk, "theirs"):
        with pytest.raises(Invalid) as refused:
            create_ci(actor=administrator, name="a", kind="server", owner_team=ident)
        assert fields_of(refused) == {("owner_team", "not_found")}


def test_what_it_depends_on_comes_with_it(scope, make_ci):
    make_ci("host")
    switch = make_ci("switch")
    vm = make_ci("vm", depends_on=[DependsOn("HOST", "runs_on"), str(switch.pk)])
    edges = {(edge.dependency.name, edge.kind) for edge in Dependency.objects.filter(dependent=vm)}
    assert edges == {("host", "runs_on"), ("switch", "depends_on")}


def test_a_refused_item_leaves_nothing_behind(scope, administrator, make_ci):
    make_ci("host")
    with pytest.raises(Invalid):
        create_ci(actor=administrator, name="vm", kind="server", depends_on=["host", "nothing"])
    assert not Dependency.objects.exists()


def test_criticality_is_medium_unless_said(scope, make_ci):
    assert make_ci("a").criticality == Criticality.MEDIUM

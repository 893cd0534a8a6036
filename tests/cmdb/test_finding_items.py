"""Items are found by id or name, in lists and by those who name many."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cmdb.queries import CIFilter, find_ci, list_cis, resolve_cis
from orgs.commands import create_team
from orgs.errors import Invalid, NotFound


def test_an_item_is_found_by_id_or_name(scope, make_ci):
    ci = make_ci("Orders DB")
    assert find_ci(ci.pk) == find_ci(str(ci.pk)) == find_ci("orders db") == ci


@pytest.mark.parametrize(
    "ident", ["nothing", "", "\x00", "\ud800", "x" * 5_000, "0a1b2c3d-0000-4000-8000-000000000000"]
)
def test_what_is_not_there_is_not_found(scope, ident):
    with pytest.raises(NotFound):
        find_ci(ident)


def test_another_organisations_item_is_not_found(scope, make_ci, other_org):
    theirs = make_ci("theirs", org=other_org)
    for ident in (theirs.pk, "theirs"):
        with pytest.raises(NotFound):
            find_ci(ident)


def test_many_are_resolved_in_their_order_each_once_by_one_query(scope, make_ci):
    a, b, c = make_ci("a"), make_ci("b"), make_ci("c")
    with CaptureQueriesContext(connection) as queries:
        found = resolve_cis(["C", str(a.pk), "b", b.pk, "a"])
    assert found == [c, a, b]
    assert len(queries) == 1


def test_every_unknown_one_is_named_and_foreign_ones_look_the_same(scope, make_ci, other_org):
    theirs, absent = make_ci("theirs", org=other_org), uuid4()
    with pytest.raises(Invalid) as refused:
        resolve_cis([str(theirs.pk), str(absent), "theirs"])
    assert {(error.field, error.code) for error in refused.value.fields} == {("affected_cis", "not_found")}
    said = [error.message.replace(str(theirs.pk), "ID").replace(str(absent), "ID") for error in refused.value.fields]
    assert said[0] == said[1]


@pytest.mark.parametrize("idents", [[7], [None], [["a"]], [" "], ["a"] * 1_001])
def test_what_is_no_name_is_refused(scope, idents):
    with pytest.raises(Invalid) as refused:
        resolve_cis(idents)
    assert refused.value.fields[0].field == "affected_cis"


def test_nobody_named_is_nobody_found(scope):
    assert resolve_cis([]) == []


def listed(**wanted):
    return [ci.name for ci in list_cis(CIFilter(**wanted))]


@pytest.fixture
def park(scope, make_ci, org):
    create_team(actor=None, org=org, name="DBA")
    make_ci("Beta", kind="database", environment="production", criticality="high", owner_team="dba")
    make_ci("alpha", kind="server", environment="test", attributes={"ip": "10.0.0.7"})
    make_ci("gamma", kind="server", environment="production", status="planned", source="netbox", external_id="x/1")


def test_a_list_is_in_the_order_of_names_whatever_their_case(park):
    assert listed() == ["alpha", "Beta", "gamma"]
    assert listed(ordering="-name") == ["gamma", "Beta", "alpha"]


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ({"kind": ["server"]}, ["alpha", "gamma"]),
        ({"kind": ["server", "database"], "environment": ["Production"]}, ["Beta", "gamma"]),
        ({"criticality": ["high"]}, ["Beta"]),
        ({"status": ["planned"]}, ["gamma"]),
        ({"owner_team": ["dba"]}, ["Beta"]),
        ({"owner_team": ["nobody"]}, []),
        ({"source": ["netbox"]}, ["gamma"]),
        ({"q": "AMM"}, ["gamma"]),
        ({"q": "10.0.0.7"}, ["alpha"]),
        ({"q": "x/1"}, ["gamma"]),
        ({"q": "%"}, []),
        ({"q": "_"}, []),
        ({"q": "\x00"}, []),
        ({"q": "x" * 10_000}, []),
        ({"kind": ["a\x00"], "owner_team": ["\x00"]}, []),
    ],
)
def test_a_list_keeps_what_its_filter_asks_for(park, wanted, names):
    assert listed(**wanted) == names


@pytest.mark.parametrize("ordering", ["password", "-org__secret", "created_at;drop", "owner_team__members__password"])
def test_only_listed_orders_are_taken(park, ordering):
    with pytest.raises(Invalid) as refused:
        listed(ordering=ordering)
    assert refused.value.fields[0].field == "ordering"


def test_a_list_with_teams_is_one_query(park):
    with CaptureQueriesContext(connection) as queries:
        assert [ci.owner_team.slug if ci.owner_team else "" for ci in list_cis()] == ["", "dba", ""]
    assert len(queries) == 1

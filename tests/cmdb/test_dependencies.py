"""What an item depends on is set as a whole; edges that end keep their row."""

import pytest
from django.db import IntegrityError, transaction

from cmdb.commands import DependsOn, set_dependencies, update_ci
from cmdb.models import Dependency
from cmdb.queries import dependencies_of, edges_among
from orgs.errors import Invalid, Stale


def edges(ci):
    return {(edge.dependency.name, edge.kind) for edge in dependencies_of(ci)}


def test_setting_replaces_what_was_there(scope, make_ci, administrator):
    make_ci("b")
    make_ci("c")
    a = make_ci("a", depends_on=["b"])
    set_dependencies(actor=administrator, ci=a, depends_on=["c"])
    assert edges(a) == {("c", "depends_on")}
    assert Dependency.objects.filter(dependent=a, ended_at__isnull=False).count() == 1


def test_an_edge_that_returns_is_the_same_row(scope, make_ci, administrator):
    make_ci("b")
    a = make_ci("a", depends_on=["b"])
    before = Dependency.objects.get(dependent=a).pk
    for wanted in ([], ["b"]):
        set_dependencies(actor=administrator, ci=a, depends_on=wanted)
    after = Dependency.objects.get(dependent=a)
    assert (after.pk, after.ended_at) == (before, None)


def test_a_plain_name_keeps_the_kind_that_an_edge_has(scope, make_ci, administrator):
    make_ci("host")
    make_ci("switch")
    vm = make_ci("vm", depends_on=[DependsOn("host", "runs_on")])
    set_dependencies(actor=administrator, ci=vm, depends_on=["host", "switch"])
    assert edges(vm) == {("host", "runs_on"), ("switch", "depends_on")}


def test_the_same_wish_twice_is_one_edge_and_no_new_version(scope, make_ci, administrator):
    b = make_ci("b")
    a = make_ci("a")
    assert set_dependencies(actor=administrator, ci=a, depends_on=["b", "B", str(b.pk)]).version == 2
    assert set_dependencies(actor=administrator, ci=a, depends_on=[b.pk]).version == 2
    assert len(dependencies_of(a)) == 1


@pytest.mark.parametrize("by", ["name", "pk"])
def test_an_item_cannot_depend_on_itself(scope, make_ci, administrator, by):
    a = make_ci("a")
    with pytest.raises(Invalid) as refused:
        set_dependencies(actor=administrator, ci=a, depends_on=[getattr(a, by)])
    assert (refused.value.fields[0].field, refused.value.fields[0].code) == ("depends_on", "self")


def test_the_database_refuses_a_self_loop_as_well(scope, make_ci, administrator):
    a = make_ci("a")
    with pytest.raises(IntegrityError), transaction.atomic():
        Dependency.objects.create(org_id=a.org_id, dependent=a, dependency=a, created_at=a.created_at)


def test_a_cycle_is_allowed(scope, make_ci, administrator):
    a = make_ci("a")
    b = make_ci("b", depends_on=["a"])
    set_dependencies(actor=administrator, ci=a, depends_on=["b"])
    assert (edges(a), edges(b)) == ({("b", "depends_on")}, {("a", "depends_on")})


def test_every_unknown_name_is_told(scope, make_ci, administrator):
    make_ci("known")
    with pytest.raises(Invalid) as refused:
        set_dependencies(actor=administrator, ci=make_ci("a"), depends_on=["known", "x", "y"])
    assert [error.message for error in refused.value.fields] == [
        "There is no configuration item x.",
        "There is no configuration item y.",
    ]


def test_another_organisations_item_is_unknown(scope, make_ci, administrator, other_org):
    theirs = make_ci("theirs", org=other_org)
    for ident in (theirs.pk, str(theirs.pk), "theirs"):
        with pytest.raises(Invalid) as refused:
            set_dependencies(actor=administrator, ci=make_ci(f"a-{type(ident)}-{ident}"), depends_on=[ident])
        assert refused.value.fields[0].code == "not_found"


@pytest.mark.parametrize("wanted", ["b", {"b": 1}, [7], [None], [""], [DependsOn("b", "owns")], ["b"] * 1_001])
def test_what_is_no_list_of_items_is_refused_by_field(scope, make_ci, administrator, wanted):
    make_ci("b")
    with pytest.raises(Invalid) as refused:
        update_ci(actor=administrator, ci=make_ci("a"), changes={"depends_on": wanted})
    assert {error.field for error in refused.value.fields} == {"depends_on"}


def test_a_stale_version_is_refused(scope, make_ci, administrator):
    make_ci("b")
    a = make_ci("a", depends_on=["b"])
    set_dependencies(actor=administrator, ci=a, depends_on=[])
    with pytest.raises(Stale):
        set_dependencies(actor=administrator, ci=a, depends_on=["b"], expected_version=1)


def test_the_edges_among_some_items_leave_others_out(scope, make_ci):
    a = make_ci("a")
    b = make_ci("b", depends_on=["a"])
    make_ci("c", depends_on=["a", "b"])
    (edge,) = edges_among([a.pk, b.pk])
    assert (edge.dependent, edge.dependency, edge.kind) == (b.pk, a.pk, "depends_on")

"""Impact follows the graph to its shortest distances, whatever its shape."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes.exceptions import ScopeError
from hypothesis import given
from hypothesis import strategies as st

from cmdb.commands import create_ci, set_dependencies, update_ci
from cmdb.models import ConfigurationItem, Dependency
from cmdb.queries import impact, impact_summary
from orgs.actor import Actor
from orgs.commands import create_team
from orgs.errors import Invalid
from orgs.tenancy import org_scope


def names(result):
    return [(node.name, node.distance) for node in result.nodes]


def test_what_depends_on_an_item_is_found_with_its_distance(scope, make_ci):
    host = make_ci("host")
    make_ci("vm", depends_on=["host"])
    make_ci("shop", kind="service", depends_on=["vm"])
    assert names(impact([host.pk])) == [("vm", 1), ("shop", 2)]


def test_upstream_is_what_an_item_depends_on(scope, make_ci):
    make_ci("switch")
    make_ci("host", depends_on=["switch"])
    vm = make_ci("vm", depends_on=["host"])
    assert names(impact([vm.pk], direction="dependencies")) == [("host", 1), ("switch", 2)]


def test_the_distance_is_the_shortest_of_several_ways(scope, make_ci):
    a = make_ci("a")
    make_ci("b", depends_on=["a"])
    make_ci("c", depends_on=["b"])
    make_ci("d", depends_on=["c", "a"])
    assert names(impact([a.pk])) == [("b", 1), ("d", 1), ("c", 2)]


def test_a_cycle_ends_and_does_not_return_to_where_it_began(scope, make_ci, administrator):
    a, b, c = make_ci("a"), make_ci("b", depends_on=["a"]), make_ci("c", depends_on=["b"])
    set_dependencies(actor=administrator, ci=a, depends_on=[c.pk])
    assert names(impact([a.pk])) == [("b", 1), ("c", 2)]
    assert names(impact([a.pk, b.pk])) == [("c", 1)]
    assert not impact([a.pk]).truncated


def test_two_items_that_depend_on_each_other_reach_each_other_once(scope, make_ci, administrator):
    a, b = make_ci("a"), make_ci("b", depends_on=["a"])
    set_dependencies(actor=administrator, ci=a, depends_on=["b"])
    assert names(impact([a.pk], direction="dependencies")) == [("b", 1)]
    assert names(impact([b.pk])) == [("a", 1)]


def test_several_edges_between_two_items_count_once(scope, make_ci):
    a = make_ci("a")
    b = make_ci("b", depends_on=["a"])
    Dependency.objects.create(
        org_id=a.org_id, dependent=b, dependency=a, kind="uses", created_at=datetime(2026, 11, 1, tzinfo=UTC)
    )
    assert names(impact([a.pk])) == [("b", 1)]


def test_an_edge_that_ended_is_not_followed(scope, make_ci, administrator):
    a, b = make_ci("a"), make_ci("b", depends_on=["a"])
    set_dependencies(actor=administrator, ci=b, depends_on=[])
    assert names(impact([a.pk])) == []


def test_a_retired_item_is_neither_shown_nor_followed(scope, make_ci, administrator):
    a, b = make_ci("a"), make_ci("b", depends_on=["a"])
    make_ci("c", depends_on=["b"])
    update_ci(actor=administrator, ci=b, changes={"status": "retired"})
    assert names(impact([a.pk])) == []


def test_depth_is_bounded_and_says_so(scope, make_ci):
    first = previous = make_ci("n0")
    for number in range(1, 8):
        previous = make_ci(f"n{number}", depends_on=[previous.name])
    result = impact([first.pk])
    assert [node.distance for node in result.nodes] == [1, 2, 3, 4, 5]
    assert (result.truncated, result.truncated_by) == (True, "depth")
    whole = impact([first.pk], depth=7)
    assert (len(whole.nodes), whole.truncated, whole.truncated_by) == (7, False, "")


def test_what_lies_behind_the_last_level_need_not_be_looked_for(scope, make_ci):
    first = make_ci("n0")
    for number in range(1, 5):
        make_ci(f"n{number}", depends_on=[f"n{number - 1}"])
    for depth in (1, 2, 3, 4):
        blind = impact([first.pk], depth=depth, look_beyond=False)
        assert names(blind) == names(impact([first.pk], depth=depth))
        assert not blind.truncated


def test_the_number_of_nodes_is_bounded_and_the_most_critical_stay(scope, make_ci):
    hub = make_ci("hub")
    for number in range(6):
        make_ci(f"leaf-{number}", depends_on=["hub"], criticality="critical" if number == 4 else "low")
    result = impact([hub.pk], limit=3)
    assert len(result.nodes) == 3
    assert result.nodes[0].name == "leaf-4"
    assert (result.truncated, result.truncated_by) == (True, "nodes")
    assert not impact([hub.pk], limit=6).truncated


def test_a_fan_out_beyond_the_bounds_is_cut_where_they_say(scope, make_ci):
    """Twelve hundred items on one hub: the default keeps a thousand, and says that there are more."""
    hub = make_ci("hub")
    moment = hub.created_at
    leaves = [
        ConfigurationItem(
            org_id=hub.org_id, name=f"n{n}", name_key=f"n{n}", kind="vm", created_at=moment, updated_at=moment
        )
        for n in range(1_200)
    ]
    ConfigurationItem.objects.bulk_create(leaves)
    edges = [Dependency(org_id=hub.org_id, dependent=leaf, dependency=hub, created_at=moment) for leaf in leaves]
    Dependency.objects.bulk_create(edges)
    result = impact([hub.pk])
    assert (len(result.nodes), result.truncated, result.truncated_by) == (1_000, True, "nodes")
    assert not impact([hub.pk], limit=1_200).truncated
    assert impact_summary([hub.pk])["truncated"]


def test_nearer_nodes_come_before_more_critical_ones_further_off(scope, make_ci):
    hub = make_ci("hub")
    make_ci("near", depends_on=["hub"], criticality="low")
    make_ci("far", depends_on=["near"], criticality="critical")
    assert [node.name for node in impact([hub.pk], limit=1).nodes] == ["near"]


def test_another_organisations_items_reach_nothing(scope, make_ci, other_org):
    theirs = make_ci("theirs", org=other_org)
    make_ci("their-vm", org=other_org, depends_on=["theirs"])
    result = impact([theirs.pk])
    assert (result.nodes, result.origins, result.truncated) == ([], [], False)


def test_impact_outside_a_scope_is_refused(make_ci):
    ci = make_ci("a")
    with pytest.raises(ScopeError):
        impact([ci.pk])


@pytest.mark.parametrize(("name", "value"), [("depth", 0), ("depth", 11), ("limit", 0), ("limit", 5001)])
def test_bounds_out_of_range_are_refused_by_name(scope, make_ci, name, value):
    with pytest.raises(Invalid) as refused:
        impact([make_ci("a").pk], **{name: value})
    assert refused.value.fields[0].field == name


def test_asking_about_nothing_reaches_nothing(scope):
    assert impact([]).nodes == []


def test_the_walk_is_one_query(scope, make_ci):
    a = make_ci("a")
    make_ci("b", depends_on=["a"])
    with CaptureQueriesContext(connection) as queries:
        impact([a.pk])
    assert len(queries) == 1


def test_nodes_carry_what_people_need_to_judge_them(scope, make_ci, org):
    team = create_team(actor=None, org=org, name="Payments SRE")
    a = make_ci("a")
    make_ci("b", kind="service", depends_on=["a"], criticality="high", environment="production", owner_team=team)
    (node,) = impact([a.pk]).nodes
    assert (node.kind, node.criticality, node.environment, node.owner_team) == (
        "service",
        "high",
        "production",
        "Payments SRE",
    )


def test_the_summary_names_services_teams_and_the_highest_criticality(scope, make_ci, org):
    create_team(actor=None, org=org, name="DBA")
    a = make_ci("db", kind="database", criticality="medium")
    make_ci("checkout", kind="service", depends_on=["db"], criticality="critical", owner_team="dba")
    make_ci("shop", kind="component/service", depends_on=["checkout"], criticality="low")
    summary = impact_summary([a.pk])
    assert summary["dependents"] == 2
    assert summary["by_distance"] == {"1": 1, "2": 1}
    assert summary["services"] == ["checkout", "shop"]
    assert summary["teams"] == ["DBA"]
    assert summary["highest_criticality"] == "critical"
    assert [ci["name"] for ci in summary["cis"]] == ["checkout", "shop"]
    assert summary["truncated"] is False


def test_the_summary_of_items_that_nothing_depends_on_is_about_themselves(scope, make_ci):
    summary = impact_summary([make_ci("lonely", criticality="high").pk])
    assert (summary["dependents"], summary["highest_criticality"]) == (0, "high")


def shortest_distances(edges, origin, depth):
    """A plain breadth-first search, to compare with."""
    found, waiting = {origin: 0}, deque([origin])
    while waiting:
        here = waiting.popleft()
        for dependent, dependency in edges:
            if dependency == here and dependent not in found and found[here] < depth:
                found[dependent] = found[here] + 1
                waiting.append(dependent)
    return {node: distance for node, distance in found.items() if distance}


@given(edges=st.sets(st.tuples(st.integers(0, 9), st.integers(0, 9)).filter(lambda e: e[0] != e[1]), max_size=40))
def test_any_graph_gives_the_distances_of_a_breadth_first_search(org, edges):
    actor = Actor.system(org.pk, "tests")
    with org_scope(org):
        for ci in ConfigurationItem.objects.all():
            set_dependencies(actor=actor, ci=ci, depends_on=[])
        known = {ci.name: ci for ci in ConfigurationItem.objects.all()}
        nodes = [known.get(f"g{n}") or create_ci(actor=actor, name=f"g{n}", kind="server") for n in range(10)]
        for number, node in enumerate(nodes):
            targets = [nodes[dependency].pk for dependent, dependency in edges if dependent == number]
            set_dependencies(actor=actor, ci=node, depends_on=targets)
        for depth in (1, 3, 10):
            reached = {int(node.name[1:]): node.distance for node in impact([nodes[0].pk], depth=depth).nodes}
            assert reached == shortest_distances(edges, 0, depth)
        back = {(dependency, dependent) for dependent, dependency in edges}
        reached = {int(node.name[1:]): node.distance for node in impact([nodes[0].pk], direction="dependencies").nodes}
        assert reached == shortest_distances(back, 0, 5)

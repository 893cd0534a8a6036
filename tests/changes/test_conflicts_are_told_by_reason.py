"""What is in the way of a change: each reason, its words, and its edges."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from changes import conflicts as conflicts_module
from changes.conflicts import Reason, conflicts_of, conflicts_with
from changes.freezes import Interval
from changes.surroundings import Plan
from orgs.commands import create_team
from orgs.roles import Role
from orgs.tenancy import org_scope
from tests.changes.planning import at, drafted, frozen, planned

pytestmark = pytest.mark.usefixtures("inside")


@pytest.fixture
def graph(ci):
    """A shop on an application server on a machine on a host on a switch, and a bystander."""
    switch = ci("switch-1", kind="switch")
    host = ci("host-1", kind="host", depends_on=[switch.pk])
    machine = ci("vm-1", kind="vm", environment="production", depends_on=[host.pk])
    server = ci("app-1", kind="server", environment="production", depends_on=[machine.pk])
    shop = ci("Shop", kind="service", depends_on=[server.pk])
    return {each.name: each for each in (switch, host, machine, server, shop, ci("printer-1", kind="printer"))}


def told(change):
    """Reason to the words of all that is in the way for it."""
    return {
        group.reason: [conflict.in_words() for conflict in group.conflicts] for group in conflicts_of(change).groups
    }


def test_nothing_is_in_the_way_of_a_change_alone(anyone, graph):
    found = conflicts_of(planned(anyone, affected_cis=["vm-1"]))
    assert not found
    assert found.as_data() == {"groups": [], "partial": False}


def test_a_change_without_a_window_is_in_nobodys_way(anyone, graph):
    planned(anyone, affected_cis=["vm-1"])
    frozen(anyone)
    assert not conflicts_of(drafted(anyone, window=None, affected_cis=["vm-1"]))


def test_another_change_at_the_same_time_on_the_same_items(anyone, graph):
    other = planned(anyone, "Upgrade", (0.5, 2), affected_cis=["vm-1", "printer-1"])
    [group] = conflicts_of(planned(anyone, affected_cis=["vm-1", "printer-1", "Shop"])).groups
    [found] = group.conflicts
    assert (group.reason, group.count) == (Reason.SAME_CI, 1)
    assert (found.reference, found.title, found.start, found.end) == (other.reference, "Upgrade", at(0.5), at(2))
    assert (found.names, found.count) == (("printer-1", "vm-1"), 2)
    assert found.in_words() == f"{other.reference} Upgrade: printer-1, vm-1."


@pytest.mark.parametrize(
    ("window", "clashes"),
    [((-1, 0), False), ((-1, 0.1), True), ((0.2, 0.3), True), ((-9, 9), True), ((0.9, 2), True), ((1, 2), False)],
)
def test_windows_that_only_touch_do_not_clash(anyone, graph, window, clashes):
    planned(anyone, "Upgrade", window, affected_cis=["vm-1"])
    assert bool(conflicts_of(drafted(anyone, affected_cis=["vm-1"]))) is clashes


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ("Shop", Reason.DEPENDENT),
        ("app-1", Reason.DEPENDENT),
        ("host-1", Reason.DEPENDENCY),
        ("switch-1", Reason.DEPENDENCY),
        ("printer-1", None),
    ],
)
def test_a_change_up_to_two_hops_away_is_in_the_way(anyone, graph, item, reason):
    other = planned(anyone, "Upgrade", affected_cis=[item])
    expected = {reason: [f"{other.reference} Upgrade: {item}."]} if reason else {}
    assert told(drafted(anyone, affected_cis=["vm-1"])) == expected


def test_three_hops_are_too_far(anyone, graph):
    planned(anyone, affected_cis=["Shop"])
    assert not conflicts_of(drafted(anyone, affected_cis=["host-1"]))


def test_one_change_may_be_in_the_way_for_several_reasons(anyone, graph):
    other = planned(anyone, "Upgrade", affected_cis=["vm-1", "Shop", "switch-1"])
    assert list(told(drafted(anyone, affected_cis=["vm-1"]))) == [Reason.SAME_CI, Reason.DEPENDENCY, Reason.DEPENDENT]
    assert other.reference in str(told(drafted(anyone, affected_cis=["vm-1"])))


def test_an_item_in_a_cycle_is_told_once(anyone, ci):
    first = ci("a")
    second = ci("b", depends_on=[first.pk])
    from cmdb.commands import set_dependencies

    set_dependencies(actor=anyone, ci=first, depends_on=[second.pk])
    planned(anyone, affected_cis=["b"])
    assert conflicts_of(drafted(anyone, affected_cis=["a"])).count(Reason.DEPENDENT, Reason.DEPENDENCY) == 1


def test_the_same_crew_cannot_be_in_two_places(anyone, org, graph):
    create_team(actor=None, org=org, name="Databases")
    other = planned(anyone, "Upgrade", assigned_to="Databases", affected_cis=["printer-1"])
    planned(anyone, "Later", (5, 6), assigned_to="Databases", affected_cis=["printer-1"])
    assert told(drafted(anyone, assigned_to="Databases", affected_cis=["vm-1"])) == {
        Reason.SAME_TEAM: [f"{other.reference} Upgrade is carried out by the same team."]
    }


def test_drafts_and_finished_changes_claim_nothing(anyone, graph):
    drafted(anyone, "A thought", affected_cis=["vm-1"])
    assert not conflicts_of(drafted(anyone, affected_cis=["vm-1"]))


def test_a_freeze_says_how_many_of_the_items_it_covers(anyone, graph):
    frozen(anyone, "Year end", environments=["production"])
    frozen(anyone, "Careful", hardness="soft", kinds=["vm"])
    frozen(anyone, "Elsewhere", kinds=["printer"])
    frozen(anyone, "Yesterday", (-24, 0))
    found = conflicts_of(drafted(anyone, affected_cis=["vm-1", "app-1", "host-1"]))
    assert [(group.reason, [each.in_words() for each in group.conflicts]) for group in found.groups] == [
        (Reason.HARD_FREEZE, ["Freeze Year end covers 2 of 3 items."]),
        (Reason.SOFT_FREEZE, ["Freeze Careful covers 1 of 3 items."]),
    ]
    [year_end] = found.groups[0].conflicts
    assert (year_end.names, year_end.start, year_end.end) == (("app-1", "vm-1"), at(0), at(1))
    assert year_end.because == "staging"


def test_a_freeze_of_everything_holds_for_a_change_of_nothing(anyone):
    frozen(anyone)
    assert told(drafted(anyone)) == {Reason.HARD_FREEZE: ["Freeze Year end holds for everything."]}


def test_a_freeze_that_recurs_is_told_with_its_next_time(anyone, graph):
    from changes.commands.freezes import create_freeze

    rule = {"every": "week", "days": ["mon", "tue"], "from": "14:30", "to": "18:00"}
    create_freeze(actor=anyone, name="Trading", reason="x", everything=True, recurrence=rule, time_zone="Europe/Berlin")
    [group] = conflicts_of(drafted(anyone, window=(0, 24), affected_cis=["vm-1"])).groups
    assert [(each.start, each.end) for each in group.conflicts] == [(at(0.5), at(4))]
    assert not conflicts_of(drafted(anyone, window=(4, 24), affected_cis=["vm-1"]))


@pytest.mark.parametrize(("item", "covered"), [("Shop", 1), ("app-1", 1), ("switch-1", 1), ("printer-1", 0)])
def test_a_freeze_of_a_service_covers_all_that_it_is_built_on(anyone, graph, item, covered):
    frozen(anyone, services=["Shop"])
    assert conflicts_of(drafted(anyone, affected_cis=[item])).count(Reason.HARD_FREEZE) == covered


def test_a_freeze_of_a_service_covers_only_that_part(anyone, graph):
    frozen(anyone, services=["Shop"], environments=["production"])
    [group] = conflicts_of(drafted(anyone, affected_cis=list(graph))).groups
    assert group.conflicts[0].names == ("app-1", "vm-1")


def test_much_of_one_reason_is_counted_and_only_its_beginning_told(anyone, graph, monkeypatch):
    monkeypatch.setattr(conflicts_module, "MOST_SHOWN", 2)
    monkeypatch.setattr(conflicts_module, "MOST_PLACES", 3)
    for number in range(4):
        planned(anyone, f"Upgrade {number}", (0.1 * number, 1), affected_cis=["vm-1"])
    [group] = conflicts_of(drafted(anyone, affected_cis=["vm-1"])).groups
    assert [each.title for each in group.conflicts] == ["Upgrade 0", "Upgrade 1"]
    assert (group.count, group.more) == (3, True)


def test_many_names_are_counted(anyone, ci):
    names = [ci(f"web-{number}").name for number in range(8)]
    other = planned(anyone, "Upgrade", affected_cis=names)
    assert told(drafted(anyone, affected_cis=names)) == {
        Reason.SAME_CI: [f"{other.reference} Upgrade: web-0, web-1, web-2, web-3, web-4 and 3 more."]
    }


def test_more_items_than_are_looked_at_are_admitted(anyone, graph, monkeypatch):
    monkeypatch.setattr("changes.surroundings.MOST_NEAR", 1)
    assert conflicts_of(drafted(anyone, affected_cis=["vm-1"])).partial


def test_a_plan_can_be_asked_about_before_there_is_a_change(anyone, graph):
    planned(anyone, affected_cis=["vm-1"])
    found = conflicts_with(Plan((graph["app-1"].pk,), Interval(at(0), at(1))))
    assert found.count(Reason.DEPENDENCY) == 1


def test_another_organisations_changes_and_freezes_do_not_exist(anyone, graph, actor_with, other_org, ci):
    with org_scope(other_org):
        foreigner = actor_with(Role.ORG_ADMIN, Role.MEMBER, org=other_org)
        ci("vm-1", org=other_org)
        planned(foreigner, affected_cis=["vm-1"])
        frozen(foreigner)
    assert not conflicts_of(drafted(anyone, affected_cis=["vm-1"]))


def test_the_number_of_queries_does_not_grow(anyone, org, graph, ci):
    create_team(actor=None, org=org, name="Databases")
    small = drafted(anyone, affected_cis=["vm-1"], assigned_to="Databases")
    large = drafted(
        anyone,
        affected_cis=[*graph, *(ci(f"web-{n}", depends_on=["vm-1"]).name for n in range(5))],
        assigned_to="Databases",
    )
    frozen(anyone, services=["Shop"])

    def count(change):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            conflicts_of(change)
        return len(queries)

    few = count(small)
    for number in range(3):
        frozen(anyone, f"Freeze {number}", services=["Shop"])
        planned(anyone, affected_cis=["vm-1", "Shop"], assigned_to="Databases")
    assert count(large) == count(small) == few <= 8


def test_a_window_of_a_year_under_a_daily_freeze_is_cheap_to_tell(anyone, graph):
    from changes.commands.freezes import create_freeze

    rule = {"every": "week", "days": ["mon", "tue", "wed", "thu", "fri"], "from": "08:00", "to": "17:00"}
    create_freeze(actor=anyone, name="Office hours", reason="x", everything=True, recurrence=rule)
    change = drafted(anyone, window=(0, timedelta(days=365) / timedelta(hours=1)), affected_cis=["vm-1"])
    assert conflicts_of(change).count(Reason.HARD_FREEZE) == 1

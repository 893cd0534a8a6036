"""The configuration items are about 120, named once, and depend on what exists."""

import pytest

from cmdb.vocabulary import Criticality, DependencyKind
from itsm_site.demo.datacenter import northgate, quayside
from itsm_site.demo.organisation import PEOPLE

SITES = pytest.mark.parametrize("items", [northgate(), quayside()], ids=["northgate", "quayside"])


def test_there_are_about_120_of_all_layers():
    kinds = {item.kind for item in northgate()}
    assert 115 <= len(northgate()) <= 130
    assert kinds >= {
        "ups",
        "cooling-unit",
        "rack",
        "switch",
        "router",
        "storage-array",
        "hypervisor",
        "virtual-machine",
        "database",
        "service",
    }


@SITES
def test_each_name_is_given_once(items):
    names = [item.name.casefold() for item in items]
    assert len(names) == len(set(names))


@SITES
def test_what_something_depends_on_stands_before_it(items):
    seen = set()
    for item in items:
        assert {name for name, _ in item.on} <= seen, item.name
        seen.add(item.name)


@SITES
def test_words_are_those_of_the_cmdb(items):
    assert {item.criticality for item in items} <= set(Criticality.values)
    assert {kind for item in items for _, kind in item.on} <= set(DependencyKind.values)


def test_addresses_are_given_once():
    addresses = [item.attributes["ip"] for item in northgate() if "ip" in item.attributes]
    assert len(addresses) == len(set(addresses))


def test_every_owner_is_a_team_with_people():
    teams = {team for people in PEOPLE.values() for person in people for team in person.teams}
    assert {item.team for item in [*northgate(), *quayside()]} <= teams

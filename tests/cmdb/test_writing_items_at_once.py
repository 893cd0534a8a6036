"""Many writers at once: one wins each race, nothing is lost, nothing is there twice."""

import json

import pytest

from cmdb.commands import create_ci, import_cis, set_dependencies, update_ci
from cmdb.imports import read
from cmdb.models import ConfigurationItem, ConfigurationItemChange, Dependency
from orgs.actor import Actor
from orgs.errors import Conflict, Stale
from orgs.tenancy import org_scope
from tests.racing import deadlocks, race

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
CLIENTS = 16


@pytest.fixture
def actor(org):
    return Actor.system(org.pk, "race")


def test_one_of_many_creates_of_one_name_wins(org, actor):
    outcomes = race([lambda: create_ci(actor=actor, name="Orders DB", kind="database")] * CLIENTS)
    assert sum(isinstance(each, ConfigurationItem) for each in outcomes) == 1
    assert sum(isinstance(each, Conflict) for each in outcomes) == CLIENTS - 1


def test_one_of_many_edits_of_one_version_wins(org, actor):
    ci = create_ci(actor=actor, name="a", kind="server")

    def edit(number):
        return lambda: update_ci(actor=actor, ci=ci.pk, changes={"environment": f"e{number}"}, expected_version=1)

    outcomes = race([edit(number) for number in range(CLIENTS)])
    assert sum(isinstance(each, ConfigurationItem) for each in outcomes) == 1
    assert sum(isinstance(each, Stale) for each in outcomes) == CLIENTS - 1


def test_edits_of_different_fields_are_all_kept(org, actor):
    ci = create_ci(actor=actor, name="a", kind="server")
    fields = {"environment": "test", "criticality": "high", "kind": "vm", "attributes": {"x": 1}}
    race(
        [
            lambda name=name, value=value: update_ci(actor=actor, ci=ci.pk, changes={name: value})
            for name, value in fields.items()
        ]
    )
    with org_scope(org):
        row = ConfigurationItem.objects.get()
        assert {name: getattr(row, name) for name in fields} == fields
        assert [change.version for change in ConfigurationItemChange.objects.order_by("version")] == [1, 2, 3, 4, 5]


def test_dependencies_set_both_ways_at_once_make_a_cycle_and_no_deadlock(org, actor):
    a, b = (create_ci(actor=actor, name=name, kind="server") for name in "ab")
    before = deadlocks()
    works = [
        lambda one=one, other=other: set_dependencies(actor=actor, ci=one.pk, depends_on=[other.pk])
        for one, other in ((a, b), (b, a))
    ]
    outcomes = race(works * 4)
    assert all(isinstance(each, ConfigurationItem) for each in outcomes)
    assert deadlocks() == before
    with org_scope(org):
        assert Dependency.objects.filter(ended_at=None).count() == 2


def test_one_import_many_times_at_once_is_one_import(org, actor):
    rows = [
        {"id": f"ci-{n}", "name": f"item-{n}", "relations": [{"target": f"ci-{n - 1}"}] if n else []} for n in range(40)
    ]
    before = deadlocks()

    def work():
        batch = read("json", [json.dumps(rows).encode()])
        return import_cis(actor=actor, batch=batch, commit=True, complete=True).counts["created"]

    outcomes = race([work] * 6)
    assert sorted(outcomes) == [0, 0, 0, 0, 0, 40]
    assert deadlocks() == before
    with org_scope(org):
        assert (ConfigurationItem.objects.count(), Dependency.objects.count()) == (40, 39)


def test_an_import_beside_edits_loses_none(org, actor):
    rows = [{"id": f"ci-{n}", "name": f"item-{n}", "kind": "server"} for n in range(30)]
    import_cis(actor=actor, batch=read("json", [json.dumps(rows).encode()]), commit=True)
    moved = [{**row, "environment": "production"} for row in rows]

    def imported():
        return import_cis(actor=actor, batch=read("json", [json.dumps(moved).encode()]), commit=True)

    def edited(number):
        return lambda: update_ci(actor=actor, ci=f"item-{number}", changes={"criticality": "high"})

    outcomes = race([imported, *(edited(number) for number in range(12))])
    assert not [each for each in outcomes if isinstance(each, Exception)]
    with org_scope(org):
        assert ConfigurationItem.objects.filter(environment="production").count() == 30
        assert ConfigurationItem.objects.filter(criticality="high").count() == 12

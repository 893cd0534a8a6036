"""Every change of a configuration item is written down, and never rewritten."""

import pytest
from django.db import DatabaseError, connection, transaction

from cmdb.commands import set_dependencies, update_ci
from cmdb.models import ConfigurationItemChange
from cmdb.queries import history_of
from timeline.context import use_request_id
from timeline.events import AppendOnlyError


def test_the_first_change_tells_what_the_item_began_with(scope, make_ci):
    make_ci("host")
    ci = make_ci("vm", environment="test", depends_on=["host"])
    (change,) = history_of(ci)
    assert (change.action, change.version) == ("created", 1)
    assert change.changes["name"] == [None, "vm"]
    assert change.changes["environment"] == [None, "test"]
    assert [edge["name"] for edge in change.changes["depends_on"]["added"]] == ["host"]
    assert "attributes" not in change.changes


def test_a_change_names_who_when_and_each_field_before_and_after(scope, make_ci, administrator):
    ci = make_ci("a", criticality="low")
    with use_request_id("req-1"):
        update_ci(actor=administrator, ci=ci, changes={"criticality": "high", "attributes": {"x": 1}})
    change = history_of(ci).first()
    assert (change.version, change.action, change.request_id) == (2, "updated", "req-1")
    assert (change.actor_kind, change.actor_ref) == ("user", administrator.ref)
    assert change.changes == {"criticality": ["low", "high"], "attributes": [{}, {"x": 1}]}
    assert change.recorded_at is not None


def test_edges_that_come_and_go_are_in_the_history_of_their_dependent(scope, make_ci, administrator):
    make_ci("b")
    make_ci("c")
    a = make_ci("a", depends_on=["b"])
    set_dependencies(actor=administrator, ci=a, depends_on=["c"])
    moved = history_of(a).first().changes["depends_on"]
    assert [edge["name"] for edge in moved["added"]] == ["c"]
    assert [edge["name"] for edge in moved["removed"]] == ["b"]


def test_nothing_changed_is_nothing_written(scope, make_ci, administrator):
    ci = make_ci("a")
    update_ci(actor=administrator, ci=ci, changes={"name": "a"})
    assert history_of(ci).count() == 1


def test_history_refuses_to_be_changed_from_python(scope, make_ci):
    change = history_of(make_ci("a")).get()
    with pytest.raises(AppendOnlyError):
        change.save()
    with pytest.raises(AppendOnlyError):
        change.delete()
    with pytest.raises(AppendOnlyError):
        ConfigurationItemChange.objects.update(version=9)
    with pytest.raises(AppendOnlyError):
        ConfigurationItemChange.objects.all().delete()


@pytest.mark.parametrize("statement", ["UPDATE {} SET version = 9", "DELETE FROM {}"])
def test_the_database_refuses_to_rewrite_history(scope, make_ci, statement):
    make_ci("a")
    table = ConfigurationItemChange._meta.db_table
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table))
    assert ConfigurationItemChange.objects.get().version == 1

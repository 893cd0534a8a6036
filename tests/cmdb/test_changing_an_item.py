"""Changing a configuration item is one step: all fields or none, at the version that the caller saw."""

from uuid import uuid4

import pytest

from cmdb.commands import update_ci
from cmdb.models import LookupKey
from orgs.commands import create_team
from orgs.errors import Conflict, Forbidden, Invalid, NotFound, Stale


def test_a_change_raises_the_version(scope, make_ci, administrator):
    ci = make_ci("a")
    changed = update_ci(actor=administrator, ci=ci.pk, changes={"criticality": "high", "environment": "test"})
    assert (changed.version, changed.criticality, changed.environment) == (2, "high", "test")
    assert changed.updated_at > ci.updated_at


def test_the_present_values_change_nothing(scope, make_ci, administrator):
    ci = make_ci("a", environment="test", attributes={"x": 1})
    same = {"name": "a", "kind": "Server", "environment": "TEST", "attributes": {"x": 1}, "owner_team": None}
    assert update_ci(actor=administrator, ci=ci.pk, changes=same).version == 1


def test_an_item_is_found_by_id_name_or_itself(scope, make_ci, administrator):
    ci = make_ci("Orders DB")
    for ident in (ci, ci.pk, str(ci.pk), "orders db"):
        assert update_ci(actor=administrator, ci=ident, changes={}).pk == ci.pk


def test_a_stale_version_is_refused_with_the_current_one(scope, make_ci, administrator):
    ci = make_ci("a")
    update_ci(actor=administrator, ci=ci, changes={"environment": "test"}, expected_version=1)
    with pytest.raises(Stale) as refused:
        update_ci(actor=administrator, ci=ci, changes={"environment": "qa"}, expected_version=1)
    assert refused.value.current_version == 2


def test_another_organisations_item_is_as_absent_as_none(scope, make_ci, administrator, other_org):
    theirs = make_ci("theirs", org=other_org)
    messages = set()
    for ident in (theirs, theirs.pk, str(theirs.pk), "theirs", uuid4(), "nothing", "\x00", "\ud800"):
        with pytest.raises(NotFound) as refused:
            update_ci(actor=administrator, ci=ident, changes={"environment": "test"})
        messages.add(refused.value.detail)
    assert len(messages) == 1


def test_only_administrators_change_items(scope, make_ci, lead):
    with pytest.raises(Forbidden):
        update_ci(actor=lead, ci=make_ci("a"), changes={"environment": "test"})


@pytest.mark.parametrize("field", ["id", "org", "version", "name_key", "created_at", "source", "external_id", "hash"])
def test_what_is_not_editable_is_refused_by_name(scope, make_ci, administrator, field):
    with pytest.raises(Invalid) as refused:
        update_ci(actor=administrator, ci=make_ci("a"), changes={field: "x", "environment": "test"})
    assert [(error.field, error.code) for error in refused.value.fields] == [(field, "unknown")]


def test_a_bad_field_keeps_the_good_ones_from_changing(scope, make_ci, administrator):
    ci = make_ci("a")
    with pytest.raises(Invalid):
        update_ci(actor=administrator, ci=ci, changes={"environment": "test", "criticality": "P1"})
    ci.refresh_from_db()
    assert (ci.environment, ci.version) == ("", 1)


def test_a_rename_to_a_taken_name_is_a_conflict(scope, make_ci, administrator):
    make_ci("a")
    with pytest.raises(Conflict):
        update_ci(actor=administrator, ci=make_ci("b"), changes={"name": "A"})


def test_a_rename_moves_the_keys_that_alerts_look_for(scope, make_ci, administrator):
    ci = make_ci("old", attributes={"fqdn": "old.example.net"})
    update_ci(actor=administrator, ci=ci, changes={"name": "New", "attributes": {"fqdn": "new.example.net"}})
    assert set(LookupKey.objects.filter(ci=ci).values_list("key", flat=True)) == {"new", "new.example.net"}


def test_an_item_may_retire_and_return(scope, make_ci, administrator):
    ci = make_ci("a")
    assert update_ci(actor=administrator, ci=ci, changes={"status": "retired"}).status == "retired"
    assert update_ci(actor=administrator, ci=ci, changes={"status": "active"}).status == "active"


def test_only_imports_find_something_missing(scope, make_ci, administrator):
    with pytest.raises(Invalid) as refused:
        update_ci(actor=administrator, ci=make_ci("a"), changes={"status": "missing"})
    assert refused.value.fields[0].field == "status"


def test_the_owner_may_be_taken_away(scope, make_ci, administrator, org):
    create_team(actor=None, org=org, name="DBA")
    ci = make_ci("a", owner_team="dba")
    assert update_ci(actor=administrator, ci=ci, changes={"owner_team": None}).owner_team is None

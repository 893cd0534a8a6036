"""Below the commands the database itself keeps configuration items of two organisations apart."""

import pytest
from django.db import IntegrityError, transaction
from django_scopes.exceptions import ScopeError

from cmdb.models import ConfigurationItem, ConfigurationItemChange, Dependency, LookupKey
from orgs.commands import create_team
from orgs.tenancy import org_scope


@pytest.fixture
def pair(make_ci, other_org):
    return make_ci("ours"), make_ci("theirs", org=other_org)


@pytest.mark.parametrize("theirs_first", [True, False])
def test_no_edge_crosses(scope, pair, theirs_first):
    ours, theirs = pair
    dependent, dependency = (theirs, ours) if theirs_first else (ours, theirs)
    with pytest.raises(IntegrityError), transaction.atomic():
        Dependency.objects.create(
            org_id=ours.org_id, dependent=dependent, dependency=dependency, created_at=ours.created_at
        )


def test_no_edge_moves_across(scope, pair, make_ci):
    _, theirs = pair
    make_ci("vm", depends_on=["ours"])
    with pytest.raises(IntegrityError), transaction.atomic():
        Dependency.objects.update(dependency=theirs.pk)


def test_no_key_points_across(scope, pair):
    ours, theirs = pair
    with pytest.raises(IntegrityError), transaction.atomic():
        LookupKey.objects.create(org_id=ours.org_id, ci=theirs, key="x", sort="1-name")


def test_no_history_is_written_across(scope, pair):
    ours, theirs = pair
    with pytest.raises(IntegrityError), transaction.atomic():
        ConfigurationItemChange.objects.create(
            org_id=ours.org_id,
            ci=theirs,
            version=2,
            action="updated",
            changes={},
            actor_kind="system",
            actor_ref="x",
            recorded_at=ours.created_at,
        )


def test_no_team_owns_across(scope, pair, other_org):
    ours, _ = pair
    theirs = create_team(actor=None, org=other_org, name="Theirs")
    with pytest.raises(IntegrityError), transaction.atomic():
        ConfigurationItem.objects.filter(pk=ours.pk).update(owner_team=theirs.pk)


@pytest.mark.parametrize("values", [{"criticality": "P1"}, {"status": "gone"}, {"name_key": ""}, {"external_id": "7"}])
def test_the_database_refuses_what_the_rules_refuse(scope, pair, values):
    with pytest.raises(IntegrityError), transaction.atomic():
        ConfigurationItem.objects.filter(pk=pair[0].pk).update(**values)


def test_a_query_without_an_organisation_raises(pair):
    with pytest.raises(ScopeError):
        ConfigurationItem.objects.all()


def test_each_organisation_sees_its_own(pair):
    for ci in pair:
        with org_scope(ci.org_id):
            assert list(ConfigurationItem.objects.all()) == [ci]

from uuid import uuid4

import pytest
from django.apps import apps
from django.db.models import Count
from django_scopes.exceptions import ScopeError

from orgs.errors import NotFound
from orgs.models import Organisation, Team
from orgs.queries import as_uuid, find_organisation, find_project, match_assignee, members, teams
from orgs.tenancy import OrgScoped, org_scope

SCOPED = [model for model in apps.get_models() if issubclass(model, OrgScoped)]
# Of the installation, of a person, or of the framework: no organisation's.
NEVER = "00000000-0000-4000-8000-000000000000"
UNSCOPED = {
    "orgs.organisation",
    "orgs.user",
    "orgs.teammember",
    "orgs.heartbeat",
    "orgs.periodicrun",
    "orgs.signinattempt",
    "incidents.durationsample",
    "incidents.durationtotal",
}
OURS = {"orgs", "timeline", "cmdb", "incidents", "changes", "problems", "integrations"}


@pytest.mark.parametrize("model", SCOPED, ids=lambda model: model._meta.label_lower)
@pytest.mark.parametrize(
    "query",
    [
        lambda objects: objects.all(),
        lambda objects: objects.count(),
        lambda objects: objects.filter(pk=1),
        lambda objects: objects.exists(),
        lambda objects: objects.first(),
        lambda objects: objects.exclude(pk=1).exists(),
        lambda objects: list(objects.exclude(pk=1)),
        lambda objects: objects.distinct().explain(),
        lambda objects: objects.in_bulk(),
        lambda objects: objects.select_related("org").values("pk"),
        lambda objects: objects.update(org=None),
        lambda objects: objects.aggregate(n=Count("pk")),
    ],
    ids=[
        "all",
        "count",
        "filter",
        "exists",
        "first",
        "exclude-exists",
        "exclude",
        "explain",
        "in_bulk",
        "values",
        "update",
        "aggregate",
    ],
)
def test_a_query_outside_a_scope_raises(model, query, db):
    with pytest.raises(ScopeError):
        list(query(model.objects) or ())


@pytest.mark.parametrize("model", SCOPED, ids=lambda model: model._meta.label_lower)
def test_every_row_names_its_organisation(model):
    field = model._meta.get_field("org")
    assert (field.null, field.related_model) == (False, Organisation)


def test_every_other_table_is_known_to_belong_to_nobody():
    others = {model._meta.label_lower for model in apps.get_models() if model._meta.app_label in OURS} - {
        model._meta.label_lower for model in SCOPED
    }
    assert others == UNSCOPED


def test_a_scope_shows_one_organisation(org, other_org):
    for each in (org, other_org):
        with org_scope(each):
            Team.objects.create(org=each, slug="ops", name=each.name)
    with org_scope(org):
        assert [team.name for team in Team.objects.all()] == [org.name]
        with org_scope(other_org.pk):
            assert [team.name for team in teams()] == [other_org.name]
        assert [team.name for team in teams()] == [org.name]


def test_a_scope_of_nothing_is_refused_since_it_would_be_one_of_everything(db):
    with pytest.raises(ValueError, match="organisation"):
        org_scope(None)


def test_the_scope_ends_with_its_block(org):
    with pytest.raises(ZeroDivisionError), org_scope(org):
        raise ZeroDivisionError
    with pytest.raises(ScopeError):
        Team.objects.count()


class TestFinding:
    def test_an_organisation_by_slug_or_id(self, org):
        for ident in ("acme", str(org.pk), str(org.pk).upper()):
            assert find_organisation(ident) == org

    @pytest.mark.parametrize("ident", ["", "nowhere", "a\x00b", "\ud800", "x" * 10_000, NEVER, f"{{{NEVER}}}", "1"])
    @pytest.mark.parametrize("find", [find_organisation, find_project])
    def test_what_names_none_is_not_found(self, find, ident, org):
        with org_scope(org), pytest.raises(NotFound):
            find(ident)

    def test_only_the_canonical_spelling_is_a_uuid(self):
        value = uuid4()
        assert as_uuid(str(value)) == as_uuid(str(value).upper()) == value
        for text in (value.hex, f"{{{value}}}", f"urn:uuid:{value}", f" {value}", "", "0", None, 7):
            assert as_uuid(text) is None

    def test_an_assignee_only_among_the_active_members(self, org, user_with):
        person = user_with("MEMBER", username="robin")
        with org_scope(org):
            assert match_assignee(" ROBIN ") == (None, person)
            assert match_assignee("") == (None, None)
            assert members() == [person]
            person.memberships.update(is_active=False)
            assert match_assignee("robin") == (None, None)
            assert members() == []

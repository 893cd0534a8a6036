import pytest

from orgs.authentication import actor_for_user, organisations_of
from orgs.commands import (
    add_member,
    add_to_team,
    create_project,
    create_team,
    create_user,
    remove_member,
    take_from_team,
)
from orgs.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from orgs.models import Membership, Team, User
from orgs.roles import Role
from orgs.tenancy import org_scope

PASSWORD = "correct horse battery staple"


@pytest.fixture
def person(db):
    """An account without any organisation."""
    return User.objects.create_user(username="robin", password=PASSWORD, first_name="Robin", last_name="Doe")


class TestMembership:
    def test_roles_are_replaced_and_kept_in_the_tables_order(self, org, person):
        add_member(actor=None, org=org, user=person, roles=["SRE_LEAD", "MEMBER", "MEMBER"])
        assert actor_for_user(person, org).roles == frozenset({"MEMBER", "SRE_LEAD"})
        add_member(actor=None, org=org, user=person, roles=["VIEWER"])
        with org_scope(org):
            assert [row.roles for row in Membership.objects.filter(user=person)] == [["VIEWER"]]

    def test_an_unknown_role_is_named(self, org, person):
        with pytest.raises(Invalid, match="Unknown role ROOT"):
            add_member(actor=None, org=org, user=person, roles=["MEMBER", "ROOT"])

    def test_a_person_acts_by_name_with_their_roles(self, org, person):
        add_member(actor=None, org=org, user=person, roles=["MEMBER"])
        actor = actor_for_user(person, org)
        assert (actor.kind, actor.ref, actor.name, actor.org_id) == ("user", str(person.pk), "Robin Doe", org.pk)
        assert (actor.user_id, actor.scopes) == (person.pk, frozenset())

    def test_access_ends_at_once(self, org, other_org, person):
        for each in (org, other_org):
            add_member(actor=None, org=each, user=person, roles=["MEMBER"])
        remove_member(actor=None, org=org, user=person)
        assert actor_for_user(person, org) is None
        assert organisations_of(person) == [other_org]
        add_member(actor=None, org=org, user=person, roles=["VIEWER"])
        assert actor_for_user(person, org).roles == frozenset({"VIEWER"})

    def test_a_closed_account_acts_nowhere(self, org, person):
        add_member(actor=None, org=org, user=person, roles=["MEMBER"])
        User.objects.filter(pk=person.pk).update(is_active=False)
        assert actor_for_user(User.objects.get(pk=person.pk), org) is None

    def test_a_stranger_is_nobody(self, org, other_org, person):
        add_member(actor=None, org=other_org, user=person, roles=["ORG_ADMIN"])
        assert actor_for_user(person, org) is None
        with pytest.raises(NotFound):
            remove_member(actor=None, org=org, user=person)

    def test_somebody_stays_administrator(self, org, user_with):
        first, second = user_with("ORG_ADMIN"), user_with("ORG_ADMIN")
        remove_member(actor=None, org=org, user=first)
        for call in (
            lambda: remove_member(actor=None, org=org, user=second),
            lambda: add_member(actor=None, org=org, user=second, roles=["MEMBER"]),
        ):
            with pytest.raises(Conflict) as refusal:
                call()
            assert refusal.value.code == "last_administrator"
        assert "ORG_ADMIN" in actor_for_user(second, org).roles

    @pytest.mark.parametrize("role", [role for role in Role.values if role != "ORG_ADMIN"])
    def test_it_takes_an_administrator_to_change_them(self, role, org, actor_with, user_with):
        actor, person = actor_with(role), user_with("MEMBER")
        for call in (
            lambda: add_member(actor=actor, org=org, user=person, roles=["ORG_ADMIN"]),
            lambda: remove_member(actor=actor, org=org, user=person),
            lambda: create_team(actor=actor, org=org, name="Ops"),
            lambda: create_project(actor=actor, slug="web", name="Web"),
        ):
            with pytest.raises(Forbidden):
                call()

    def test_nobody_changes_another_organisations(self, other_org, administrator, person):
        add_member(actor=None, org=other_org, user=person, roles=["MEMBER"])
        for call in (
            lambda: add_member(actor=administrator, org=other_org, user=person, roles=["MEMBER"]),
            lambda: remove_member(actor=administrator, org=other_org, user=person),
            lambda: create_team(actor=administrator, org=other_org, name="Ops"),
        ):
            with pytest.raises(NotFound):
                call()


class TestTeams:
    def test_they_have_members_of_the_organisation_only(self, org, administrator, user_with, person):
        inside = user_with("MEMBER")
        team = create_team(actor=administrator, org=org, name="Storage Crew", members=[inside])
        assert (team.slug, list(team.members.all())) == ("storage-crew", [inside])
        for call in (
            lambda: create_team(actor=administrator, org=org, name="Other", members=[person]),
            lambda: add_to_team(actor=administrator, team=team, user=person),
        ):
            with pytest.raises(Invalid):
                call()
        with org_scope(org):
            assert Team.objects.count() == 1

    def test_a_person_is_in_a_team_once(self, org, administrator, user_with):
        inside = user_with("MEMBER")
        team = create_team(actor=administrator, org=org, name="Ops")
        add_to_team(actor=administrator, team=team, user=inside)
        with pytest.raises(Conflict):
            add_to_team(actor=administrator, team=team, user=inside)
        take_from_team(actor=administrator, team=team, user=inside)
        with pytest.raises(NotFound):
            take_from_team(actor=administrator, team=team, user=inside)

    def test_names_in_any_script_make_teams_of_their_own(self, org):
        names = ["数据库", "網路", "База данных", "Größe"]
        assert len({create_team(actor=None, org=org, name=name).slug for name in names}) == len(names)

    def test_the_same_name_twice_is_a_conflict(self, org):
        create_team(actor=None, org=org, name="Ops")
        with pytest.raises(Conflict):
            create_team(actor=None, org=org, name="OPS!")

    @pytest.mark.parametrize("name", ["", "\u200b", "a\x00b", "!!!", "x" * 201])
    def test_a_name_that_is_none_is_refused_and_the_field_named(self, name, org):
        with pytest.raises(Invalid) as refusal:
            create_team(actor=None, org=org, name=name)
        assert refusal.value.fields[0].field == "name"


class TestProjects:
    def test_they_are_found_by_their_slug(self, administrator):
        assert create_project(actor=administrator, slug="Web", name="").name == "web"

    def test_the_same_slug_twice_is_a_conflict_here_and_none_elsewhere(self, administrator, other_org, actor_with):
        create_project(actor=administrator, slug="web", name="Web")
        with pytest.raises(Conflict):
            create_project(actor=administrator, slug="WEB", name="Web")
        create_project(actor=actor_with("ORG_ADMIN", org=other_org), slug="web", name="Web")

    @pytest.mark.parametrize(("slug", "name", "field"), [("a b", "x", "slug"), ("web", "a\x00b", "name")])
    def test_what_is_no_slug_or_name_is_refused(self, slug, name, field, administrator):
        with pytest.raises(Invalid) as refusal:
            create_project(actor=administrator, slug=slug, name=name)
        assert refusal.value.fields[0].field == field


class TestAccounts:
    def test_a_name_is_taken_whatever_its_case(self, db):
        create_user(username="robin", password=PASSWORD, full_name="Robin van Doe")
        assert User.objects.get().get_full_name() == "Robin van Doe"
        with pytest.raises(Conflict):
            create_user(username="ROBIN", password=PASSWORD)

    @pytest.mark.parametrize("password", ["", "short", "123456789012345", "robinrobinrobin"])
    def test_a_weak_password_is_refused(self, password, db):
        with pytest.raises(Invalid) as refusal:
            create_user(username="robinrobinrobin", password=password)
        assert {error.field for error in refusal.value.fields} == {"password"}

    @pytest.mark.parametrize("username", ["", "a\x00b", "a b", "x" * 151, "\u200b", "Аdmin"])
    def test_what_is_no_user_name_is_refused(self, username, db):
        with pytest.raises(DomainError) as refusal:
            create_user(username=username, password=PASSWORD)
        assert refusal.value.fields[0].field == "username"

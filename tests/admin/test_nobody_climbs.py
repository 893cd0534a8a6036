"""Q6: the fourteen ways up of RELIABILITY 4e, D1 to D14, walked by a member of staff who holds every role of the
organisation and every permission that Django knows. Each is refused, and nothing has changed afterwards."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from incidents.commands import create_incident
from orgs.commands import add_member, remove_member
from orgs.errors import Conflict
from orgs.models import Membership, User
from orgs.roles import Role
from orgs.tenancy import org_scope
from tests.admin.conftest import sentences

OUTSIDE = {"is_superuser": "on", "is_staff": "on", "groups": "1", "user_permissions": "1", "password": "x"}


@pytest.fixture
def climber(desk):
    there = desk(*Role.values, username="climber")
    there.user.user_permissions.set(Permission.objects.all())
    return there


@pytest.fixture
def boss(org):
    """Who runs the installation, a member like others."""
    boss = User.objects.create_superuser("boss", password="the boss's own", email="boss@example.org")
    add_member(actor=None, org=org, user=boss, roles=["ORG_ADMIN"])
    return boss


@pytest.fixture
def colleague(user_with):
    return user_with("MEMBER", username="colleague")


def rights(user):
    user.refresh_from_db()
    held = sorted(Membership.all_orgs_unsafe.filter(user=user).values_list("roles", "is_active", "org"), key=str)
    return (
        user.is_superuser,
        user.is_staff,
        user.is_active,
        user.password,
        user.email,
        set(user.groups.all()),
        user.user_permissions.count(),
        held,
    )


def no_rise(climber, *others):
    return [rights(user) for user in (climber.user, *others)]


def test_d1_nobody_makes_himself_superuser(climber):
    before = no_rise(climber)
    assert climber.post("orgs_user_change", climber.user.pk, **OUTSIDE).status_code == 403
    answer = climber.do(climber.user, "edit", full_name="Climber", email="climber@example.org", **OUTSIDE)
    assert answer.status_code == 302, "the form's own fields are taken, the others are not read"
    assert no_rise(climber)[0][:2] == before[0][:2]
    assert climber.do(climber.user, "staff").status_code == 403


def test_d2_nobody_gives_himself_groups_permissions_or_roles(climber, org):
    with org_scope(org):
        own = Membership.objects.get(user=climber.user)
        own.roles = ["ORG_ADMIN"]
        own.save()
    before = no_rise(climber)
    response = climber.do(own, "roles", roles=list(Role.values))
    assert response.status_code == 403
    assert sentences(response) == ["Nobody does this to their own account. Ask another administrator."]
    assert climber.do(own, "remove").status_code == 403
    assert climber.post("orgs_membership_change", own.pk, roles=list(Role.values)).status_code == 403
    assert no_rise(climber) == before


def test_d3_nobody_sets_anothers_password(climber, boss, colleague):
    before = no_rise(climber, boss, colleague)
    for user in (boss, colleague):
        assert climber.client.get(f"/admin/orgs/user/{user.pk}/password/").status_code == 404
        assert climber.post(f"/admin/orgs/user/{user.pk}/password/", password1="y", password2="y").status_code == 404
    assert climber.do(boss, "link").status_code == 404, "a superuser is not there for others"
    assert climber.do(climber.user, "link").status_code == 403
    assert no_rise(climber, boss, colleague) == before


def test_d4_nobody_turns_a_superusers_mail_to_himself(climber, boss):
    before = no_rise(climber, boss)
    assert climber.do(boss, "edit", full_name="Boss", email="climber@example.org").status_code == 404
    assert "boss@example.org" not in climber.get("orgs_user_changelist").content.decode()
    assert no_rise(climber, boss) == before


def test_d5_nobody_adds_a_superuser(climber):
    response = climber.post("orgs_user_add", username="puppet", full_name="", email="", roles=["MEMBER"], **OUTSIDE)
    assert response.status_code == 200
    puppet = User.objects.get(username="puppet")
    assert rights(puppet)[:2] == (False, False)
    assert not puppet.has_usable_password()
    assert not puppet.groups.exists()
    assert not puppet.user_permissions.exists()


def test_d6_no_history_of_another_organisation_opens(climber, foreign):
    assert climber.get("incidents_incident_history", foreign.pk).status_code == 404
    assert climber.client.get(f"/admin/incidents/incident/{foreign.pk}/revert/1/").status_code == 404


@pytest.mark.parametrize("column", ["password", "is_superuser", "id", "email"])
def test_d7_no_popup_hands_out_a_column(climber, column):
    for path in (reverse("admin:orgs_user_changelist"), reverse("admin:orgs_user_add")):
        assert climber.client.get(path, {"_popup": "1", "_to_field": column}).status_code == 400
        assert climber.client.get(path, {"_to_field": column}).status_code == 400


@pytest.mark.parametrize(
    "query",
    [
        {"password__startswith": "md5"},
        {"username__regex": "(a+)+$"},
        {"memberships__org__name__startswith": "Glob"},
        {"owner__token__hash__startswith": "a"},
    ],
    ids=["d8", "d9", "d10", "d10-token"],
)
def test_d8_to_d10_no_list_answers_guesses(climber, query):
    assert climber.client.get(reverse("admin:orgs_user_changelist"), query).status_code == 400


def test_d11_a_foreign_row_cannot_be_ticked(climber, foreign, fresh):
    tick = f"{foreign.pk}:1"
    response = climber.post("incidents_incident_changelist", action="acknowledge", _selected_action=tick, index="0")
    assert climber.told(response) == ["A row: There is no such record any more."]
    assert fresh(foreign).version == 1


def test_d12_ticking_everything_ends_at_the_ticks(climber, lead, foreign, fresh):
    rows = [create_incident(actor=lead, title=f"Row {number}", severity="P3") for number in range(3)]
    climber.post(
        "incidents_incident_changelist",
        action="acknowledge",
        _selected_action=f"{rows[0].pk}:1",
        index="0",
        select_across="1",
    )
    assert [fresh(row).status for row in (*rows, foreign)] == ["acknowledged", "open", "open", "open"]


@pytest.mark.parametrize("table", ["incidents_incident", "orgs_user", "orgs_membership", "orgs_apikey"])
def test_d13_no_hidden_action_deletes(climber, incident, colleague, table):
    before = User.objects.count(), Membership.all_orgs_unsafe.count()
    for action in ("delete_selected", "make_superuser"):
        climber.post(f"{table}_changelist", action=action, _selected_action=str(colleague.pk), index="0", post="yes")
    assert (User.objects.count(), Membership.all_orgs_unsafe.count()) == before
    assert climber.client.post(f"/admin/orgs/user/{colleague.pk}/delete/", {"post": "yes"}).status_code == 404


def test_d14_no_bulk_action_takes_what_the_roles_do_not_give(org, desk, incident, fresh):
    there = desk("ORG_ADMIN", "MEMBER", "CHANGE_APPROVER")
    there.user.user_permissions.set(Permission.objects.all())
    response = there.post(
        "incidents_incident_changelist", action="acknowledge", _selected_action=f"{incident.pk}:1", index="0"
    )
    assert response.status_code in (302, 403, 200)
    assert fresh(incident).status == "open"


def test_the_last_administrator_stays(org, other_org, desk, user_with):
    """D62: not even who runs the installation takes an organisation's last administrator away."""
    there = desk("ORG_ADMIN")
    User.objects.filter(pk=there.user.pk).update(is_superuser=True)
    alone = user_with("ORG_ADMIN", org=other_org, username="alone")
    add_member(actor=None, org=org, user=alone, roles=["MEMBER"])
    before = rights(alone)
    response = there.do(alone, "close")
    assert (response.status_code, sentences(response)) == (
        409,
        ["Somebody must stay administrator of the organisation."],
    )
    assert rights(alone) == before
    with pytest.raises(Conflict):
        remove_member(actor=None, org=other_org, user=alone)
    with pytest.raises(Conflict):
        add_member(actor=None, org=other_org, user=alone, roles=["MEMBER"])
    assert rights(alone) == before


def test_an_account_shared_with_another_organisation_is_not_one_administrators_to_take(org, other_org, desk, colleague):
    add_member(actor=None, org=other_org, user=colleague, roles=["ORG_ADMIN"])
    there = desk("ORG_ADMIN")
    before = rights(colleague)
    for command in ("link", "close", "edit"):
        response = there.do(colleague, command, full_name="Taken", email="taken@example.org")
        assert response.status_code == 403, command
    assert rights(colleague) == before


def test_an_account_of_elsewhere_cannot_be_pulled_in(org, other_org, desk, user_with):
    stranger = user_with("ORG_ADMIN", org=other_org, username="stranger")
    there = desk("ORG_ADMIN")
    response = there.post("orgs_membership_add", username="stranger", roles=["VIEWER"])
    assert response.status_code == 403
    assert not Membership.all_orgs_unsafe.filter(user=stranger, org=org).exists()

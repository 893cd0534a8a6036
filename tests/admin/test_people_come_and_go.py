import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.test import Client

from orgs.commands import add_member, create_team
from orgs.models import Membership, Organisation, Project, Team, User
from orgs.roles import Role
from orgs.tenancy import org_scope
from tests.admin.conftest import sentences

PASSWORD = "a long enough passphrase"


def secret_of(response):
    return re.search(r'<pre class="curl" id="secret"[^>]*>([^<]+)</pre>', response.content.decode()).group(1)


def path_of(link):
    return re.sub(r"^https?://[^/]+", "", link)


def invite(there, **values):
    return there.post("orgs_user_add", **{"username": "ada", "full_name": "Ada Kim", "roles": ["MEMBER"], **values})


def test_somebody_invited_chooses_a_password_and_signs_in(desk, org):
    there = desk("ORG_ADMIN")
    path = path_of(secret_of(invite(there)))
    visitor = Client()
    assert visitor.get(path).status_code == 200
    done = visitor.post(path, {"password": PASSWORD, "again": PASSWORD})
    assert "Your password is set" in done.content.decode()
    answer = visitor.post("/sign-in", {"username": "ada", "password": PASSWORD})
    assert answer.status_code == 302
    with org_scope(org):
        assert Membership.objects.get(user__username="ada").roles == ["MEMBER"]


def test_a_link_works_once(desk):
    path = path_of(secret_of(invite(desk("ORG_ADMIN"))))
    assert Client().post(path, {"password": PASSWORD, "again": PASSWORD}).status_code == 200
    assert Client().get(path).status_code == 404
    assert (
        Client().post(path, {"password": "another long passphrase", "again": "another long passphrase"}).status_code
        == 404
    )


def test_opening_a_link_uses_nothing_up(desk):
    path = path_of(secret_of(invite(desk("ORG_ADMIN"))))
    for _ in range(3):
        assert Client().get(path).status_code == 200


@pytest.mark.parametrize(
    ("password", "again"),
    [
        ("short", "short"),
        ("123456789012345", "123456789012345"),
        (PASSWORD, PASSWORD + "x"),
        ("", ""),
        ("x" * 10_240,) * 2,
    ],
    ids=["short", "digits", "different", "empty", "endless"],
)
def test_a_weak_password_is_not_taken(desk, password, again):
    path = path_of(secret_of(invite(desk("ORG_ADMIN"))))
    assert Client().post(path, {"password": password, "again": again}).status_code == 400
    assert not User.objects.get(username="ada").has_usable_password()


@pytest.mark.parametrize(
    "path",
    ["/choose-password/MQ/x-y", "/choose-password/!!/a-b", "/choose-password/OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5/a"],
)
def test_a_link_that_is_not_ours_is_nothing(db, path):
    assert Client().get(path).status_code == 404


def test_a_link_ends_when_its_owner_joins_elsewhere(desk, other_org):
    path = path_of(secret_of(invite(desk("ORG_ADMIN"))))
    add_member(actor=None, org=other_org, user=User.objects.get(username="ada"), roles=["ORG_ADMIN"])
    assert Client().get(path).status_code == 404


def test_a_link_never_names_the_host_that_asked(desk, settings):
    there = desk("ORG_ADMIN")
    there.client.defaults["HTTP_X_FORWARDED_HOST"] = "evil.example"
    assert secret_of(invite(there)).startswith(settings.ITSM_PUBLIC_URL)


def test_a_new_password_ends_every_session_of_its_owner(desk, user_with):
    colleague = user_with("MEMBER")
    elsewhere = Client()
    elsewhere.force_login(colleague)
    path = path_of(secret_of(desk("ORG_ADMIN").do(colleague, "link")))
    assert elsewhere.get("/").status_code == 200
    Client().post(path, {"password": PASSWORD, "again": PASSWORD})
    assert elsewhere.get("/").status_code == 302


def test_a_secret_is_shown_in_the_answer_and_kept_nowhere(desk):
    there = desk("ORG_ADMIN")
    token = secret_of(there.post("orgs_apikey_add", name="Grafana", roles=["MEMBER"], lives="30"))
    link = secret_of(invite(there))
    kept = " ".join(str(session.get_decoded()) for session in Session.objects.all())
    kept += " ".join(LogEntry.objects.values_list("change_message", flat=True))
    kept += there.get("orgs_apikey_changelist").content.decode()
    assert token not in kept
    assert link.rsplit("/", 1)[1] not in kept


@pytest.mark.parametrize("username", ["admin\u200b", "Аdmin", "a b", "", "x" * 151, "a\x00b", "a/b"])
def test_a_user_name_that_deceives_is_refused(desk, username):
    assert invite(desk("ORG_ADMIN"), username=username).status_code == 400
    assert not User.objects.filter(first_name="Ada").exists()


def test_a_name_that_is_taken_is_refused(desk, user_with):
    user_with("MEMBER", username="Ada")
    response = invite(desk("ORG_ADMIN"))
    assert (response.status_code, sentences(response)) == (409, ["That user name is taken."])


def test_an_invitation_names_every_bad_field(desk):
    response = invite(desk("ORG_ADMIN"), roles=[], email="nowhere")
    assert response.status_code == 400
    assert sentences(response) == ["Give an e-mail address, such as ada@example.org."]


def test_roles_change_and_end_by_buttons(desk, org, user_with):
    colleague = user_with("MEMBER")
    there = desk("ORG_ADMIN")
    with org_scope(org):
        held = Membership.objects.get(user=colleague)
    assert there.told(there.do(held, "roles", roles=["SRE_LEAD", "MEMBER"])) == ["The roles are in force."]
    held.refresh_from_db()
    assert held.roles == ["MEMBER", "SRE_LEAD"]
    assert sentences(there.do(held, "roles", roles=[])) == ["Choose at least one role."]
    assert there.do(held, "remove").status_code == 302
    held.refresh_from_db()
    assert not held.is_active
    assert there.do(held, "roles", roles=["VIEWER"]).status_code == 302, "and back again"


def test_only_administrators_see_people(desk, user_with):
    there = desk("SRE_LEAD", "MEMBER", "ONCALL_ENGINEER", "CHANGE_APPROVER", "VIEWER")
    for table in ("orgs_user", "orgs_membership", "orgs_apikey"):
        assert there.get(f"{table}_changelist").status_code == 403
    assert there.do(user_with("MEMBER"), "link").status_code == 404
    assert there.post("orgs_user_add", username="ada", roles=["ORG_ADMIN"]).status_code == 403
    assert not User.objects.filter(username="ada").exists()


def test_a_key_opens_until_it_is_revoked(desk, org):
    there = desk("ORG_ADMIN", "MEMBER")
    token = secret_of(there.post("orgs_apikey_add", name="Grafana", roles=["MEMBER"], lives="30"))
    caller = Client(headers={"authorization": f"Bearer {token}"})
    assert caller.get("/api/v1/incidents").status_code == 200
    key = there.get("orgs_apikey_changelist")
    pk = re.search(r"/admin/orgs/apikey/([0-9a-f-]{36})/change/", key.content.decode()).group(1)
    assert there.post("orgs_apikey_do", pk, "revoke").status_code == 302
    assert caller.get("/api/v1/incidents").status_code == 401
    again = there.post("orgs_apikey_do", pk, "revoke")
    assert again.status_code == 404


def test_nobody_issues_a_key_above_themselves(desk):
    response = desk("ORG_ADMIN").post("orgs_apikey_add", name="Up", roles=["SRE_LEAD"], lives="30")
    assert response.status_code == 403


def test_teams_projects_and_the_name_change_by_buttons(desk, org, user_with):
    colleague = user_with("MEMBER")
    there = desk("ORG_ADMIN")
    there.post("orgs_team_add", name="Payments")
    there.post("orgs_project_add", name="Checkout", slug="checkout")
    with org_scope(org):
        team, project = Team.objects.get(), Project.objects.get()
    assert there.do(team, "join", person=str(colleague.pk)).status_code == 302
    assert list(team.members.all()) == [colleague]
    assert there.do(team, "join", person=str(colleague.pk)).status_code == 400, "no choice any more"
    assert there.do(team, "leave", person=str(colleague.pk)).status_code == 302
    assert there.do(team, "rename", name="Payments and fraud").status_code == 302
    assert there.do(project, "rename", name="").status_code == 400
    assert there.do(org, "rename", name="Acme").status_code == 302
    assert Organisation.objects.get(pk=org.pk).name == "Acme"
    assert there.post("orgs_team_add", name="payments").status_code == 409


def test_an_engineer_changes_nothing_of_the_organisation(desk, org, administrator):
    team = create_team(actor=administrator, org=org, name="Payments")
    there = desk("SRE_LEAD", "MEMBER")
    assert there.do(org, "rename", name="Mine").status_code == 403
    assert there.do(team, "rename", name="Mine").status_code == 403
    assert there.post("orgs_team_add", name="Mine").status_code == 403
    assert (
        there.post("incidents_slatarget_add", severity="P1", acknowledge_minutes="1", resolve_minutes="2").status_code
        == 403
    )


def test_targets_are_set_and_changed(desk, org):
    there = desk("ORG_ADMIN")

    def minutes(acknowledge, resolve, **more):
        return {"acknowledge_minutes": str(acknowledge), "resolve_minutes": str(resolve), **more}

    assert there.post("incidents_slatarget_add", **minutes(5, 60, severity="P1")).status_code == 302
    page = there.get("incidents_slatarget_changelist").content.decode()
    assert "P1: 5 m and 1 h;" in page
    row = re.search(r"/admin/incidents/slatarget/(\d+)/change/", page).group(1)
    assert there.post("incidents_slatarget_do", row, "change", **minutes(10, 99_999_999)).status_code == 400
    assert there.post("incidents_slatarget_do", row, "change", **minutes(10, 120)).status_code == 302


def test_whoever_runs_the_installation_opens_the_administration(desk, user_with):
    colleague = user_with("MEMBER")
    there = desk(*Role.values)
    assert there.do(colleague, "staff").status_code == 403
    User.objects.filter(pk=there.user.pk).update(is_superuser=True)
    assert there.do(colleague, "staff").status_code == 302
    colleague.refresh_from_db()
    assert colleague.is_staff
    assert not colleague.is_superuser

import pytest
from django.test import Client
from django.urls import reverse

from orgs.commands import close_account, remove_member
from orgs.models import User

INDEX = "/admin/"


def test_a_stranger_signs_in_first_where_guesses_are_counted():
    response = Client().get("/admin/incidents/incident/?state=any")
    assert response.status_code == 302
    assert response.url == "/sign-in?next=%2Fadmin%2Fincidents%2Fincident%2F%3Fstate%3Dany"


def test_the_admins_own_sign_in_leads_to_the_one_page(db):
    assert Client().get("/admin/login/").url.startswith("/sign-in?next=")
    assert Client().post("/admin/login/", {"username": "a", "password": "b"}).url.startswith("/sign-in?next=")


def test_a_member_who_is_not_staff_is_told_so(signed_in):
    assert signed_in("ORG_ADMIN", "SRE_LEAD").get(INDEX).status_code == 403


def test_staff_without_a_membership_are_told_so(db):
    client = Client()
    client.force_login(User.objects.create_superuser("root", password="x"))
    assert client.get(INDEX).status_code == 403


def test_staff_with_a_membership_enter(desk):
    assert desk("VIEWER").get(INDEX).status_code == 200


@pytest.mark.parametrize("path", ["/admin/jsi18n/", "/admin/autocomplete/", "/admin/incidents/incident/add/"])
def test_no_side_door_is_open_to_strangers(db, path):
    assert Client().get(path).status_code == 302


def test_a_removed_member_is_out_with_the_next_click(org, desk, administrator):
    there = desk("SRE_LEAD")
    assert there.get(INDEX).status_code == 200
    remove_member(actor=administrator, org=org, user=there.user)
    assert there.get(INDEX).status_code == 302, "the session has ended"


def test_a_closed_account_is_out_with_the_next_click(org, desk, administrator):
    there = desk("SRE_LEAD")
    close_account(actor=administrator, user=there.user)
    assert there.get(INDEX).status_code == 302


def test_a_role_that_is_cut_is_gone_with_the_next_click(org, desk, administrator, incident):
    there = desk("SRE_LEAD")
    there_user = there.user.memberships.model.all_orgs_unsafe.filter(user=there.user)
    there_user.update(roles=["VIEWER"])
    assert there.do(incident, "acknowledge").status_code == 403


def test_signing_out_of_the_admin_ends_the_session(desk):
    there = desk("VIEWER")
    there.post("/admin/logout/")
    assert there.get(INDEX).status_code == 302


def test_a_link_that_leads_elsewhere_leads_to_the_overview(user_with):
    user = user_with("VIEWER", staff=True)
    for evil in ("//evil.example", "https:evil", "javascript:alert(1)", "https://evil.example/"):
        response = Client().post(
            reverse("sign-in"), {"username": user.username, "password": "correct horse battery staple", "next": evil}
        )
        assert response.url == "/", evil

"""Signing in begins a new session, signing out ends it, and both take a form of ours."""

from django.conf import settings
from django.test import Client

from orgs.commands import add_member, remove_member
from tests.conftest import PASSWORD


def sign_in(client, name="ada", **extra):
    return client.post("/sign-in", {"username": name, "password": PASSWORD, **extra})


def test_the_session_key_is_new_after_signing_in(user_with):
    user_with("MEMBER", username="ada")
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = "a" * 32
    sign_in(client)
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != "a" * 32


def test_a_signed_out_cookie_opens_nothing(user_with):
    user_with("MEMBER", username="ada")
    client = Client()
    sign_in(client)
    held = client.cookies[settings.SESSION_COOKIE_NAME].value
    assert client.get("/").status_code == 200
    client.post("/sign-out")
    replayed = Client()
    replayed.cookies[settings.SESSION_COOKIE_NAME] = held
    assert replayed.get("/").status_code == 302


def test_signing_out_takes_a_form(user_with):
    user_with("MEMBER", username="ada")
    client = Client()
    sign_in(client)
    assert client.get("/sign-out").status_code == 405
    assert client.get("/").status_code == 200


def test_forms_without_our_token_are_refused(user_with):
    user_with("MEMBER", username="ada")
    client = Client(enforce_csrf_checks=True)
    for path in ("/sign-in", "/sign-out", "/preferences", "/switch-organisation"):
        assert client.post(path, {"username": "ada", "password": PASSWORD}).status_code == 403


def test_a_membership_that_ends_ends_every_session_at_once(user_with, org):
    user = user_with("MEMBER", username="ada")
    keeper = user_with("ORG_ADMIN")
    client = Client()
    sign_in(client)
    remove_member(actor=None, org=org, user=user)
    assert client.get("/").status_code == 302
    assert keeper.is_active


def test_an_account_that_is_switched_off_signs_in_no_more(user_with):
    user = user_with("MEMBER", username="ada")
    client = Client()
    sign_in(client)
    user.is_active = False
    user.save()
    assert client.get("/").status_code == 302
    assert sign_in(Client()).status_code == 400


def test_one_switches_only_between_organisations_of_ones_own(user_with, org, other_org):
    user = user_with("MEMBER", username="ada")
    client = Client()
    sign_in(client)
    assert client.post("/switch-organisation", {"organisation": str(other_org.id)}).status_code == 404
    assert client.post("/switch-organisation", {"organisation": "nonsense"}).status_code == 404
    add_member(actor=None, org=other_org, user=user, roles=["VIEWER"])
    assert client.post("/switch-organisation", {"organisation": str(other_org.id)}).status_code == 302
    assert other_org.name in client.get("/").content.decode()


def test_preferences_are_remembered_for_the_person(user_with):
    user = user_with("MEMBER", username="ada")
    client = Client()
    sign_in(client)
    for name, value in (("theme", "dark"), ("zone", "local"), ("keys", "off"), ("theme", "javascript:")):
        client.post("/preferences", {name: value, "next": "/incidents"})
    user.refresh_from_db()
    assert (user.theme, user.use_local_time, user.shortcuts_enabled) == ("dark", True, False)
    page = client.get("/").content.decode()
    assert 'data-theme="dark" data-zone="local" data-keys="off"' in page

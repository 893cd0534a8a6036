"""No page shows anything to a stranger, and none leads a reader off the site."""

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.pages.conftest import World

OPEN = {"choose-password", "sign-in", "sign-out", "switch-organisation", "preferences"}
"""Pages that look after themselves: they show nothing, and send whoever is not signed in to the sign-in page."""
NOT_PAGES = ("api/", "itsm/", "admin/", "metrics", "livez", "readyz", "health/")


def _pages(patterns, prefix=""):
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if path.startswith(NOT_PAGES):
            continue
        if isinstance(pattern, URLResolver):
            yield from _pages(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern):
            yield path, pattern


def test_every_page_declares_that_it_needs_somebody():
    bare = []
    for path, pattern in _pages(get_resolver().url_patterns):
        view = pattern.callback
        guarded = getattr(view, "needs_sign_in", False) or getattr(
            getattr(getattr(view, "view_class", None), "dispatch", None), "needs_sign_in", False
        )
        if not guarded and pattern.name not in OPEN:
            bare.append(path)
    assert not bare, "wrap these in orgs.pages.signed_in"


def test_a_stranger_is_sent_to_the_sign_in_page_and_back(world: World):
    for path in world.paths:
        answer = Client().get(path)
        assert answer.status_code == 302, path
        assert answer["Location"].startswith("/sign-in?next=%2F"), path


def test_a_fragment_sends_the_whole_page_to_the_sign_in_page(world: World):
    answer = Client().get(
        "/navigation", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/incidents?q=a"}
    )
    assert answer.status_code == 204
    assert answer["HX-Redirect"] == "/sign-in?next=%2Fincidents%3Fq%3Da"


def test_somebody_without_an_organisation_is_told_so(db, django_user_model):
    client = Client()
    client.force_login(django_user_model.objects.create_user("loner"))
    answer = client.get("/incidents", follow=True)
    assert "member of no organisation" in answer.content.decode()


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example", "javascript:alert(1)", "https:evil", "/\\evil.example", "///x"]
)
def test_next_never_leads_off_the_site(world: World, ada: Client, target):
    assert ada.get("/sign-in", {"next": target})["Location"] == "/"


def test_next_leads_to_where_one_wanted_to_go(world: World, ada: Client):
    assert ada.get("/sign-in", {"next": "/incidents?q=a"})["Location"] == "/incidents?q=a"

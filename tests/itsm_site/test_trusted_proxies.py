"""Forwarding headers count only where one of our own proxies wrote them."""

import ipaddress

import pytest
from django.http import HttpResponse
from django.test import RequestFactory, override_settings

from itsm_site.middleware.proxies import TrustedProxies

OURS = (ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("fd00::/8"))


def seen(peer, **headers):
    found = {}

    def view(request):
        found.update(address=request.META["REMOTE_ADDR"], secure=request.is_secure(), host=request.get_host())
        return HttpResponse()

    with override_settings(ITSM_TRUSTED_PROXIES=OURS):
        TrustedProxies(view)(RequestFactory().get("/", REMOTE_ADDR=peer, **headers))
    return found


def test_a_stranger_cannot_choose_an_address():
    found = seen("203.0.113.9", HTTP_X_FORWARDED_FOR="127.0.0.1", HTTP_X_FORWARDED_PROTO="https")
    assert (found["address"], found["secure"]) == ("203.0.113.9", False)


def test_our_proxy_names_the_client_and_the_protocol():
    found = seen("10.0.0.1", HTTP_X_FORWARDED_FOR="203.0.113.9", HTTP_X_FORWARDED_PROTO="https")
    assert (found["address"], found["secure"]) == ("203.0.113.9", True)


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        ("127.0.0.1, 203.0.113.9", "203.0.113.9"),  # the client typed the first one
        ("203.0.113.9, 10.0.0.2", "203.0.113.9"),  # two proxies of ours in a row
        ("8.8.8.8, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        ("unknown", "10.0.0.1"),
        ("", "10.0.0.1"),
        ("203.0.113.9, nonsense", "10.0.0.1"),
        ("2001:db8::1", "2001:db8::1"),
    ],
)
def test_the_nearest_address_that_is_not_ours_counts(forwarded, address):
    assert seen("10.0.0.1", HTTP_X_FORWARDED_FOR=forwarded)["address"] == address


def test_the_host_is_never_taken_from_a_header():
    assert seen("10.0.0.1", HTTP_X_FORWARDED_HOST="evil.example")["host"] == "testserver"


def test_the_protocol_that_the_client_typed_does_not_count():
    assert not seen("10.0.0.1", HTTP_X_FORWARDED_PROTO="https, http")["secure"]

"""The strict headers are on every answer: pages, files, errors, refusals before any view."""

import pytest
from django.test import Client, override_settings

from itsm_site.middleware.security_headers import CONTENT_SECURITY_POLICY

ANSWERS = [
    ("/sign-in", {}),
    ("/no-such-page", {}),
    ("/api/v1/no-such-call", {}),
    ("/static/no-such-file.css", {}),
    ("/sign-in", {"HTTP_HOST": "evil.example"}),
    ("/api/v1/incidents", {"HTTP_HOST": "evil.example"}),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("path", "extra"), ANSWERS)
def test_headers(path, extra):
    answer = Client().get(path, **extra)
    assert answer["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.django_db
def test_headers_on_a_body_that_was_refused():
    answer = Client().post("/sign-in", b"", content_type="text/plain", HTTP_CONTENT_ENCODING="gzip")
    assert answer.status_code == 415
    assert answer["Content-Security-Policy"] == CONTENT_SECURITY_POLICY


def test_the_policy_allows_nothing_inline_and_no_other_host():
    assert "default-src 'self'" in CONTENT_SECURITY_POLICY
    assert "frame-ancestors 'none'" in CONTENT_SECURITY_POLICY
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert "http" not in CONTENT_SECURITY_POLICY


@pytest.mark.django_db
def test_what_only_its_reader_may_see_is_not_stored(signed_in):
    assert signed_in("MEMBER").get("/no-such-page")["Cache-Control"] == "no-store"


@pytest.mark.django_db
@override_settings(SECURE_HSTS_SECONDS=31536000)
def test_hsts_is_sent_over_tls_only():
    assert Client().get("/sign-in", secure=True)["Strict-Transport-Security"] == "max-age=31536000"
    assert "Strict-Transport-Security" not in Client().get("/sign-in")

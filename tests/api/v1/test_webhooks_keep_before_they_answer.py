import base64
import io
import json

import pytest

from integrations.models import InboxItem
from orgs.roles import Role

ALERTMANAGER = "/api/v1/webhooks/alerts/alertmanager"
GENERIC = "/api/v1/webhooks/alerts/generic"


@pytest.fixture
def token(key_with):
    return key_with(Role.MEMBER)


def items():
    return InboxItem.all_orgs_unsafe.order_by("received_at")


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def test_the_body_is_kept_as_it_came(client, token, org):
    raw = b'{"alerts": [ ],\r\n "more": "\xff"}'

    response = client.post(ALERTMANAGER, raw, content_type="text/plain", headers=bearer(token) | {"User-Agent": "AM/1"})

    assert response.status_code == 202
    item = items().get()
    assert response.json() == {"id": str(item.pk), "status": "accepted"}
    assert (bytes(item.raw), item.size, item.state, item.org_id) == (raw, len(raw), "pending", org.pk)
    assert item.headers == {"Content-Type": "text/plain", "User-Agent": "AM/1"}


def test_one_accepted_body_costs_one_insert(client, token, django_assert_num_queries):
    client.post(ALERTMANAGER, b"{}", content_type="application/json", headers=bearer(token))

    with django_assert_num_queries(1) as queries:
        client.post(ALERTMANAGER, b"{}", content_type="application/json", headers=bearer(token))

    assert queries[0]["sql"].startswith("INSERT")


def test_a_basic_password_and_a_token_in_the_path_are_credentials_too(client, token):
    basic = base64.b64encode(f"anyone:{token}".encode()).decode()

    assert (
        client.post(ALERTMANAGER, b"{}", "text/plain", headers={"Authorization": f"Basic {basic}"}).status_code == 202
    )
    assert client.post(f"{ALERTMANAGER}/{token}", b"{}", "text/plain").status_code == 202


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Bearer " + "x" * 10_240},
        {"Authorization": "Basic !!!"},
        {"Authorization": "Basic " + base64.b64encode(b"no colon").decode()},
        {"Authorization": "Digest x"},
    ],
)
def test_without_good_credentials_nothing_is_kept(client, db, headers):
    response = client.post(ALERTMANAGER, b"{}", "application/json", headers=headers)

    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Bearer")
    assert not items().exists()


@pytest.mark.parametrize("ending", ["%0A", "%20", "x"])
def test_a_token_in_the_path_counts_to_the_letter(client, token, ending):
    assert client.post(f"{ALERTMANAGER}/{token}{ending}", b"{}", "application/json").status_code == 401


@pytest.mark.parametrize("name", ["token", "key", "access_token", "api_key"])
def test_a_token_in_the_query_is_refused_and_told_why(client, token, name):
    response = client.post(f"{ALERTMANAGER}?{name}={token}", b"{}", "application/json")

    assert response.status_code == 401
    assert "query" in response.json()["detail"]


def test_a_bad_header_is_not_made_good_by_the_path(client, token):
    response = client.post(f"{ALERTMANAGER}/{token}", b"{}", "text/plain", headers={"Authorization": "Bearer wrong"})

    assert response.status_code == 401


def test_a_key_that_may_not_send_is_refused(client, key_with):
    viewer = key_with(Role.VIEWER)
    narrow = key_with(Role.MEMBER, scopes=["incident.read"])

    for token in (viewer, narrow):
        assert client.post(ALERTMANAGER, b"{}", "text/plain", headers=bearer(token)).status_code == 403
    assert not items().exists()


def test_an_unknown_source_is_absent_and_other_methods_are_refused(client, token):
    assert client.post("/api/v1/webhooks/alerts/nobody", b"{}", "text/plain", headers=bearer(token)).status_code == 404
    for method in ("get", "put", "patch", "delete"):
        response = getattr(client, method)(ALERTMANAGER, headers=bearer(token))
        assert (response.status_code, response["Allow"]) == (405, "POST")


def test_sixteen_mebibytes_are_taken_and_one_byte_more_is_not(client, token):
    largest = 16 * 1024 * 1024

    assert client.post(ALERTMANAGER, b" " * largest, "text/plain", headers=bearer(token)).status_code == 202
    response = client.post(ALERTMANAGER, b" " * (largest + 1), "text/plain", headers=bearer(token))

    assert response.status_code == 413
    assert [item.size for item in items()] == [largest]


def test_a_body_that_broke_off_is_not_kept(client, token):
    broken = {"CONTENT_LENGTH": "5000", "wsgi.input": io.BytesIO(b'{"alerts"')}

    response = client.generic("POST", ALERTMANAGER, content_type="text/plain", headers=bearer(token), **broken)

    assert response.status_code == 400
    assert not items().exists()


class TestTheSameDelivery:
    def post(self, client, token, key, body=b'{"title": "x"}'):
        return client.post(GENERIC, body, "application/json", headers=bearer(token) | {"Idempotency-Key": key})

    def test_is_kept_once(self, client, token):
        first, second = self.post(client, token, "one"), self.post(client, token, "one")

        assert (first.status_code, second.status_code) == (202, 202)
        assert first.json()["id"] == second.json()["id"]
        assert items().count() == 1

    def test_with_another_body_is_refused_and_remembered(self, client, token):
        self.post(client, token, "one")

        response = self.post(client, token, "one", b'{"title": "y"}')

        assert (response.status_code, response.json()["code"]) == (409, "delivery_id_reused")
        assert [remark["kind"] for remark in items().get().remarks] == ["other body refused"]

    def test_under_a_blank_key_has_no_key(self, client, token):
        for key in ("", "   "):
            self.post(client, token, key)

        assert items().count() == 2

    def test_keys_of_any_length_are_told_apart(self, client, token):
        self.post(client, token, "k" * 300)
        self.post(client, token, "k" * 301)
        self.post(client, token, "k" * 301)

        assert items().count() == 2

    def test_in_the_body_is_known_by_its_event_id(self, client, token):
        body = json.dumps({"title": "x", "event_id": "e-1"}).encode()
        for _ in range(2):
            assert client.post(GENERIC, body, "application/json", headers=bearer(token)).status_code == 202

        assert [item.delivery_key for item in items()] == ["e-1"]

    def test_of_another_organisation_is_another(self, client, token, key_with, other_org):
        self.post(client, token, "one")

        response = self.post(client, key_with(Role.MEMBER, org=other_org), "one", b'{"title": "y"}')

        assert response.status_code == 202
        assert {item.org_id for item in items()} == {other_org.pk, items()[0].org_id}

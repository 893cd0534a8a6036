import json

import pytest

from integrations.models import InboxItem
from orgs.roles import Role

BASE = "/api/v1/webhooks/alerts/pagerduty"
ENQUEUE = f"{BASE}/v2/enqueue"
CHANGE = f"{BASE}/v2/change/enqueue"


@pytest.fixture
def routing_key(key_with):
    return key_with(Role.MEMBER, routing=True)


@pytest.fixture
def post(client, routing_key):
    def send(body, path=ENQUEUE):
        event = {"routing_key": routing_key, **body}
        return client.post(path, json.dumps(event), "application/json")

    return send


def trigger(**members):
    payload = {"summary": "BGP peer down", "source": "core-sw-02", "severity": "critical"}
    return {"event_action": "trigger", "dedup_key": "bgp", "payload": payload, **members}


@pytest.mark.parametrize("path", [BASE, ENQUEUE])
def test_an_event_is_accepted_with_its_key(post, path):
    response = post(trigger(), path)

    assert response.status_code == 202
    assert response.json() == {"status": "success", "message": "Event processed", "dedup_key": "bgp"}


def test_a_key_is_made_up_where_none_was_sent_and_kept_with_the_body(post):
    keys = [post(trigger(dedup_key=None)).json()["dedup_key"] for _ in range(2)]

    assert keys[0] != keys[1]
    assert {item.given["dedup_key"] for item in InboxItem.all_orgs_unsafe.all()} == set(keys)


def test_a_delivery_that_is_repeated_under_its_id_gets_the_same_made_up_key(client, routing_key):
    body = json.dumps({"routing_key": routing_key, **trigger(dedup_key=None)})

    answers = [client.post(ENQUEUE, body, "text/plain", headers={"Idempotency-Key": "one"}).json() for _ in range(2)]

    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    ("event", "errors"),
    [
        ({"event_action": "trigger"}, ["'payload' is missing or blank"]),
        ({"event_action": "resolve"}, ["'dedup_key' is missing or blank"]),
        ({"event_action": "acknowledge", "dedup_key": "  "}, ["'dedup_key' is missing or blank"]),
        (
            {"event_action": "page"},
            ["'event_action' is invalid (must be one of the following: 'trigger', 'acknowledge', 'resolve')"],
        ),
        ({}, ["'event_action' is missing or blank"]),
        (trigger(dedup_key="k" * 256), ["'dedup_key' is too long (maximum is 255 characters)"]),
        (trigger(dedup_key={"a": 1}), ["'dedup_key' is invalid (must be a string)"]),
        (
            trigger(payload={"severity": "fatal", "source": "x"}),
            [
                "'payload.summary' is missing or blank",
                "'payload.severity' is invalid (must be one of the following: 'critical', 'error', 'warning', 'info')",
            ],
        ),
        (
            trigger(payload={"summary": "s" * 1025, "severity": "info", "source": "x"}),
            ["'payload.summary' is too long (maximum is 1024 characters)"],
        ),
    ],
)
def test_an_invalid_event_is_told_all_its_errors(post, event, errors):
    response = post(event)

    assert response.status_code == 400
    assert response.json() == {"status": "invalid event", "message": "Event object is invalid", "errors": errors}
    assert not InboxItem.all_orgs_unsafe.exists()


def test_half_a_mebibyte_is_the_most(post):
    response = post(trigger(client="x" * 512 * 1024))

    assert response.status_code == 413
    assert response.json()["status"] == "invalid event"


@pytest.mark.parametrize("path", [BASE, CHANGE])
def test_a_change_event_is_kept_as_evidence(post, path):
    response = post({"payload": {"summary": "Deployed 4.18.2"}}, path)

    assert response.status_code == 202
    assert response.json() == {"status": "success", "message": "Change event processed"}
    assert post({"payload": {}}, path).status_code == 400


def test_an_unknown_routing_key_is_refused(client, db):
    response = client.post(ENQUEUE, json.dumps({"routing_key": "0" * 32, **trigger()}), "application/json")

    assert response.status_code == 401
    assert response.json()["errors"] == ["'routing_key' is invalid (it is unknown, revoked or expired)"]


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b'{"routing_key": 7}', b'{"a":', b"\xff\xfe"])
def test_a_body_without_a_key_is_unauthorised(client, db, body):
    assert client.post(ENQUEUE, body, "application/json").status_code == 401


def test_other_credentials_spare_the_routing_key(client, key_with):
    token = key_with(Role.MEMBER)
    event = json.dumps({"routing_key": "0" * 32, **trigger()})

    assert client.post(BASE, event, "text/plain", headers={"Authorization": f"Bearer {token}"}).status_code == 202
    assert client.post(f"{BASE}/{token}", event, "text/plain").status_code == 202
    assert client.post(f"{BASE}/{token}/v2/enqueue", event, "text/plain").status_code == 202

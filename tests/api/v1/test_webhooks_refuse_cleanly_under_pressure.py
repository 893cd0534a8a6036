from unittest import mock

import pytest
from django.db import OperationalError

from api.v1 import webhooks
from orgs.roles import Role

PATH = "/api/v1/webhooks/alerts/alertmanager"


@pytest.fixture
def send(client, key_with):
    token = key_with(Role.MEMBER)
    return lambda path=PATH, body=b"{}": client.post(
        path, body, "application/json", headers={"Authorization": f"Bearer {token}"}
    )


@pytest.mark.parametrize("path", [PATH, "/api/v1/webhooks/alerts/generic"])
def test_a_database_that_is_away_answers_503_with_a_time_to_come_back(send, path):
    with mock.patch(
        "integrations.intake.inbox.insert_row", side_effect=OperationalError("server closed the connection")
    ):
        response = send(path, b'{"title": "x"}')

    assert response.status_code == 503
    assert int(response["Retry-After"]) > 0
    assert response["Content-Type"] == "application/problem+json"


def test_pagerduty_clients_get_the_same_in_their_own_words(send):
    event = b'{"event_action": "resolve", "dedup_key": "x"}'
    with mock.patch("integrations.intake.inbox.insert_row", side_effect=OperationalError("locked")):
        response = send("/api/v1/webhooks/alerts/pagerduty", event)

    assert (response.status_code, response.json()["status"]) == (503, "unavailable")


def test_more_bodies_than_memory_may_hold_are_asked_to_come_back(send, monkeypatch):
    monkeypatch.setattr(webhooks, "in_flight", webhooks.InFlight(100))

    with webhooks.in_flight.hold(90):
        response = send(body=b"{" + b" " * 20 + b"}")
    assert (response.status_code, response["Retry-After"]) == (503, "5")

    assert send(body=b"{" + b" " * 200 + b"}").status_code == 202
    assert webhooks.in_flight.held == 0

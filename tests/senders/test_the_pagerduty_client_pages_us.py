"""PagerDuty's own Python client, pointed at our intake, triggers, acknowledges and resolves."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.senders.conftest import Product, wait_for
from tests.senders.tls import TlsPipe, certificate

pagerduty = pytest.importorskip("pagerduty", reason="needs the package pagerduty from the Python index")


@pytest.fixture
def client(product: Product, slug: str, tmp_path: Path) -> Iterator[Any]:
    """The client with a routing key of the same organisation. It speaks TLS alone, so there is some before the product."""
    key = product.manage("apikey", "create", "--org", slug, "--name", "pd", "--role", "MEMBER", "--routing")
    assert len(key) == 32
    pem = certificate(tmp_path)
    pipe = TlsPipe(pem, product.port)
    base = f"https://127.0.0.1:{pipe.port}/api/v1/webhooks/alerts/pagerduty"
    made = pagerduty.EventsApiV2Client(
        key, base_url=base, verify=ssl.create_default_context(cafile=pem), trust_env=False
    )
    yield made
    made.close()
    pipe.close()


@pytest.mark.timeout(120)
def test_a_trigger_opens_an_incident_and_a_resolve_mitigates_it(product: Product, token: str, client: Any) -> None:
    key = client.trigger("Replication lag on orders-db", "orders-db-1", severity="critical")
    (opened,) = wait_for(lambda: product.incidents(token), "an incident")
    assert (opened["title"], opened["severity"]) == ("Replication lag on orders-db", "P1")

    assert client.acknowledge(key) == key
    assert client.resolve(key) == key
    wait_for(lambda: product.incidents(token)[0]["status"] == "in_progress", "its mitigation")

    assert client.trigger("Replication lag on orders-db", "orders-db-1", dedup_key=key, severity="critical") == key
    wait_for(lambda: len(product.incidents(token)) == 1, "the same incident")


@pytest.mark.timeout(120)
def test_a_change_event_is_accepted_and_opens_nothing(product: Product, token: str, client: Any) -> None:
    client.submit("Deployed orders 4.2", source="deployer", timestamp="2026-11-20T15:00:00Z")
    assert product.incidents(token) == []


@pytest.mark.timeout(120)
def test_what_pagerduty_would_refuse_is_refused_in_its_words(product: Product, client: Any) -> None:
    with pytest.raises(pagerduty.HttpError) as refused:
        client.trigger("x", "y", severity="catastrophic")
    assert refused.value.response.json()["status"] == "invalid event"

"""`/metrics`: the SLA histograms and the backlogs, as the database has them, for those who may read them."""

import re

import pytest
from prometheus_client.parser import text_string_to_metric_families

from incidents.commands import acknowledge, create_incident, resolve
from incidents.durations import roll_up
from orgs.actor import Actor


def scraped(client, **extra):
    answer = client.get("/metrics", **extra)
    assert answer.status_code == 200
    return {family.name: family for family in text_string_to_metric_families(answer.content.decode())}


def value(families, name, **labels):
    base = re.sub(r"_(bucket|count|sum)$", "", name)
    family = families.get(name) or families[base]
    return next(
        sample.value
        for sample in family.samples
        if sample.name == name and all(sample.labels[label] == held for label, held in labels.items())
    )


@pytest.fixture
def measured(org):
    actor = Actor.system(org.pk, "test")
    row = create_incident(actor=actor, title="x", severity="P1")
    acknowledge(actor=actor, incident=row.pk)
    resolve(actor=actor, incident=row.pk, resolution="fixed")
    create_incident(actor=actor, title="y", severity="P2")


@pytest.mark.parametrize("rolled_up", [False, True])
def test_durations_are_histograms_by_priority(rolled_up, client, measured):
    if rolled_up:
        assert roll_up() == 2
    families = scraped(client)
    for name in ("itsm_ticket_time_to_acknowledge_seconds", "itsm_ticket_time_to_resolve_seconds"):
        assert families[name].type == "histogram"
        assert value(families, f"{name}_count", priority="P1") == 1
        assert value(families, f"{name}_count", priority="P2") == 0
        assert value(families, f"{name}_bucket", priority="P1", le="+Inf") == 1
        assert value(families, f"{name}_bucket", priority="P1", le="300.0") == 1


def test_backlogs_and_records_are_counted(client, measured, world):
    families = scraped(client)
    assert value(families, "itsm_up") == 1
    assert value(families, "itsm_live_incidents", priority="P2") == 2
    assert value(families, "itsm_open_alerts") == 1
    assert value(families, "itsm_intake_items", state="quarantined") == 1
    assert value(families, "itsm_dead_deadlines") == 0
    assert value(families, "itsm_component_state", component="database") == 1
    assert value(families, "itsm_component_state", component="beat") == 0


def test_without_a_token_this_machine_alone_reads(client, db):
    assert client.get("/metrics", REMOTE_ADDR="127.0.0.1").status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="192.0.2.7").status_code == 401


def test_with_a_token_whoever_holds_it_reads(client, db, settings):
    settings.ITSM_METRICS_TOKEN = "a-metrics-token-of-its-own"
    assert client.get("/metrics", REMOTE_ADDR="127.0.0.1").status_code == 401
    assert client.get("/metrics", headers={"authorization": "Bearer wrong"}).status_code == 401
    answer = client.get(
        "/metrics", headers={"authorization": "Bearer a-metrics-token-of-its-own"}, REMOTE_ADDR="192.0.2.7"
    )
    assert answer.status_code == 200


def test_a_database_that_is_away_is_a_figure_too(client, db, monkeypatch):
    from django.db import OperationalError

    def refuse():
        raise OperationalError

    monkeypatch.setattr("api.metrics.durations.histograms", refuse)
    assert value(scraped(client), "itsm_up") == 0

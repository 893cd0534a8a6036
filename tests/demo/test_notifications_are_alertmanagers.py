"""The bodies that the demonstration posts are those of Alertmanager's webhook, version 4."""

import json
from datetime import UTC, datetime, timedelta

from integrations.intake.sources.alertmanager import fingerprint_of, parse
from itsm_site.demo.alertmanager import CRITICAL, NOT_ENDED, WARNING, Alertmanager, alert_on

THEN = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
ONE = alert_on("InletTemperatureHigh", "rack-a01", WARNING, "rack-a01: warm", "28 °C", cause="cooling/crah-a1")
OTHER = alert_on("InletTemperatureHigh", "rack-a02", WARNING, "rack-a02: warm", "28 °C", cause="cooling/crah-a1")
ELSEWHERE = alert_on("UpsOnBattery", "ups-a", CRITICAL, "ups-a runs on battery", "")


def told(manager):
    """Every pending body, delivered."""
    bodies = []
    for key in manager.pending():
        bodies.append(manager.body(key))
        manager.delivered(key)
    return bodies


def test_a_body_has_every_member_of_the_contract():
    manager = Alertmanager()
    manager.fire(ONE, THEN)
    (body,) = told(manager)
    assert set(body) == {
        *("receiver", "status", "alerts", "groupLabels", "commonLabels", "commonAnnotations", "externalURL"),
        *("version", "groupKey", "truncatedAlerts", "notification_reason"),
    }
    assert (body["version"], body["status"], body["groupKey"]) == (
        "4",
        "firing",
        '{}:{alertname="InletTemperatureHigh", site="ng1"}',
    )
    (alert,) = body["alerts"]
    assert alert["fingerprint"] == fingerprint_of(ONE.labels)
    assert len(alert["fingerprint"]) == 16
    assert (alert["startsAt"], alert["endsAt"]) == ("2026-11-20T09:00:00.000Z", NOT_ENDED)


def test_alerts_of_one_rule_are_told_together():
    manager = Alertmanager()
    for alert in (ONE, ELSEWHERE, OTHER):
        manager.fire(alert, THEN)
    bodies = told(manager)
    assert [len(body["alerts"]) for body in bodies] == [2, 1]
    assert bodies[0]["commonLabels"] == {name: text for name, text in ONE.labels.items() if name != "instance"}


def test_a_group_fires_while_any_member_does_and_a_resolved_one_is_told_once():
    manager = Alertmanager()
    manager.fire(ONE, THEN)
    manager.fire(OTHER, THEN)
    told(manager)
    manager.resolve(ONE, THEN + timedelta(minutes=4))
    (body,) = told(manager)
    assert body["status"] == "firing"
    assert {alert["status"] for alert in body["alerts"]} == {"firing", "resolved"}
    assert body["notification_reason"] == "some alerts resolved"
    manager.resolve(OTHER, THEN + timedelta(minutes=5))
    (body,) = told(manager)
    assert body["status"] == "resolved"
    assert [alert["labels"]["instance"] for alert in body["alerts"]] == [OTHER.labels["instance"]]
    assert body["notification_reason"] == "all alerts resolved"


def test_nothing_is_told_of_what_has_not_changed():
    manager = Alertmanager()
    manager.fire(ONE, THEN)
    told(manager)
    manager.fire(ONE, THEN + timedelta(minutes=1))
    manager.resolve(OTHER, THEN)
    assert manager.pending() == []


def test_what_was_not_delivered_is_told_with_what_came_since():
    manager = Alertmanager()
    manager.fire(ONE, THEN)
    manager.fire(OTHER, THEN)
    manager.resolve(ONE, THEN + timedelta(seconds=30))
    assert len(manager.pending()) == 1
    (body,) = told(manager)
    assert [alert["status"] for alert in body["alerts"]] == ["resolved", "firing"]


def test_what_fires_can_be_held_and_resumed():
    first, second = Alertmanager(), Alertmanager()
    first.fire(ONE, THEN)
    told(first)
    second.resume(first.held())
    assert second.pending() == []
    second.resolve(ONE, THEN + timedelta(hours=1))
    (body,) = told(second)
    assert body["status"] == "resolved"
    assert body["alerts"][0]["startsAt"] == "2026-11-20T09:00:00.000Z"


def test_our_own_intake_reads_it_without_a_remark():
    manager = Alertmanager()
    manager.fire(ONE, THEN)
    manager.fire(OTHER, THEN)
    (body,) = told(manager)
    parsed = parse(json.loads(json.dumps(body)), {})
    assert parsed.faults == []
    assert [alert.title for alert in parsed.alerts] == ["rack-a01: warm", "rack-a02: warm"]
    assert {alert.correlation_key for alert in parsed.alerts} == {"cooling/crah-a1"}
    assert {alert.environment for alert in parsed.alerts} == {"production"}

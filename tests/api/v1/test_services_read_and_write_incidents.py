"""What `/api/v1` promises of incidents, alerts and stored bodies, as other services see them."""

import pytest

from incidents.models import Incident
from integrations.models import Alert, InboxItem
from orgs.commands import create_team
from tests.api.conftest import fields

NEW = {
    "title": "Portfolio Management Service High Latency",
    "severity": "SEV2_HIGH",
    "affected_services": ["portfolio_management_service"],
    "assigned_team": "platform-team",
}


def test_an_incident_reads_as_the_seed_writes_it(caller):
    answer = caller.post("/api/v1/incidents", NEW)
    assert answer.status_code == 201
    shown = answer.json()
    assert shown["incident_id"].startswith("INC-")
    assert {name: shown[name] for name in NEW} == NEW
    assert shown["status"] == "OPEN"
    assert shown["automated_responses"] == []
    assert shown["resolved_at"] is None
    assert caller.get("/api/v1/incidents").json() == [shown]
    assert caller.get(f"/api/v1/incidents/{shown['incident_id']}").json() == shown


@pytest.mark.parametrize("known", [False, True])
def test_team_and_person_are_kept_beside_each_other(known, caller, org, user_with):
    if known:
        create_team(actor=None, org=org, name="Platform Team")
        user_with("MEMBER", username="jane")
    shown = caller.post("/api/v1/incidents", {**NEW, "assignee": "jane"}).json()
    assert shown["assigned_team"] == ("Platform Team" if known else "platform-team")
    assert shown["assignee"] == ("Jane" if known else "jane")
    alone = caller.post("/api/v1/incidents", {"title": "x", "severity": "SEV4_LOW", "assignee": "jane"}).json()
    assert (alone["assigned_team"], alone["assignee"]) == ("", "Jane" if known else "jane")
    row = Incident.all_orgs_unsafe.get(reference=shown["incident_id"])
    assert (row.assigned_team is not None, row.assignee is not None) == (known, known)


def test_lists_filter_by_team(caller, org):
    create_team(actor=None, org=org, name="Platform Team")
    caller.post("/api/v1/incidents", NEW)
    caller.post("/api/v1/incidents", {**NEW, "assigned_team": "network"})
    for name in ("platform-team", "Platform%20Team", "PLATFORM%20team"):
        assert [row["assigned_team"] for row in caller.get(f"/api/v1/incidents?assigned_team={name}").json()] == [
            "Platform Team"
        ]
    assert len(caller.get("/api/v1/incidents?assigned_team=network&assigned_team=platform-team").json()) == 2
    assert caller.get("/api/v1/incidents?assigned_team=nobody").json() == []


def test_a_status_takes_its_reason_along(caller, org):
    reference = caller.post("/api/v1/incidents", NEW).json()["incident_id"]
    address = f"/api/v1/incidents/{reference}/status"
    assert caller.put(address, {"status": "MONITORING", "reason": "Rolled back"}).json()["status"] == "MONITORING"
    shown = caller.put(address, {"status": "RESOLVED", "reason": "Quiet for an hour"}).json()
    assert shown["resolved_at"]
    events = caller.get(f"/api/orgs/{org.slug}/incidents/{reference}/events").json()["events"]
    assert [event["type"] for event in events] == ["INCIDENT_CREATED", "INCIDENT_STATUS_CHANGED", "INCIDENT_RESOLVED"]
    assert events[1]["payload"]["reason"] == "Rolled back"
    assert events[2]["payload"]["resolution"] == "Quiet for an hour"


def test_alerts_are_listed_and_filtered(caller, world):
    shown = caller.get("/api/v1/alerts").json()
    assert [alert["id"] for alert in shown] == [str(world.alert.pk)]
    assert shown[0]["severity"] == "SEV3_MEDIUM"
    assert shown[0]["ci"] == {"id": str(world.ci.pk), "name": world.ci.name}
    for query, found in {
        "state=firing": 1,
        "state=resolved": 0,
        "severity=P3": 1,
        "severity=SEV1": 0,
        "source=generic": 1,
        "source=grafana": 0,
        f"ci={world.ci.name}": 1,
        f"correlation_key={world.alert.correlation_key}": 1,
        "correlation_key=other": 0,
        f"incident={world.incident.reference}": 0,
    }.items():
        assert len(caller.get(f"/api/v1/alerts?{query}").json()) == found, query
    assert caller.get("/api/v1/alerts?ci=nothing").status_code == 404
    assert caller.get("/api/v1/alerts?incident=INC-20200101-001").status_code == 404


def test_an_alert_is_promoted_once(caller, world):
    answer = caller.post(f"/api/v1/alerts/{world.alert.pk}/promote")
    assert answer.status_code == 201, answer.content
    reference = answer.json()["incident_id"]
    assert answer.json()["severity"] == "SEV3_MEDIUM"
    assert caller.get(f"/api/v1/alerts/{world.alert.pk}").json()["incident"] == reference
    assert [alert["id"] for alert in caller.get(f"/api/v1/alerts?incident={reference}").json()] == [str(world.alert.pk)]
    again = caller.post(f"/api/v1/alerts/{world.alert.pk}/promote")
    assert again.status_code == 409
    assert again.json()["code"] == "already_promoted"


def test_an_alert_joins_the_incident_that_is_named(caller, world):
    body = {"incident": world.incident.reference}
    assert (
        caller.post(f"/api/v1/alerts/{world.alert.pk}/promote", body).json()["incident_id"] == world.incident.reference
    )
    assert Alert.all_orgs_unsafe.get(pk=world.alert.pk).incident_id == world.incident.pk


def test_stored_bodies_show_their_fault_and_are_replayed(caller, world):
    row = caller.get("/api/v1/intake?state=quarantined").json()[0]
    assert (row["id"], row["error"]) == (str(world.item.pk), "not JSON")
    assert "body" not in row
    shown = caller.get(f"/api/v1/intake/{world.item.pk}").json()
    assert shown["body"] == '{"title": "zzown"'
    replayed = caller.post(f"/api/v1/intake/{world.item.pk}/replay")
    assert replayed.status_code == 202
    assert replayed.json()["state"] == "pending"
    assert InboxItem.all_orgs_unsafe.get(pk=world.item.pk).state == "pending"
    assert caller.post(f"/api/v1/intake/{world.item.pk}/replay").status_code == 409
    assert fields(caller.get("/api/v1/intake?state=lost")) == {"state": "invalid_choice"}

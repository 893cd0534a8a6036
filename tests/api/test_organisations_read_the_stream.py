"""What `/api/orgs/{orgId}` promises: seed 004's seven routes, the raw stream, and the incident as it once stood."""

from datetime import timedelta

import pytest

from incidents.commands import Signal, attach_signal, update_incident
from incidents.models import Incident
from orgs.actor import Actor
from orgs.commands import create_project
from orgs.tenancy import org_scope
from tests.api.conftest import fields
from timeline.verify import verify_record

NEW = {
    "title": "API Gateway 500 errors spike",
    "serviceName": "api-gateway",
    "severity": "SEV1",
    "environment": "production",
    "detectedBy": "grafana",
    "initialCorrelationKey": "api-gw-500-spike",
}


@pytest.fixture
def base(org):
    return f"/api/orgs/{org.slug}/incidents"


@pytest.fixture
def one(caller, base):
    """The address of a new incident."""
    return f"{base}/{caller.post(base, NEW).json()['incidentId']}"


def test_the_organisation_is_named_by_id_or_slug(caller, org, base):
    made = caller.post(base, NEW)
    assert made.status_code == 201
    for name in (org.slug, str(org.pk), str(org.pk).upper()):
        shown = caller.get(f"/api/orgs/{name}/incidents").json()
        assert [row["id"] for row in shown["incidents"]] == [made.json()["incidentId"]]


def test_the_snapshot_keeps_what_was_said(caller, one, org):
    shown = caller.get(one).json()
    assert {name: shown[name] for name in ("title", "serviceName", "severity", "environment", "detectedBy")} == {
        name: NEW[name] for name in ("title", "serviceName", "severity", "environment", "detectedBy")
    }
    assert shown["correlationKeys"] == ["api-gw-500-spike"]
    assert shown["orgId"] == str(org.pk)
    assert shown["status"] == "OPEN"
    assert (shown["signals"], shown["actions"]) == ([], [])
    assert [entry["type"] for entry in shown["timeline"]] == ["INCIDENT_CREATED"]


def test_a_status_is_an_action_on_the_timeline(caller, one):
    answer = caller.post(f"{one}/status", {"newStatus": "INVESTIGATING", "reason": "Looking for the cause"})
    assert answer.json()["status"] == "INVESTIGATING"
    shown = caller.get(one).json()
    entry = shown["timeline"][-1]
    assert entry["type"] == "INCIDENT_STATUS_CHANGED"
    assert entry["payload"]["before"] == "OPEN"
    assert entry["payload"]["after"] == "INVESTIGATING"
    assert entry["payload"]["reason"] == "Looking for the cause"
    assert shown["actions"][-1]["actorType"] == "API_KEY"


def test_a_severity_is_told_in_this_dialects_words(caller, one):
    assert caller.post(f"{one}/severity", {"newSeverity": "SEV3", "reason": "One region"}).json()["severity"] == "SEV3"
    entry = caller.get(one).json()["timeline"][-1]
    assert (entry["payload"]["before"], entry["payload"]["after"]) == ("SEV1", "SEV3")
    again = caller.post(f"{one}/severity", {"newSeverity": "P3"})
    assert again.status_code == 409
    assert again.json()["detail"] == "It is SEV3 already."


def test_actions_and_signals_come_back_as_they_were_sent(caller, one):
    action = {"actionKind": "NOTE", "label": "Looking at the pool", "details": "Is it exhausted?"}
    made = caller.post(f"{one}/actions", action)
    assert made.status_code == 201
    assert {name: made.json()[name] for name in action} == action
    signal = {
        "signalType": "TRACE",
        "source": "tempo",
        "summary": "Slow span",
        "correlationKey": "trace-key",
        "traceId": "4bf92f3577b34da6",
        "data": {"ms": 1843.5, "tags": ["a", {"b": None}]},
        "ts": "2026-11-20T08:29:30Z",
    }
    made = caller.post(f"{one}/signals", signal)
    assert made.status_code == 201
    assert {name: made.json()[name] for name in signal} == signal
    shown = caller.get(one).json()
    assert shown["actions"][-1]["label"] == "Looking at the pool"
    assert shown["signals"] == [made.json()]
    assert shown["correlationKeys"] == ["api-gw-500-spike", "trace-key"]
    assert shown["primarySignalId"] == made.json()["id"]


def test_missed_objectives_are_kept(caller, one):
    body = {
        "sloId": "gateway-availability",
        "windowStart": "2026-11-20T08:00:00Z",
        "windowEnd": "2026-11-20T09:00:00Z",
        "errorBudgetConsumed": "0.35",
        "thresholdBreached": True,
    }
    made = caller.post(f"{one}/slo-violations", body)
    assert made.status_code == 201, made.content
    assert made.json()["errorBudgetConsumed"] == "0.350000"
    assert caller.get(f"{one}/slo-violations").json() == {"sloViolations": [made.json()]}
    backwards = {**body, "windowEnd": body["windowStart"], "windowStart": body["windowEnd"]}
    assert list(fields(caller.post(f"{one}/slo-violations", backwards))) == ["windowEnd"]
    for wrong in ("-0.1", "NaN", "1e9", 0.1234567, True):
        refused = caller.post(f"{one}/slo-violations", {**body, "errorBudgetConsumed": wrong})
        assert list(fields(refused)) == ["errorBudgetConsumed"], wrong


def test_related_ones_share_a_key(caller, base, one):
    other = caller.post(base, {**NEW, "title": "The same again"}).json()["incidentId"]
    caller.post(base, {"title": "Something else", "severity": "SEV4"})
    assert [row["id"] for row in caller.get(f"{one}/related").json()["incidents"]] == [other]


def test_the_stream_is_raw_and_chained(caller, one, org):
    caller.post(f"{one}/status", {"newStatus": "MITIGATED"})
    events = caller.get(f"{one}/events").json()["events"]
    assert [event["seq"] for event in events] == [1, 2]
    assert events[1]["prevHash"] == events[0]["hash"]
    assert events[1]["payload"]["after"] == "mitigated"
    assert events[0]["payload"]["severity"] == "P1"
    with org_scope(org):
        assert verify_record(Incident.objects.get()) == []


def test_the_incident_as_it_stood(caller, one, org):
    row = Incident.all_orgs_unsafe.get()
    created = caller.get(one).json()["createdAt"]
    caller.post(f"{one}/status", {"newStatus": "INVESTIGATING"})
    middle = caller.get(one).json()["updatedAt"]
    actor = Actor.system(org.pk, "test")
    update_incident(actor=actor, incident=row.pk, changes={"title": "Renamed", "severity": "P4"})
    attach_signal(actor=actor, incident=row.pk, signal=Signal("ALERT", "x", "y"))
    then = caller.get(f"{one}/state?at={created}").json()["incident"]
    assert (then["title"], then["status"], then["severity"], then["version"]) == (NEW["title"], "OPEN", "SEV1", 1)
    later = caller.get(f"{one}/state?at={middle}").json()["incident"]
    assert (later["title"], later["status"], later["version"]) == (NEW["title"], "INVESTIGATING", 2)
    now = caller.get(f"{one}/state").json()["incident"]
    present = caller.get(one).json()
    assert now == {name: present[name] for name in now}
    before = (row.created_at - timedelta(seconds=1)).isoformat().replace("+00:00", "Z")
    assert caller.get(f"{one}/state?at={before}").status_code == 404
    assert fields(caller.get(f"{one}/state?at=yesterday")) == {"at": "invalid"}


def test_a_project_files_it(caller, base, org):
    project = create_project(actor=Actor.system(org.pk, "test"), slug="shop", name="Shop")
    for name in ("shop", str(project.pk)):
        made = caller.post(base, {**NEW, "projectId": name})
        assert made.status_code == 201
    assert len(caller.get(f"{base}?projectId=shop").json()["incidents"]) == 2
    assert fields(caller.post(base, {**NEW, "projectId": "nothing"})) == {"projectId": "not_found"}
    assert caller.get(f"{base}?projectId=nothing").status_code == 404


def test_lists_filter_as_the_seed_does(caller, base):
    caller.post(base, NEW)
    caller.post(base, {"title": "Printer jam", "severity": "SEV4", "environment": "office"})
    for query, found in {
        "status=OPEN&status=INVESTIGATING&severity=SEV1&limit=20": 1,
        "environment=production": 1,
        "environment=production&environment=office": 2,
        "serviceName=api-gateway": 1,
        "correlationKey=api-gw-500-spike": 1,
        "correlationKey=other": 0,
        "searchQuery=printer": 1,
        "status=CANCELLED": 0,
    }.items():
        assert len(caller.get(f"{base}?{query}").json()["incidents"]) == found, query


def test_faults_are_named_in_camel_case(caller, base):
    answer = caller.post(base, {"title": "x", "severity": "SEV1", "serviceName": "a\x07b", "affectedCis": ["nothing"]})
    assert answer.status_code == 400
    assert set(fields(answer)) <= {"serviceName", "affectedCis"}

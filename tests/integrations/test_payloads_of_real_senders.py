"""Every inbound body of the contracts beside the repository does what its `expect` says."""

import json
from pathlib import Path

import pytest

from integrations.commands import replay_item
from integrations.intake.drain import drain
from integrations.intake.reading import read_json
from integrations.intake.sources import SOURCES
from integrations.intake.sources.alertmanager import fingerprint_of
from integrations.models import InboxItem
from orgs.roles import Role

PAYLOADS = Path(__file__).resolve().parents[3] / "shared" / "contracts" / "payloads"
INDEX = PAYLOADS / "index.json"


def entries():
    if not INDEX.exists():
        reason = f"the contracts' payloads are not beside the repository ({PAYLOADS})"
        return [pytest.param(None, marks=pytest.mark.skip(reason=reason), id="absent")]
    return [
        pytest.param(entry, id=entry["file"])
        for entry in json.loads(INDEX.read_text())
        if entry["kind"] == "inbound" and entry["to"].rpartition("/")[2] in SOURCES and "/alerts/" in entry["to"]
    ]


@pytest.fixture
def post(client, key_with):
    token = key_with(Role.MEMBER)

    def send(entry):
        raw = (PAYLOADS / entry["file"]).read_bytes()
        headers = dict(entry.get("headers", {}))
        content_type = headers.pop("Content-Type", "application/json")
        headers["Authorization"] = f"Bearer {token}"
        return client.generic("POST", entry["to"], raw, content_type, headers=headers)

    return send


def first_of(name):
    return next(one.values[0] for one in entries() if one.values[0]["file"] == name)


@pytest.mark.parametrize("entry", entries())
def test_a_body_does_what_is_expected_of_it(entry, post, intake):
    expect = entry["expect"]
    if "duplicate_of" in expect:
        post(first_of(expect["duplicate_of"]))

    response = post(entry)

    if "error" in expect:
        assert response.status_code == expect["error"]
        assert not InboxItem.objects.exists()
        return
    assert response.status_code == 202
    drain()
    item = InboxItem.objects.order_by("-received_at", "-id").first()
    parsed = SOURCES[item.source].parse(read_json(bytes(item.raw)), item.given)
    assert len(parsed.alerts) == expect["alerts"]
    for status in ("firing", "resolved", "acknowledged"):
        if status in expect:
            assert sum(alert.status == status for alert in parsed.alerts) == expect[status]
    assert item.outcome.get("alerts", 0) == expect["alerts"]
    if "duplicate_of" in expect:
        assert [alert.count for alert in intake.alerts()] == [2]
        assert len(intake.incidents()) == 1
    if expect.get("effect") == "none":
        assert intake.alerts() == []


@pytest.mark.parametrize("entry", entries())
def test_a_body_taken_twice_by_replay_changes_nothing_the_second_time(entry, post, intake, lead):
    post(entry)
    drain()
    item = InboxItem.objects.first()
    if item is None:
        return
    before = [(one.pk, one.state, one.count, one.incident_id) for one in intake.alerts()]
    versions = [one.version for one in intake.incidents()]

    replay_item(actor=lead, item=item)
    drain()

    assert [(one.pk, one.state, one.count, one.incident_id) for one in intake.alerts()] == before
    assert [one.version for one in intake.incidents()] == versions


def test_the_fingerprint_of_alertmanager_is_computed_as_it_does():
    for one in entries():
        if one.values[0] is None or not one.values[0]["file"].startswith("alertmanager/"):
            continue
        for member in json.loads((PAYLOADS / one.values[0]["file"]).read_bytes())["alerts"]:
            if member["fingerprint"]:
                assert fingerprint_of(member["labels"]) == member["fingerprint"], one.id

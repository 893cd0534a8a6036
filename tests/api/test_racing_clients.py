"""P5, P6: of many clients that race, exactly one wins a transition and no accepted change is lost."""

from collections import Counter

import pytest

from incidents.models import IncidentEvent
from orgs.roles import Role
from tests.api.conftest import Caller
from tests.api.world import build
from tests.racing import deadlocks, race

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
CLIENTS = 64


@pytest.fixture
def world(org):
    return build(org, marker="zzrace")


STEPS = ["ACKNOWLEDGED", "INVESTIGATING", "IDENTIFIED", "MONITORING", "RESOLVED", "OPEN", "RESOLVED", "CLOSED"]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_one_client_wins_each_transition(world, key_with):
    token = key_with(*Role.values)
    address = f"/api/v1/incidents/{world.incident.reference}/status"
    before = deadlocks()
    for status in STEPS:
        events = IncidentEvent.all_orgs_unsafe.filter(aggregate=world.incident).count()
        answers = race([lambda word=status: Caller(token).put(address, {"status": word, "reason": "race"})] * CLIENTS)
        codes = Counter(answer.status_code for answer in answers)
        assert codes == {200: 1, 409: CLIENTS - 1}, (status, codes)
        assert IncidentEvent.all_orgs_unsafe.filter(aggregate=world.incident).count() == events + 1
        refused = next(answer for answer in answers if answer.status_code == 409).json()
        assert refused["current"]
        assert "allowed" in refused
    assert deadlocks() == before


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_every_accepted_change_is_there_at_the_end(world, key_with):
    token = key_with(*Role.values)
    address = f"/itsm/incidents/{world.incident.reference}"
    names = ("title", "description", "assigned_to", "severity")
    values = {"severity": ["P1", "P3", "P4", "P2"] * CLIENTS}

    def write(at):
        name = names[at % len(names)]
        value = values.get(name, [f"{name} {n}" for n in range(CLIENTS)])[at]
        caller = Caller(token)
        version = caller.get(address).headers["ETag"]
        return name, value, caller.patch(address, {name: value}, if_match=version)

    answers = race([lambda at=at: write(at) for at in range(CLIENTS)])
    codes = Counter(answer.status_code for _, _, answer in answers)
    assert set(codes) <= {200, 412}
    assert codes[200] >= 1
    accepted = sorted(
        ((answer.json()["version"], name, value) for name, value, answer in answers if answer.status_code == 200)
    )
    versions = [version for version, _, _ in accepted]
    last = {name: value for _, name, value in accepted}
    shown = Caller(token).get(address).json()
    assert {name: shown[name] for name in last} == last
    assert shown["version"] == max(versions)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_fifty_calls_under_one_key_have_one_effect(world, key_with):
    token = key_with(*Role.values)
    body = {"title": "Once only", "severity": "P3"}
    answers = race([lambda: Caller(token).post("/itsm/incidents", body, idempotency_key="one")] * 50)
    codes = Counter(answer.status_code for answer in answers)
    assert set(codes) <= {201, 409}
    made = {answer.json()["reference"] for answer in answers if answer.status_code == 201}
    assert len(made) == 1
    assert all(answer.headers["Retry-After"] == "1" for answer in answers if answer.status_code == 409)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_two_hundred_creates_have_two_hundred_references(org, key_with):
    token = key_with(*Role.values)
    body = {"title": "One of many", "severity": "P3"}
    answers = race([lambda: Caller(token).post("/itsm/incidents", body)] * 200)
    assert Counter(answer.status_code for answer in answers) == {201: 200}
    assert len({answer.json()["reference"] for answer in answers}) == 200

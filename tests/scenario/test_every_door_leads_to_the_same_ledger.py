"""One script through each dialect, the pages and the admin: equal streams of events, and equal refusals."""

import pytest
from django.test import Client

from incidents.models import Incident, IncidentEvent
from orgs.commands import create_team
from orgs.tenancy import org_scope
from tests.scenario.drivers import DRIVERS
from tests.scenario.script import CLOSING, HANDING_OVER, LIFE, PEOPLE, REGRADING
from timeline.verify import verify_record

SCRIPTS = {"life": LIFE, "closing": CLOSING, "regrading": REGRADING, "handing over": HANDING_OVER}
# Which door it was: the one thing in which the streams may differ.
OWN_WORDS = ("source", "detected_by", "reference", "ref_number")


@pytest.fixture
def clients(org, other_org, user_with):
    """A signed-in browser of each person of the script."""
    create_team(actor=None, org=org, name="Network")
    found = {}
    for who, roles in (*PEOPLE.items(), ("stranger", ("SRE_LEAD", "ORG_ADMIN"))):
        home = other_org if who == "stranger" else org
        client = Client()
        client.force_login(user_with(*roles, org=home, username=who, staff=True))
        client.session_org = home
        found[who] = client
    return found


def able(script):
    return [driver for driver in DRIVERS if all(hasattr(driver, step.deed) for step in script)]


def stream(incident):
    """What was recorded: who did what, without what tells the doors and the days apart."""
    return [
        (
            event.seq,
            event.type,
            event.actor_kind,
            event.actor_ref,
            {
                name: value
                for name, value in event.payload.items()
                if name not in OWN_WORDS and not name.endswith("_id")
            },
            event.personal_values,
        )
        for event in IncidentEvent.all_orgs_unsafe.filter(aggregate=incident).order_by("seq")
    ]


def test_all_five_doors_can_play_the_whole_life():
    assert [driver.name for driver in able(LIFE)] == ["itsm", "v1", "orgs", "pages", "admin"]
    assert len(able(CLOSING)) == 4
    assert len(able(REGRADING)) == 4
    assert len(able(HANDING_OVER)) == 3


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_streams_and_the_refusals_are_equal(name, org, clients):
    script = SCRIPTS[name]
    streams, outcomes = {}, {}
    for kind in able(script):
        driver = kind(org, clients)
        outcomes[driver.name] = [(step.who, step.deed, driver.play(step)) for step in script]
        streams[driver.name] = stream(driver.row)
        with org_scope(org):
            assert verify_record(driver.row) == []
    expected = [(step.who, step.deed, step.outcome) for step in script]
    for door, found in outcomes.items():
        assert found == expected, door
    first, *others = streams.items()
    for door, found in others:
        assert found == first[1], f"{door} differs from {first[0]}"
    # One for each door, and nothing from what was refused.
    assert Incident.all_orgs_unsafe.count() == len(streams)

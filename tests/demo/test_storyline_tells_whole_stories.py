"""Every act names existing items, ends what it begins, and its alerts mean what the policy makes of them."""

from random import Random

import pytest

from integrations.intake.policy import policy_for
from itsm_site.demo.alertmanager import CRITICAL, HIGH
from itsm_site.demo.datacenter import northgate
from itsm_site.demo.storyline import ACTS, cooling, noise

NAMES = {item.name for item in northgate()}
SEEDS = range(10)


def item_of(alert):
    return alert.labels["instance"].partition(".")[0]


@pytest.mark.parametrize("tell", ACTS, ids=lambda tell: tell.__name__)
@pytest.mark.parametrize("seed", SEEDS)
def test_an_act_is_about_items_that_exist_and_services_too(tell, seed):
    for beat in tell(Random(seed)).beats:
        assert item_of(beat.alert) in NAMES
        assert beat.alert.labels.get("service", "checkout") in NAMES


@pytest.mark.parametrize("tell", ACTS, ids=lambda tell: tell.__name__)
@pytest.mark.parametrize("seed", SEEDS)
def test_what_begins_ends_within_minutes(tell, seed):
    act = tell(Random(seed))
    firing = set()
    for beat in act.beats:
        name = beat.alert.fingerprint
        assert (name in firing) is not beat.fires
        firing ^= {name}
    assert not firing
    assert act.beats[0].after == 0
    assert 60 < act.length < 300


@pytest.mark.parametrize("tell", ACTS, ids=lambda tell: tell.__name__)
def test_an_act_varies(tell):
    assert len({repr(tell(Random(seed))) for seed in SEEDS}) > 3


def test_the_first_act_ends_in_a_page():
    assert ACTS[0] is cooling
    severities = [beat.alert.labels["severity"] for beat in cooling(Random(1)).beats if beat.fires]
    assert severities[0] == HIGH
    assert severities[-1] == CRITICAL


@pytest.mark.parametrize("seed", range(60))
def test_noise_opens_no_incident(seed):
    alert = noise(Random(seed))
    policy = policy_for("alertmanager", None)
    severity, is_known = policy.severity(alert.labels["severity"])
    assert is_known
    assert severity not in policy.create_severities
    assert item_of(alert) in NAMES

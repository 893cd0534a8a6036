"""The player of the storyline: first movement at once, retries, and nothing left firing for ever."""

import json
from random import Random

import pytest

from itsm_site.demo.traffic import Traffic


class Receiver:
    """Stands for the intake: keeps what it takes, or refuses."""

    def __init__(self):
        self.bodies = []
        self.takes = True

    def __call__(self, body):
        if self.takes:
            self.bodies.append(json.loads(json.dumps(body)))
        return self.takes

    def alerts(self, status):
        return [a for body in self.bodies for a in body["alerts"] if a["status"] == status]


class Stage:
    """A player whose time passes when the test says so."""

    def __init__(self, memory):
        self.receiver, self.said, self.time = Receiver(), [], 0.0
        self.traffic = Traffic(self.receiver, chance=Random(5), say=self.said.append, memory=memory)
        self.traffic.clock = lambda: self.time
        self.traffic.begin()

    def wait(self, seconds):
        until = self.time + seconds
        while self.time < until:
            self.time += 0.5
            self.traffic.turn()


@pytest.fixture
def stage(tmp_path):
    return Stage(tmp_path / "alerts.json")


def test_something_moves_within_fifteen_seconds(stage):
    stage.wait(15)
    assert len(stage.receiver.alerts("firing")) >= 2
    assert len(stage.said) == 1


def test_an_incident_is_opened_within_fifteen_seconds(stage):
    stage.wait(15)
    assert any(alert["labels"]["severity"] == "high" for alert in stage.receiver.alerts("firing"))


def test_within_half_an_hour_every_act_is_told_more_than_once(stage):
    stage.wait(1800)
    begun = [text for text in stage.said if not text.startswith("…")]
    assert len(begun) > 5
    assert len(set(begun)) > 4


def test_small_alerts_come_and_go_and_never_pile_up(stage):
    stage.wait(1800)
    assert len(stage.traffic.manager.firing()) < 20
    assert len(stage.receiver.alerts("resolved")) > 50


def test_what_the_intake_does_not_take_is_sent_again(stage):
    stage.receiver.takes = False
    stage.wait(20)
    assert stage.receiver.bodies == []
    stage.receiver.takes = True
    stage.wait(4)
    assert len(stage.receiver.alerts("firing")) >= 2


def test_what_fires_when_it_is_killed_is_ended_by_the_next_run(tmp_path):
    memory = tmp_path / "alerts.json"
    first = Stage(memory)
    first.wait(60)
    firing = {alert.fingerprint for alert in first.traffic.manager.firing()}
    assert firing
    second = Stage(memory)
    second.wait(2 + len(firing))
    assert firing <= {alert["fingerprint"] for alert in second.receiver.alerts("resolved")}


@pytest.mark.parametrize("text", ["", "[1", '{"a": 1}', "[1]"])
def test_a_damaged_memory_is_no_memory(tmp_path, text):
    memory = tmp_path / "alerts.json"
    memory.write_text(text)
    stage = Stage(memory)
    stage.wait(5)
    assert stage.receiver.bodies

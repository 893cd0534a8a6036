"""The clocks, folded from random histories, against a machine that counts second by second and knows no arithmetic."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from hypothesis import given, settings
from hypothesis import strategies as st

from incidents import sla
from incidents.events import (
    Held,
    IncidentCreated,
    Released,
    Resolved,
    SeverityChanged,
    SlaBreached,
    SlaWarned,
    StatusChanged,
)
from incidents.models import IncidentEvent
from incidents.projections import project
from timeline.payloads import code_of, encode

START = datetime(2026, 3, 29, 0, 0, tzinfo=UTC)
# Whole numbers of seconds at 50, 75 and 100 %.
TARGETS = st.fixed_dictionaries(
    {sla.ACKNOWLEDGE: st.integers(1, 15).map(lambda n: n * 4), sla.RESOLVE: st.integers(1, 30).map(lambda n: n * 4)}
)
DEEDS = st.one_of(
    st.sampled_from(["acknowledge", "relapse", "hold", "release", "resolve", "reopen", "cancel", "sweep", "sweep"]),
    st.tuples(st.just("severity"), TARGETS),
)
HISTORIES = st.lists(st.tuples(st.integers(0, 40), DEEDS), max_size=14)


def moment(second: int) -> datetime:
    return START + timedelta(seconds=second)


@dataclass
class Oracle:
    """Counts each clock up, one second at a time, and notes the second in which a share of its target is used."""

    targets: dict[str, int]
    used: dict[str, int] = field(default_factory=lambda: dict.fromkeys(sla.CLOCKS, 0))
    running: set[str] = field(default_factory=lambda: set(sla.CLOCKS))
    judged: set[str] = field(default_factory=lambda: set(sla.CLOCKS))
    crossed: dict[tuple[str, int], int] = field(default_factory=dict)
    second: int = 0

    def look(self) -> None:
        for name in self.judged:
            for percent in (50, 75, 100):
                if self.used[name] * 100 >= self.targets[name] * percent:
                    self.crossed.setdefault((name, percent), self.second)

    def wait_until(self, second: int) -> None:
        while self.second < second:
            self.second += 1
            for name in self.running:
                self.used[name] += 1
            self.look()

    def stop(self, name: str) -> None:
        """Its aim is reached: it is judged no more."""
        self.running.discard(name)
        self.judged.discard(name)


class Incident:
    """A legal history, told to the fold and to the oracle alike."""

    def __init__(self, targets: dict[str, int]) -> None:
        self.state: dict[str, Any] = {}
        self.oracle = Oracle(dict(targets))
        self.announced: list[tuple[str, int, int]] = []
        self.status, self.held = "open", False
        self.tell(created(targets))

    def tell(self, payload: Any) -> None:
        code, version = code_of(payload)
        body, _ = encode(payload)
        at = moment(self.oracle.second)
        event = IncidentEvent(type=code, version=version, payload=body, aggregate_id=uuid4(), recorded_at=at)
        project(self.state, event)

    def do(self, deed: Any) -> None:
        name, *rest = (deed,) if isinstance(deed, str) else deed
        if getattr(self, f"may_{name}", lambda: self.live)():
            getattr(self, name)(*rest)
            self.oracle.look()

    @property
    def live(self) -> bool:
        return self.status in {"open", "acknowledged"}

    def may_acknowledge(self) -> bool:
        return self.status == "open"

    def may_hold(self) -> bool:
        return self.live and not self.held

    def may_release(self) -> bool:
        return self.held

    def may_reopen(self) -> bool:
        return self.status == "resolved"

    def may_sweep(self) -> bool:
        return True

    def may_relapse(self) -> bool:
        return self.status == "acknowledged"

    def acknowledge(self) -> None:
        self.tell(StatusChanged("open", "acknowledged", ""))
        self.status = "acknowledged"
        self.oracle.stop(sla.ACKNOWLEDGE)

    def relapse(self) -> None:
        self.tell(StatusChanged("acknowledged", "mitigated", ""))
        self.tell(StatusChanged("mitigated", "investigating", ""))

    def hold(self) -> None:
        self.tell(Held("vendor", ""))
        self.held = True
        self.oracle.running.clear()

    def release(self) -> None:
        self.tell(Released(""))
        self.held = False
        self.oracle.running |= self.oracle.judged

    def resolve(self) -> None:
        self.tell(Resolved(self.status, "done", None))
        self.status, self.held = "resolved", False
        for name in sla.CLOCKS:
            self.oracle.stop(name)

    def cancel(self) -> None:
        self.tell(StatusChanged(self.status, "cancelled", ""))
        self.status, self.held = "cancelled", False
        for name in sla.CLOCKS:
            self.oracle.stop(name)

    def reopen(self) -> None:
        self.tell(StatusChanged("resolved", "investigating", ""))
        self.status = "acknowledged"
        self.oracle.running.add(sla.RESOLVE)
        self.oracle.judged.add(sla.RESOLVE)

    def severity(self, targets: dict[str, int]) -> None:
        self.tell(SeverityChanged("P2", "P1", "", dict(targets)))
        for name in self.oracle.judged:
            self.oracle.targets[name] = targets[name]

    def sweep(self) -> None:
        for threshold in sla.passed(self.state["sla"], moment(self.oracle.second)):
            late = self.oracle.second - int((threshold.at - START).total_seconds())
            self.announced.append((threshold.clock, threshold.percent, self.oracle.second - late))
            if threshold.percent == sla.BREACH:
                self.tell(SlaBreached(threshold.clock, threshold.at, late))
            else:
                self.tell(SlaWarned(threshold.clock, threshold.percent, threshold.at, late))


def created(targets: dict[str, int]) -> IncidentCreated:
    return IncidentCreated(
        reference="INC-20260329-001",
        ref_number=1,
        title="Slow",
        description="",
        severity="P2",
        environment="",
        project_id=None,
        service_name="",
        services=[],
        source="",
        detected_by="",
        assigned_to="",
        assigned_team_id=None,
        assignee_id=None,
        affected_cis=[],
        correlation_keys=[],
        tags=[],
        runbook_path="",
        impact_started_at=None,
        targets=dict(targets),
        links=[],
    )


def played(targets: dict[str, int], history: list[tuple[int, Any]]) -> Iterator[Incident]:
    """The incident after each deed."""
    incident = Incident(targets)
    yield incident
    for gap, deed in history:
        incident.oracle.wait_until(incident.oracle.second + gap)
        incident.do(deed)
        yield incident


@given(TARGETS, HISTORIES)
@settings(max_examples=400)
def test_each_threshold_is_announced_once_at_the_moment_it_was_reached(targets, history):
    *_, incident = played(targets, history)
    incident.oracle.wait_until(incident.oracle.second + 200)
    incident.sweep()
    said = [(name, percent) for name, percent, _ in incident.announced]
    assert len(said) == len(set(said)), "announced twice"
    assert {(name, percent): at for name, percent, at in incident.announced} == incident.oracle.crossed
    incident.sweep()
    assert len(incident.announced) == len(said)


@given(TARGETS, HISTORIES)
@settings(max_examples=200)
def test_what_is_used_and_when_it_is_due_agree_at_every_step(targets, history):
    for incident in played(targets, history):
        oracle, now = incident.oracle, moment(incident.oracle.second)
        for name, clock in incident.state["sla"].items():
            assert sla.used(clock, now) == timedelta(seconds=oracle.used[name])
            due = now + timedelta(seconds=oracle.targets[name] - oracle.used[name]) if name in oracle.running else None
            assert sla.due_at(clock) == due
            assert (clock["met_at"] is None) == (name in oracle.judged)
        dues = (incident.state["ack_due_at"], incident.state["resolve_due_at"])
        assert dues == tuple(sla.due_at(incident.state["sla"][name]) for name in sla.CLOCKS)
        assert incident.state["next_due_at"] == min((due for due in dues if due), default=None)


@given(TARGETS, HISTORIES)
@settings(max_examples=100)
def test_a_sweep_that_comes_often_announces_what_one_at_the_end_does(targets, history):
    once = Incident(targets)
    often = Incident(targets)
    for gap, deed in history:
        for incident in (once, often):
            for _ in range(gap):
                incident.oracle.wait_until(incident.oracle.second + 1)
                if incident is often:
                    incident.sweep()
            if deed != "sweep":
                incident.do(deed)
    for incident in (once, often):
        incident.oracle.wait_until(incident.oracle.second + 200)
        incident.sweep()
    assert sorted(once.announced) == sorted(often.announced)
    assert [clock["breached_at"] for clock in once.state["sla"].values()] == [
        clock["breached_at"] for clock in often.state["sla"].values()
    ]

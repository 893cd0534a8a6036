"""Random commands in random order, against a model in a few lines: every reachable state is legal, and no fold differs."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from incidents import commands
from incidents.commands import Signal
from incidents.deadlines import fire_due
from incidents.models import Incident
from orgs.actor import Actor
from orgs.errors import Conflict, IllegalTransition, Stale
from orgs.models import Organisation
from orgs.tenancy import org_scope
from timeline.verify import verify_record

STEPS = {
    "open": {"acknowledged", "investigating", "identified", "mitigated", "resolved", "cancelled"},
    "acknowledged": {"investigating", "identified", "mitigated", "resolved", "cancelled"},
    "investigating": {"identified", "mitigated", "resolved", "cancelled"},
    "identified": {"mitigated", "resolved", "cancelled"},
    "mitigated": {"investigating", "resolved", "cancelled"},
    "resolved": {"investigating", "closed"},
    "closed": set(),
    "cancelled": set(),
}
LIVE = {"open", "acknowledged", "investigating", "identified", "mitigated"}
START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class Lifecycle(RuleBasedStateMachine):
    """One incident, and what a person would say about it who watched."""

    org: Organisation

    def __init__(self) -> None:
        super().__init__()
        self.clock = time_machine.travel(START, tick=False)
        self.time = self.clock.start()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.actor = Actor.system(self.org.id, "model")
        self.pk = commands.create_incident(actor=self.actor, title="Slow", severity="P2").pk
        self.status, self.severity, self.held, self.version = "open", "P2", "", 1
        self.tags: set[str] = set()
        self.firing: dict[str, int] = {}
        self.reopened = 0
        self.acknowledged = False

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)
        self.clock.stop()

    def row(self) -> Any:
        with org_scope(self.org):
            return Incident.objects.get(pk=self.pk)

    def attempt(self, legal: bool, call: Callable[[], Any]) -> bool:
        """The command is accepted exactly where the model says so."""
        try:
            call()
        except (Conflict, Stale):
            assert not legal
            return False
        assert legal
        self.version += 1
        return True

    @rule(seconds=st.integers(1, 40_000))
    def wait(self, seconds: int) -> None:
        self.time.shift(timedelta(seconds=seconds))

    @rule(to=st.sampled_from(sorted(STEPS)), stale=st.booleans())
    def step(self, to: str, stale: bool) -> None:
        legal = to in STEPS[self.status] and not stale
        expected = self.version - 1 if stale else self.version
        before = self.status
        if self.attempt(
            legal,
            lambda: commands.change_status(
                actor=self.actor, incident=self.pk, to=to, reason="model", expected_version=expected
            ),
        ):
            self.status = to
            if to in {"resolved", "cancelled"}:
                self.held = ""
            self.acknowledged = self.acknowledged or to != "cancelled"
            self.reopened += before == "resolved" and to == "investigating"

    @rule()
    def illegal_steps_name_the_legal_ones(self) -> None:
        for to in sorted(set(STEPS) - STEPS[self.status]):
            with pytest.raises(IllegalTransition) as refusal:
                commands.change_status(actor=self.actor, incident=self.pk, to=to)
            assert set(refusal.value.allowed) == STEPS[self.status]

    @rule(reason=st.sampled_from(["vendor", "customer", "change"]))
    def hold(self, reason: str) -> None:
        legal = self.status in LIVE and not self.held
        if self.attempt(legal, lambda: commands.hold(actor=self.actor, incident=self.pk, reason=reason)):
            self.held = reason

    @rule()
    def release(self) -> None:
        if self.attempt(bool(self.held), lambda: commands.release(actor=self.actor, incident=self.pk)):
            self.held = ""

    @rule(to=st.sampled_from(["P1", "P2", "P3", "P4"]))
    def severity_changes(self, to: str) -> None:
        legal = self.status in LIVE and to != self.severity
        if self.attempt(legal, lambda: commands.change_severity(actor=self.actor, incident=self.pk, to=to)):
            self.severity = to

    @rule(tag=st.sampled_from(["db", "web"]), put=st.booleans())
    def tag(self, tag: str, put: bool) -> None:
        change = commands.add_tag if put else commands.remove_tag
        change(actor=self.actor, incident=self.pk, tag=tag)
        after = self.tags | {tag} if put else self.tags - {tag}
        self.version += after != self.tags
        self.tags = after

    @rule(key=st.sampled_from(["a", "b"]), firing=st.booleans())
    def signal(self, key: str, firing: bool) -> None:
        if firing:
            signal = Signal("alert", "prometheus", "Slow", key=key, correlation_key=key, firing=True)
            commands.attach_signal(actor=self.actor, incident=self.pk, signal=signal)
            self.firing[key] = self.firing.get(key, 0) + 1
            self.version += 1
        else:
            commands.clear_signal(actor=self.actor, incident=self.pk, key=key)
            self.version += self.firing.pop(key, 0)

    @precondition(lambda self: self.status in {"resolved", "closed"})
    @rule()
    def correct(self) -> None:
        changes = {"root_cause": f"cause {self.version}", "resolution": f"resolution {self.version}"}
        commands.update_incident(actor=self.actor, incident=self.pk, changes=changes)
        self.version += 2

    @rule()
    def sweep(self) -> None:
        fire_due()
        # Announcements are events too; how many, the oracle of the clocks says.
        self.version = self.row().version

    @invariant()
    def the_row_is_what_the_model_says(self) -> None:
        row = self.row()
        assert (row.status, row.severity, row.hold_reason) == (self.status, self.severity, self.held)
        assert (set(row.tags), row.firing_count, row.reopen_count) == (
            self.tags,
            sum(self.firing.values()),
            self.reopened,
        )
        assert row.version == self.version
        assert (row.acknowledged_at is not None) == self.acknowledged
        assert (row.resolved_at is not None) == (self.status in {"resolved", "closed"})
        assert (row.closed_at is not None) == (self.status == "closed")
        assert (row.cancelled_at is not None) == (self.status == "cancelled")

    @invariant()
    def the_row_is_the_fold_of_its_events(self) -> None:
        with org_scope(self.org):
            assert verify_record(self.row()) == []


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_no_sequence_of_commands_leaves_the_model(org):
    thorough = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
    Lifecycle.org = org
    run_state_machine_as_test(
        Lifecycle,
        settings=settings(
            max_examples=200 if thorough else 20,
            stateful_step_count=50 if thorough else 30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

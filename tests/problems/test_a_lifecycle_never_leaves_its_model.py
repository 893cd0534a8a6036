"""Random commands in random order, against a model in a few lines: every reachable state is legal, and no fold differs."""

import os
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from changes.commands import create_change
from incidents.commands import create_incident
from incidents.models import Incident
from orgs.actor import Actor
from orgs.errors import Conflict, Stale
from orgs.models import Organisation
from orgs.tenancy import org_scope
from problems import commands
from problems.models import Problem, ProblemIncident, WorkaroundUse
from timeline.verify import verify_record

STEPS = {
    "investigating": {"known_error", "resolved"},
    "known_error": {"investigating", "resolved"},
    "resolved": {"investigating", "known_error"},
}
INCIDENTS = 3


class Lifecycle(RuleBasedStateMachine):
    """One problem with three incidents and a change about it, and what a person would say about it who watched."""

    org: Organisation

    def __init__(self) -> None:
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.actor = Actor.system(self.org.id, "model")
        self.incidents = [
            create_incident(actor=self.actor, title=f"Slow {n}", severity="P3").pk for n in range(INCIDENTS)
        ]
        self.fix = create_change(actor=self.actor, title="Faster", type="normal").pk
        self.pk = commands.create_problem(actor=self.actor, title="Slow").pk
        self.status, self.version, self.reopened, self.fixed = "investigating", 1, 0, False
        self.texts = {"workaround": "", "root_cause": ""}
        self.linked: set[Any] = set()
        self.uses: dict[Any, bool | None] = {}

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)

    def row(self) -> Any:
        with org_scope(self.org):
            return Problem.objects.get(pk=self.pk)

    def attempt(self, legal: bool, call: Callable[[], Any]) -> bool:
        """The command is accepted exactly where the model says so."""
        try:
            call()
        except (Conflict, Stale):
            assert not legal
            return False
        assert legal
        return True

    @property
    def known(self) -> bool:
        return any(self.texts.values())

    @rule(to=st.sampled_from(sorted(STEPS)), stale=st.booleans())
    def step(self, to: str, stale: bool) -> None:
        legal = to in STEPS[self.status] and not stale and (to != "known_error" or self.known)
        expected = self.version - 1 if stale else self.version
        call = {"actor": self.actor, "problem": self.pk, "to": to, "expected_version": expected}
        if self.attempt(legal, lambda: commands.change_status(**call)):
            self.reopened += self.status == "resolved"
            self.status = to
            self.version += 1

    @rule(name=st.sampled_from(["workaround", "root_cause"]), text=st.sampled_from(["", "The cache", "The disk"]))
    def write(self, name: str, text: str) -> None:
        after = {**self.texts, name: text}
        legal = self.status != "known_error" or any(after.values())
        changes = {name: text}
        if self.attempt(legal, lambda: commands.update_problem(actor=self.actor, problem=self.pk, changes=changes)):
            self.version += after != self.texts
            self.texts = after

    @rule(chosen=st.sets(st.integers(0, INCIDENTS - 1)))
    def relink(self, chosen: set[int]) -> None:
        wanted = {self.incidents[n] for n in chosen}
        changes = {"linked_incidents": sorted(wanted)}
        commands.update_problem(actor=self.actor, problem=self.pk, changes=changes)
        self.version += len(wanted ^ self.linked)
        self.linked = wanted

    @rule(number=st.integers(0, INCIDENTS - 1), helped=st.sampled_from([None, True, False]))
    def use(self, number: int, helped: bool | None) -> None:
        pk = self.incidents[number]
        call = {"actor": self.actor, "problem": self.pk, "incident": pk, "helped": helped}
        if self.attempt(bool(self.texts["workaround"]), lambda: commands.record_workaround_use(**call)):
            changed = pk not in self.uses or helped not in (None, self.uses[pk])
            self.version += changed
            if changed:
                self.uses[pk] = helped

    @rule(put=st.booleans())
    def fixing(self, put: bool) -> None:
        change = commands.link_fixing_change if put else commands.unlink_fixing_change
        change(actor=self.actor, problem=self.pk, change=self.fix)
        self.version += put != self.fixed
        self.fixed = put

    @rule()
    def note(self) -> None:
        commands.add_note(actor=self.actor, problem=self.pk, text="Looked at it")
        self.version += 1

    @rule()
    def resolve_the_incidents(self) -> None:
        if self.attempt(
            self.status == "resolved",
            lambda: commands.resolve_linked_incidents(actor=self.actor, problem=self.pk),
        ):
            self.version += bool(self.linked)

    @invariant()
    def the_row_is_what_the_model_says(self) -> None:
        row = self.row()
        assert (row.status, row.version, row.reopen_count) == (self.status, self.version, self.reopened)
        assert (row.workaround, row.root_cause) == (self.texts["workaround"], self.texts["root_cause"])
        assert (row.resolved_at is not None) == (self.status == "resolved")
        assert (row.known_since is not None) == (self.status == "known_error")
        assert row.incident_count == len(self.linked)
        assert row.workaround_used == len(self.uses)
        assert row.workaround_helped == sum(helped is True for helped in self.uses.values())
        with org_scope(self.org):
            assert set(ProblemIncident.objects.values_list("incident_id", flat=True)) == self.linked
            assert dict(WorkaroundUse.objects.values_list("incident_id", "helped")) == self.uses

    @invariant()
    def the_incidents_say_the_same(self) -> None:
        with org_scope(self.org):
            for incident in Incident.objects.all():
                named = [link["incident_id"] for link in incident.links if link["kind"] == "problem"]
                assert named == [str(self.pk)] * (incident.pk in self.linked)

    @invariant()
    def every_row_is_the_fold_of_its_events(self) -> None:
        with org_scope(self.org):
            for row in (self.row(), *Incident.objects.all()):
                assert verify_record(row) == []


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_no_sequence_of_commands_leaves_the_model(org):
    thorough = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
    Lifecycle.org = org
    run_state_machine_as_test(
        Lifecycle,
        settings=settings(
            max_examples=200 if thorough else 15,
            stateful_step_count=50 if thorough else 25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

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
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from changes import commands
from changes.commands import StageSpec
from changes.models import Change
from changes.queries import awaiting, overdue_approvals
from cmdb.commands import create_ci
from orgs.errors import Conflict, OutOfReach, Stale
from orgs.models import Organisation
from orgs.tenancy import org_scope
from tests.changes.staging import powerful, somebody
from timeline.verify import verify_record

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
AHEAD = {"draft", "pending_approval", "approved"}
STARTED = {"in_progress", "completed", "failed"}
VOTERS = 4


class Lifecycle(RuleBasedStateMachine):
    """One change that two of four people must approve, and what a person would say about it who watched."""

    org: Organisation
    kind: str

    def __init__(self) -> None:
        super().__init__()
        self.clock = time_machine.travel(START, tick=False)
        self.time = self.clock.start()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.actor = powerful(self.org)
        self.people = [somebody(self.org) for _ in range(VOTERS)]
        self.requester = somebody(self.org)
        stage = StageSpec("Board", quorum=2, roles=["CHANGE_APPROVER"])
        commands.save_policy(actor=self.actor, name="Board", stages=[stage])
        create_ci(actor=self.actor, name="switch-1", kind="switch")
        self.pk = commands.create_change(
            actor=self.requester,
            title="Replace the switch",
            type=self.kind,
            affected_cis=["switch-1"],
            rollback_plan="Swap",
            test_plan="Ping",
            scheduled_at=START,
            scheduled_end=START + 400 * HOUR,
        ).pk
        self.status, self.version = "draft", 1
        self.yes: set[int] = set()
        self.said: set[int] = set()
        self.asked = self.decided = self.owed = self.reviewed = False

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)
        self.clock.stop()

    def row(self) -> Any:
        with org_scope(self.org):
            return Change.objects.get(pk=self.pk)

    def attempt(self, legal: bool, call: Callable[[], Any], events: int = 1) -> bool:
        """The command is accepted exactly where the model says so."""
        try:
            call()
        except (Conflict, Stale, OutOfReach):
            assert not legal
            return False
        assert legal
        self.version += events
        return True

    def forget_votes(self) -> None:
        self.asked = self.decided = self.owed = False
        self.yes, self.said = set(), set()

    @property
    def wanted(self) -> bool:
        return self.asked and not self.decided and self.status != "cancelled"

    @rule(hours=st.integers(1, 6))
    def wait(self, hours: int) -> None:
        self.time.shift(hours * HOUR)

    @rule()
    def submit(self) -> None:
        call = lambda: commands.submit_change(actor=self.actor, change=self.pk)  # noqa: E731 - said once
        if self.attempt(self.status == "draft", call):
            self.status, self.asked = "pending_approval", True

    @rule(who=st.integers(0, VOTERS - 1), stale=st.booleans())
    def approve(self, who: int, stale: bool) -> None:
        legal = self.wanted and who not in self.said and not stale
        decides = len(self.yes) == 1
        expected = self.version - stale
        if self.attempt(
            legal,
            lambda: commands.vote(
                actor=self.people[who], change=self.pk, decision="approve", expected_version=expected
            ),
            events=1 + decides,
        ):
            self.said.add(who)
            self.yes.add(who)
            if decides:
                self.decided, self.owed = True, False
                self.status = "approved" if self.status == "pending_approval" else self.status

    @rule(who=st.integers(0, VOTERS - 1))
    def abstain(self, who: int) -> None:
        legal = self.wanted and who not in self.said
        if self.attempt(legal, lambda: commands.vote(actor=self.people[who], change=self.pk, decision="abstain")):
            self.said.add(who)

    @rule(who=st.integers(0, VOTERS - 1))
    def reject(self, who: int) -> None:
        legal = self.wanted and who not in self.said
        if self.attempt(
            legal,
            lambda: commands.vote(actor=self.people[who], change=self.pk, decision="reject", comment="No"),
            events=2,
        ):
            if self.status == "pending_approval":
                self.status = "draft"
                self.forget_votes()
            else:
                self.decided, self.owed = True, False

    @rule(decision=st.sampled_from(["approve", "reject", "abstain", "ask"]))
    def the_requester_never_votes(self, decision: str) -> None:
        with pytest.raises(OutOfReach):
            commands.vote(actor=self.requester, change=self.pk, decision=decision, comment="Mine")

    @rule(reopen=st.booleans())
    def edit_the_plan(self, reopen: bool) -> None:
        legal = self.status == "draft" or (reopen and self.status in AHEAD)
        goes_back = self.status != "draft"
        changes = {"implementation_plan": f"plan {self.version}"}
        if self.attempt(
            legal,
            lambda: commands.edit_change(actor=self.actor, change=self.pk, changes=changes, reopen=reopen),
            events=1 + goes_back,
        ):
            self.status = "draft"
            self.forget_votes()

    @rule()
    def edit_the_title(self) -> None:
        legal = self.status in AHEAD | {"in_progress"}
        changes = {"title": f"title {self.version}"}
        self.attempt(legal, lambda: commands.edit_change(actor=self.actor, change=self.pk, changes=changes))

    @rule()
    def execute(self) -> None:
        early = self.kind == "emergency" and self.status in {"draft", "pending_approval"}
        events = 2 if self.status == "draft" else 1
        call = lambda: commands.execute_change(  # noqa: E731 - said once
            actor=self.actor, change=self.pk, override_reason="Late"
        )
        if self.attempt(early or self.status == "approved", call, events=events):
            self.owed = early
            self.asked, self.status = True, "in_progress"

    @rule(well=st.booleans())
    def end(self, well: bool) -> None:
        def call() -> Any:
            if well:
                return commands.complete_change(actor=self.actor, change=self.pk)
            return commands.fail_change(actor=self.actor, change=self.pk, rolled_back="All")

        if self.attempt(self.status == "in_progress", call):
            self.status = "completed" if well else "failed"

    @rule()
    def cancel(self) -> None:
        if self.attempt(self.status in AHEAD, lambda: commands.cancel_change(actor=self.actor, change=self.pk)):
            self.status = "cancelled"

    @rule()
    def review(self) -> None:
        legal = self.status in {"completed", "failed"} and not self.reviewed
        if self.attempt(legal, lambda: commands.review_change(actor=self.actor, change=self.pk, note="Well")):
            self.reviewed = True

    @invariant()
    def the_row_is_what_the_model_says(self) -> None:
        row = self.row()
        assert (row.status, row.version) == (self.status, self.version)
        assert (row.executed_at is not None) == (self.status in STARTED)
        assert (row.finished_at is not None) == (self.status in {"completed", "failed", "cancelled"})
        assert (row.approve_by is not None) == self.owed
        assert row.status != "approved" or row.approved_at is not None
        # Nobody begins unapproved but an emergency.
        assert self.kind == "emergency" or self.status not in STARTED or row.approved_at is not None
        if self.asked and self.status != "draft":
            votes = row.approval["stages"][0]["votes"]
            assert sum(vote["decision"] == "approve" for vote in votes) == len(self.yes) <= 2

    @invariant()
    def whoever_may_vote_is_asked(self) -> None:
        with org_scope(self.org):
            asked = {number for number, person in enumerate(self.people) if awaiting(person)}
            assert asked == (set(range(VOTERS)) - self.said if self.wanted else set())
            assert awaiting(self.requester) == []
            assert len(overdue_approvals()) <= self.owed

    @invariant()
    def the_row_is_the_fold_of_its_events(self) -> None:
        with org_scope(self.org):
            assert verify_record(self.row()) == []


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", ["normal", "emergency"])
def test_no_sequence_of_commands_leaves_the_model(kind, org):
    thorough = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
    Lifecycle.org, Lifecycle.kind = org, kind
    run_state_machine_as_test(
        Lifecycle,
        settings=settings(
            max_examples=100 if thorough else 10,
            stateful_step_count=50 if thorough else 30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

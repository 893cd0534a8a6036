"""RELIABILITY P5 and P6, on real connections: 64 clients at the same record at the same moment."""

import os

import pytest

from incidents.commands import (
    add_note,
    add_tag,
    assign,
    change_severity,
    change_status,
    hold,
    link_incidents,
    link_ticket,
    reopen,
    update_incident,
)
from incidents.states import STEPS
from orgs.errors import Conflict, IllegalTransition, Stale
from tests.incidents.staging import anew, brought_to, opened, powerful, stream
from tests.racing import deadlocks, race

pytestmark = [pytest.mark.postgres, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

CLIENTS = 64
# Twenty is the promise; three keep an ordinary run short.
ROUNDS = int(os.environ.get("RACE_ROUNDS", "3"))
TRANSITIONS = [(str(before), str(to)) for before, targets in STEPS.items() for to in targets]


@pytest.fixture(autouse=True)
def _without_deadlocks(org):
    before = deadlocks()
    yield
    assert deadlocks() == before


def won(outcomes):
    return [outcome for outcome in outcomes if not isinstance(outcome, Exception)]


def kinds(outcomes):
    return {type(outcome) for outcome in outcomes if isinstance(outcome, Exception)}


def test_each_transition_is_taken_by_exactly_one(org):
    actor = powerful(org)
    rows = {pair: [brought_to(pair[0], org) for _ in range(ROUNDS)] for pair in TRANSITIONS}
    for (_, to), round_rows in rows.items():
        for row in round_rows:
            before = anew(row).version

            def step(row=row, to=to):
                return change_status(actor=actor, incident=row.pk, to=to, reason="Mine")

            outcomes = race([step] * CLIENTS)
            assert len(won(outcomes)) == 1
            assert kinds(outcomes) == {IllegalTransition}
            assert anew(row).version == before + 1
            assert anew(row).status == to


def test_a_version_is_used_by_exactly_one(org):
    actor = powerful(org)
    for _ in range(ROUNDS):
        row = opened(actor)
        outcomes = race(
            [lambda row=row: add_note(actor=actor, incident=row.pk, text="Mine", expected_version=1)] * CLIENTS
        )
        assert len(won(outcomes)) == 1
        assert kinds(outcomes) == {Stale}
        assert {outcome.current_version for outcome in outcomes if isinstance(outcome, Stale)} == {2}
        assert [event.seq for event in stream(row)] == [1, 2]


@pytest.mark.parametrize(
    ("state", "command"),
    [
        ("open", lambda actor, row: hold(actor=actor, incident=row, reason="vendor")),
        ("open", lambda actor, row: change_severity(actor=actor, incident=row, to="P1")),
        ("open", lambda actor, row: link_ticket(actor=actor, incident=row, platform="jira", ticket="OPS-1")),
        ("resolved", lambda actor, row: reopen(actor=actor, incident=row)),
    ],
    ids=["hold", "severity", "ticket", "reopen"],
)
def test_so_is_whatever_can_be_done_once(state, command, org):
    actor = powerful(org)
    row = brought_to(state, org)
    before = anew(row).version
    outcomes = race([lambda: command(actor, row.pk)] * CLIENTS)
    assert len(won(outcomes)) == 1
    assert kinds(outcomes) <= {Conflict, IllegalTransition}
    assert anew(row).version == before + 1


def test_writers_of_different_fields_lose_nothing(org):
    actor = powerful(org)
    row = opened(actor)
    texts = ("title", "description", "environment", "service_name", "runbook_path")
    works = [
        *(
            lambda name=name: update_incident(actor=actor, incident=row.pk, changes={name: f"new {name}"})
            for name in texts
        ),
        lambda: update_incident(actor=actor, incident=row.pk, changes={"services": ["web", "shop"]}),
        lambda: assign(actor=actor, incident=row.pk, to="Storage crew"),
        lambda: change_severity(actor=actor, incident=row.pk, to="P1"),
        lambda: change_status(actor=actor, incident=row.pk, to="identified"),
        lambda: hold(actor=actor, incident=row.pk, reason="vendor", note="Ticket"),
        *(lambda n=n: add_tag(actor=actor, incident=row.pk, tag=f"tag {n:02}") for n in range(50)),
        *(lambda n=n: add_note(actor=actor, incident=row.pk, text=f"note {n}") for n in range(4)),
    ]
    assert len(works) == CLIENTS
    outcomes = race(works)
    assert kinds(outcomes) == set(), kinds(outcomes)
    kept = anew(row)
    assert {name: getattr(kept, name) for name in texts} == {name: f"new {name}" for name in texts}
    assert (kept.services, kept.assigned_to, kept.severity) == (["web", "shop"], "Storage crew", "P1")
    assert (kept.status, kept.hold_reason) == ("identified", "vendor")
    assert kept.tags == [f"tag {n:02}" for n in range(50)]
    assert {event.text("text") for event in stream(row) if event.type == "INCIDENT_NOTE_ADDED"} == {
        f"note {n}" for n in range(4)
    }
    assert kept.version == 1 + CLIENTS


def test_links_in_both_directions_wait_for_nobody_in_a_circle(org):
    actor = powerful(org)
    for _ in range(ROUNDS):
        near, far = opened(actor), opened(actor)
        there = [lambda n=near, f=far: link_incidents(actor=actor, incident=n.pk, other=f.pk, kind="causes")]
        back = [lambda n=near, f=far: link_incidents(actor=actor, incident=f.pk, other=n.pk, kind="causes")]
        outcomes = race([*there, *back] * (CLIENTS // 2))
        assert len(won(outcomes)) == 2
        assert kinds(outcomes) == {Conflict}
        assert len(anew(near).links) == len(anew(far).links) == 2


def test_two_that_are_merged_into_each_other_do_not_vanish_in_a_circle(org):
    actor = powerful(org)
    for _ in range(ROUNDS):
        near, far = opened(actor), opened(actor)
        merge = [
            lambda n=near, f=far: change_status(actor=actor, incident=n.pk, to="cancelled", merged_into=f.pk),
            lambda n=near, f=far: change_status(actor=actor, incident=f.pk, to="cancelled", merged_into=n.pk),
        ]
        outcomes = race(merge * (CLIENTS // 2))
        assert len(won(outcomes)) == 1
        assert sorted([anew(near).status, anew(far).status]) == ["cancelled", "open"]


def test_those_that_follow_one_incident_are_all_known_to_it(org):
    actor = powerful(org)
    before = brought_to("closed", org)
    outcomes = race([lambda: opened(actor, follows=before.pk).reference] * CLIENTS)
    assert kinds(outcomes) == set()
    assert {link["reference"] for link in anew(before).links} == set(outcomes)
    assert len(set(outcomes)) == CLIENTS

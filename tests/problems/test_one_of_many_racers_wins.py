"""On real connections: many clients at the same problem, incidents and proposal at the same moment."""

from itertools import permutations

import pytest

from cmdb.commands import create_ci
from incidents.commands import create_incident
from incidents.commands import link_incidents as relate_incidents
from orgs.errors import Conflict, IllegalTransition
from orgs.tenancy import org_scope
from problems.commands import (
    accept_proposal,
    change_status,
    link_incidents,
    record_workaround_use,
    resolve,
    resolve_linked_incidents,
    update_problem,
)
from problems.models import Problem, RecurrenceProposal
from problems.recurrence import find_recurring
from tests.problems.staging import anew, found, known, powerful, types
from tests.racing import deadlocks, race

pytestmark = [pytest.mark.postgres, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

CLIENTS = 24


@pytest.fixture(autouse=True)
def _without_deadlocks(org):
    before = deadlocks()
    yield
    assert deadlocks() == before


def won(outcomes):
    return [outcome for outcome in outcomes if not isinstance(outcome, Exception)]


def kinds(outcomes):
    return {type(outcome) for outcome in outcomes if isinstance(outcome, Exception)}


def opened(org, number):
    return [create_incident(actor=powerful(org), title=f"Slow {n}", severity="P3") for n in range(number)]


def test_a_step_is_taken_by_exactly_one(org):
    actor = powerful(org)
    row = found(actor)
    outcomes = race([lambda: change_status(actor=actor, problem=row.pk, to="resolved")] * CLIENTS)
    assert (len(won(outcomes)), kinds(outcomes), anew(row).version) == (1, {IllegalTransition}, 2)


def test_a_proposal_becomes_one_problem(org):
    actor = powerful(org)
    host = create_ci(actor=actor, name="web-1", kind="server")
    for _ in range(3):
        create_incident(actor=actor, title="Disk is full", severity="P4", affected_cis=[host])
    race([find_recurring] * 4)
    with org_scope(org):
        row = RecurrenceProposal.objects.get()
    outcomes = race([lambda: accept_proposal(actor=actor, proposal=row.pk)] * CLIENTS)
    assert (len(won(outcomes)), kinds(outcomes)) == (1, {Conflict})
    with org_scope(org):
        assert Problem.objects.count() == 1


def test_a_use_is_counted_once(org):
    actor = powerful(org)
    row, (one,) = known(actor), opened(org, 1)
    answers = [True, False, None] * (CLIENTS // 3)
    works = [
        lambda helped=helped: record_workaround_use(actor=actor, problem=row.pk, incident=one.pk, helped=helped)
        for helped in answers
    ]
    assert kinds(race(works)) == set()
    assert anew(row).workaround_used == 1


def test_links_of_many_problems_to_the_same_incidents_wait_for_nobody_in_a_circle(org):
    actor = powerful(org)
    incidents, rows = opened(org, 3), [found(actor) for _ in range(4)]
    works = [
        lambda row=row, order=order: link_incidents(actor=actor, problem=row.pk, incidents=[one.pk for one in order])
        for row in rows
        for order in permutations(incidents)
    ]
    works += [
        lambda pair=pair: relate_incidents(actor=actor, incident=pair[0].pk, other=pair[1].pk, kind="causes")
        for pair in permutations(incidents, 2)
    ]
    assert kinds(race(works)) <= {Conflict}
    for row in rows:
        assert (anew(row).incident_count, types(row).count("PROBLEM_INCIDENT_LINKED")) == (3, 3)
    for one in incidents:
        assert sum(link["kind"] == "problem" for link in anew(one).links) == 4


def test_both_sides_agree_after_a_race_of_linking_and_unlinking(org):
    actor = powerful(org)
    incidents, row = opened(org, 3), found(actor)
    choices = [incidents, incidents[:1], incidents[1:], []]
    works = [
        lambda chosen=chosen: update_problem(
            actor=actor, problem=row.pk, changes={"linked_incidents": [one.pk for one in chosen]}
        )
        for chosen in choices * (CLIENTS // len(choices))
    ]
    assert kinds(race(works)) == set()
    named = [one for one in incidents if anew(one).links]
    assert anew(row).incident_count == len(named)


def test_incidents_are_resolved_once_with_their_problem(org):
    actor = powerful(org)
    row = resolve(actor=actor, problem=found(actor, linked_incidents=opened(org, 3)), resolution="Bigger disks")
    outcomes = race([lambda: resolve_linked_incidents(actor=actor, problem=row.pk)] * 8)
    assert sum(len(outcome.resolved) for outcome in won(outcomes)) == 3

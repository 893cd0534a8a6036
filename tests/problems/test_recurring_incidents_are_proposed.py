from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
import time_machine

from incidents.commands import update_incident
from orgs.errors import Conflict, Invalid, NotFound
from orgs.tenancy import org_scope
from problems import recurrence
from problems.commands import (
    accept_proposal,
    change_status,
    dismiss_proposal,
    resolve,
    set_recurrence_rule,
    unlink_incidents,
    update_problem,
)
from problems.models import RecurrenceCheck, RecurrenceProposal
from problems.queries import linked_incidents, pending_proposals
from problems.recurrence import find_recurring
from tests.problems.staging import anew, powerful, stream

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def clock():
    with time_machine.travel(START, tick=False) as clock:
        yield clock


@pytest.fixture
def host(ci):
    return ci("web-1")


@pytest.fixture
def happens(incident, host):
    """`happens("Disk full")`: an incident on the host, numbered so that no two titles are alike."""
    numbers = count(1)

    def make(title="Disk is full", **options):
        options.setdefault("affected_cis", [host])
        return incident(f"{title} {next(numbers)} %", **options)

    return make


def proposed(org):
    with org_scope(org):
        return pending_proposals()


def waiting():
    return RecurrenceCheck.all_orgs_unsafe.count()


def test_the_third_alike_on_one_item_is_proposed(org, happens, host):
    first, second = happens(), happens("DISK is full on web-1:")
    find_recurring()
    assert proposed(org) == []
    third = happens()
    find_recurring()
    (row,) = proposed(org)
    assert (row.ci, row.signature, row.count, row.state) == (host, "title: disk is full", 3, "pending")
    assert [ref["name"] for ref in row.incidents] == [each.reference for each in (third, second, first)]
    assert (row.first_seen_at, row.last_seen_at) == (first.created_at, third.created_at)
    assert waiting() == 0


def test_looking_again_changes_nothing_and_more_of_them_are_added(org, happens):
    for _ in range(3):
        happens()
    find_recurring()
    (before,) = proposed(org)
    assert find_recurring() == 0
    happens()
    find_recurring()
    (after,) = proposed(org)
    assert (after.pk, after.count) == (before.pk, 4)


def test_a_correlation_key_makes_them_alike_too(org, happens):
    for title in ("Slow", "Errors", "Gone"):
        happens(title, correlation_key="probe/web")
    find_recurring()
    assert [row.signature for row in proposed(org)] == ["key: probe/web"]


def test_the_same_incidents_are_proposed_once(org, happens):
    for _ in range(3):
        happens(correlation_key="probe/disk")
    find_recurring()
    assert [row.signature for row in proposed(org)] == ["title: disk is full"]
    happens("Something else", correlation_key="probe/disk")
    find_recurring()
    assert [row.count for row in proposed(org)] == [4]


def test_other_items_and_other_titles_do_not_count(org, happens, incident, ci):
    happens()
    happens()
    happens("Fan is loud")
    happens(affected_cis=[ci("web-2")])
    happens(affected_cis=[])
    find_recurring()
    assert proposed(org) == []


def test_what_is_longer_ago_than_the_window_does_not_count(org, happens, clock):
    happens()
    clock.shift(timedelta(days=10))
    happens()
    clock.shift(timedelta(days=5))
    happens()
    find_recurring()
    assert proposed(org) == []
    clock.shift(timedelta(days=8))
    happens()
    find_recurring()
    assert [row.count for row in proposed(org)] == [3]


def test_an_organisation_has_its_own_measure(org, administrator, happens, clock):
    set_recurrence_rule(actor=administrator, incidents=2, days=1)
    happens()
    clock.shift(timedelta(hours=25))
    happens()
    find_recurring()
    assert proposed(org) == []
    happens()
    find_recurring()
    assert [row.count for row in proposed(org)] == [2]
    set_recurrence_rule(actor=administrator, incidents=5, days=30)
    with org_scope(org):
        assert recurrence.rule() == (5, timedelta(days=30))


@pytest.mark.parametrize(("incidents", "days", "bad"), [(1, 14, "incidents"), (3, 0, "days"), (3, 400, "days")])
def test_a_measure_must_make_sense(incidents, days, bad, administrator):
    with pytest.raises(Invalid) as refusal:
        set_recurrence_rule(actor=administrator, incidents=incidents, days=days)
    assert [error.field for error in refusal.value.fields] == [bad]


@pytest.mark.parametrize("change", ["title", "affected_cis"])
def test_an_incident_that_becomes_alike_counts(change, org, anyone, happens, host):
    happens()
    happens()
    late = happens("Fan is loud") if change == "title" else happens(affected_cis=[])
    find_recurring()
    assert proposed(org) == []
    update_incident(actor=anyone, incident=late, changes={change: "Disk is full" if change == "title" else [host.name]})
    find_recurring()
    assert [row.count for row in proposed(org)] == [3]


def test_it_works_in_portions(org, happens):
    for _ in range(5):
        happens()
    assert [find_recurring(limit=2) for _ in range(4)] == [2, 2, 1, 0]
    assert [row.count for row in proposed(org)] == [5]


def test_each_organisation_is_its_own(org, other_org, happens, ci, incident):
    theirs = ci("web-1", org=other_org)
    happens()
    happens()
    for _ in range(3):
        incident("Disk is full", actor=powerful(other_org), affected_cis=[theirs])
    find_recurring()
    assert proposed(org) == []
    assert [row.ci for row in proposed(other_org)] == [theirs]


def test_what_fails_is_tried_five_times_and_holds_up_nobody(org, other_org, happens, incident, ci, monkeypatch):
    for _ in range(3):
        happens()
    theirs = ci("web-1", org=other_org)
    for _ in range(3):
        incident("Disk is full", actor=powerful(other_org), affected_cis=[theirs])
    propose = recurrence.propose_on

    def fail(item):
        if item.org_id == org.id:
            raise RuntimeError
        return propose(item)

    monkeypatch.setattr(recurrence, "propose_on", fail)
    find_recurring()
    assert (len(proposed(other_org)), waiting()) == (1, 3)
    for _ in range(5):
        find_recurring()
    assert waiting() == 0


class TestAccepting:
    @pytest.fixture
    def proposal(self, org, happens):
        for _ in range(3):
            happens(services=["shop"])
        find_recurring()
        return proposed(org)[0]

    def test_it_becomes_a_problem_with_its_incidents(self, org, anyone, proposal, host):
        problem = accept_proposal(actor=anyone, proposal=proposal.pk)
        with org_scope(org):
            assert len(linked_incidents(problem)) == 3
        assert problem.title == "Disk is full 3 %"
        assert (problem.symptoms, problem.affected_names, problem.services) == ("disk is full", ["web-1"], ["shop"])
        assert stream(problem)[0].payload["recurrence"] == {
            "id": str(proposal.pk),
            "signature": "title: disk is full",
            "ci": str(host.pk),
        }
        row = anew(proposal)
        assert (row.state, row.problem_id, row.decided_by) == ("accepted", problem.pk, "tests")

    def test_it_may_have_a_title_and_an_owner(self, anyone, proposal):
        problem = accept_proposal(actor=anyone, proposal=str(proposal.pk), title="Logs fill disks", owner="Grace")
        assert (problem.title, problem.owner_name) == ("Logs fill disks", "Grace")

    def test_it_is_decided_once(self, anyone, proposal):
        accept_proposal(actor=anyone, proposal=proposal)
        for decide in (accept_proposal, dismiss_proposal):
            with pytest.raises(Conflict) as refusal:
                decide(actor=anyone, proposal=proposal)
            assert refusal.value.code == "decided"

    def test_what_the_problem_covers_is_not_proposed_again(self, org, anyone, proposal, happens):
        problem = accept_proposal(actor=anyone, proposal=proposal)
        for status in ("investigating", "known_error"):
            for _ in range(3):
                happens()
            find_recurring()
            assert proposed(org) == []
            if status == "investigating":
                update_problem(actor=anyone, problem=problem, changes={"root_cause": "Logs", "status": "known_error"})

    def test_once_it_is_resolved_it_takes_as_many_new_ones(self, org, anyone, proposal, happens):
        problem = accept_proposal(actor=anyone, proposal=proposal)
        resolve(actor=anyone, problem=problem, resolution="Bigger disks")
        happens()
        happens()
        find_recurring()
        assert proposed(org) == []
        happens()
        find_recurring()
        assert [row.count for row in proposed(org)] == [3]
        change_status(actor=anyone, problem=problem, to="investigating")

    def test_incidents_taken_off_a_problem_count_again(self, org, anyone, proposal, happens):
        problem = accept_proposal(actor=anyone, proposal=proposal)
        with org_scope(org):
            rows = linked_incidents(problem)
        unlink_incidents(actor=anyone, problem=problem, incidents=rows)
        resolve(actor=anyone, problem=problem, resolution="It was none")
        happens()
        find_recurring()
        assert [row.count for row in proposed(org)] == [4]


class TestDismissing:
    @pytest.fixture
    def proposal(self, org, happens, clock):
        for _ in range(3):
            happens()
        find_recurring()
        return proposed(org)[0]

    def test_it_stays_away_until_then(self, org, anyone, proposal, happens, clock):
        until = START + timedelta(days=3)
        row = dismiss_proposal(actor=anyone, proposal=proposal, mute_until=until, reason="Backups")
        assert (row.state, row.mute_until, row.reason) == ("dismissed", until, "Backups")
        happens()
        find_recurring()
        assert proposed(org) == []
        clock.shift(timedelta(days=4))
        happens()
        find_recurring()
        (again,) = proposed(org)
        assert (again.count, again.pk == proposal.pk) == (5, False)

    @pytest.mark.parametrize("days", [-1, 0, 5000])
    def test_the_time_must_be_yet_to_come(self, days, anyone, proposal):
        with pytest.raises(Invalid) as refusal:
            dismiss_proposal(actor=anyone, proposal=proposal, mute_until=START + timedelta(days=days))
        assert refusal.value.fields[0].field == "mute_until"

    def test_it_is_muted_for_a_month_unless_told(self, anyone, proposal):
        assert dismiss_proposal(actor=anyone, proposal=proposal).mute_until == START + timedelta(days=30)


def test_theirs_do_not_exist(anyone, other_org, ci, incident):
    theirs = ci("web-1", org=other_org)
    for _ in range(3):
        incident("Disk is full", actor=powerful(other_org), affected_cis=[theirs])
    find_recurring()
    (row,) = proposed(other_org)
    for ident in (row, row.pk, str(row.pk), "nonsense"):
        for decide in (accept_proposal, dismiss_proposal):
            with pytest.raises(NotFound):
                decide(actor=anyone, proposal=ident)
    assert RecurrenceProposal.all_orgs_unsafe.get().state == "pending"

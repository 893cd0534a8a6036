from uuid import uuid4

import pytest

from changes.commands import create_change
from incidents.commands import change_status as step_incident
from orgs.errors import Conflict, Invalid
from orgs.tenancy import org_scope
from problems.commands import (
    link_fixing_change,
    link_incidents,
    resolve,
    resolve_linked_incidents,
    unlink_fixing_change,
    unlink_incidents,
    update_problem,
)
from problems.commands.fields import MOST_INCIDENTS
from problems.queries import fixed_by, fixing_changes, linked_incidents, problems_of
from tests.problems.staging import anew, found, powerful, stream, types


def linked(row):
    with org_scope(row.org_id):
        return {incident.reference for incident in linked_incidents(row)}


def said_by(incident):
    return [(link["kind"], link["reference"], link["title"]) for link in anew(incident).links]


class TestIncidents:
    def test_each_record_says_it_from_its_side(self, anyone, problem, incident, inside):
        first, second = incident(), incident()
        row = link_incidents(actor=anyone, problem=problem, incidents=[first.reference.lower(), second.pk])
        assert linked(row) == {first.reference, second.reference}
        assert row.incident_count == 2
        for told in (first, second):
            assert said_by(told) == [("problem", row.reference, "Disks fill")]
            assert types(told)[1:] == ["INCIDENT_LINKED"]
            assert problems_of(told) == [row]

    def test_unlinking_takes_it_off_both(self, anyone, problem, incident):
        first, second = incident(), incident()
        link_incidents(actor=anyone, problem=problem, incidents=[first, second])
        row = unlink_incidents(actor=anyone, problem=problem, incidents=[first])
        assert (linked(row), row.incident_count) == ({second.reference}, 1)
        assert said_by(first) == []
        assert said_by(second)

    def test_once_more_is_no_change(self, anyone, problem, incident):
        one = incident()
        link_incidents(actor=anyone, problem=problem, incidents=[one, one.reference])
        assert link_incidents(actor=anyone, problem=problem, incidents=[one]).version == 2
        unlink_incidents(actor=anyone, problem=problem, incidents=[one])
        assert unlink_incidents(actor=anyone, problem=problem, incidents=[one]).version == 3
        assert anew(one).version == 3

    def test_an_incident_may_have_several_problems(self, anyone, incident, inside):
        one, rows = incident(), [found(anyone), found(anyone)]
        for row in rows:
            link_incidents(actor=anyone, problem=row, incidents=[one])
        assert set(problems_of(one)) == set(rows)
        unlink_incidents(actor=anyone, problem=rows[0], incidents=[one])
        assert problems_of(one) == [rows[1]]

    def test_a_new_problem_may_begin_with_them(self, anyone, incident):
        one = incident()
        row = found(anyone, linked_incidents=[one.reference])
        assert linked(row) == {one.reference}
        assert said_by(one) == [("problem", row.reference, "Disks fill")]

    def test_an_update_says_all_that_there_will_be(self, anyone, problem, incident):
        first, second, third = incident(), incident(), incident()
        link_incidents(actor=anyone, problem=problem, incidents=[first, second])
        row = update_problem(actor=anyone, problem=problem, changes={"linked_incidents": [second.pk, third.reference]})
        assert linked(row) == {second.reference, third.reference}
        assert (said_by(first), bool(said_by(third))) == ([], True)
        again = update_problem(actor=anyone, problem=problem, changes={"linked_incidents": [third, second]})
        assert again.version == row.version

    def test_unknown_ones_are_named_and_nothing_is_written(self, anyone, problem, incident, other_org):
        theirs = incident(actor=powerful(other_org))
        unknown = str(uuid4())
        mine = [incident(), incident()]
        for call in (
            lambda idents: link_incidents(actor=anyone, problem=problem, incidents=idents),
            lambda idents: update_problem(actor=anyone, problem=problem, changes={"linked_incidents": idents}),
            lambda idents: found(anyone, linked_incidents=idents),
        ):
            with pytest.raises(Invalid) as refusal:
                call([mine[0], unknown, str(theirs.pk), "nonsense", theirs])
            assert {error.code for error in refusal.value.fields} == {"not_found"}
            assert len(refusal.value.fields) == 4
        assert (anew(problem).version, said_by(mine[0])) == (1, [])

    def test_there_is_an_end_to_them(self, anyone, problem):
        with pytest.raises(Invalid) as refusal:
            link_incidents(actor=anyone, problem=problem, incidents=[uuid4() for _ in range(MOST_INCIDENTS + 1)])
        assert refusal.value.fields[0].code == "items"


@pytest.fixture
def change(anyone):
    """`change()`: a draft change."""

    def make(title="Replace the disks", actor=anyone):
        return create_change(actor=actor, title=title, type="normal")

    return make


class TestFixingChanges:
    def test_a_change_is_named_and_taken_off(self, anyone, problem, change, inside):
        fix = change()
        row = link_fixing_change(actor=anyone, problem=problem, change=fix.reference)
        assert (fixing_changes(row), fixed_by(fix)) == ([fix], [row])
        assert link_fixing_change(actor=anyone, problem=problem, change=fix).version == row.version
        assert stream(row)[-1].payload == {"change_id": str(fix.pk), "reference": fix.reference, "title": fix.title}
        row = unlink_fixing_change(actor=anyone, problem=problem, change=fix)
        assert fixing_changes(row) == []
        assert unlink_fixing_change(actor=anyone, problem=problem, change=fix).version == row.version

    def test_an_update_says_all_that_there_will_be(self, anyone, problem, change, inside):
        first, second = change(), change()
        update_problem(actor=anyone, problem=problem, changes={"fixing_changes": [first]})
        row = update_problem(actor=anyone, problem=problem, changes={"fixing_changes": [second.reference]})
        assert fixing_changes(row) == [second]

    def test_resolving_may_name_it(self, anyone, problem, change, inside):
        fix = change()
        row = resolve(actor=anyone, problem=problem, resolution="Bigger disks", fixing_change=fix.reference)
        assert (row.status, fixing_changes(row)) == ("resolved", [fix])
        assert types(row)[1:] == ["PROBLEM_CHANGE_LINKED", "PROBLEM_RESOLVED"]

    def test_an_unknown_one_resolves_nothing(self, anyone, problem):
        with pytest.raises(Invalid):
            resolve(actor=anyone, problem=problem, resolution="Bigger disks", fixing_change="CRQ-20200101-001")
        assert anew(problem).status == "investigating"

    def test_theirs_are_unknown_here(self, anyone, problem, change, other_org):
        theirs = change(actor=powerful(other_org))
        for ident in (theirs, theirs.pk, uuid4(), "CRQ-20200101-001", "x"):
            with pytest.raises(Invalid) as refusal:
                link_fixing_change(actor=anyone, problem=problem, change=ident)
            assert [(error.field, error.code) for error in refusal.value.fields] == [("change", "not_found")]


class TestResolvingTheIncidents:
    @pytest.fixture
    def resolved(self, anyone, incident):
        """A resolved problem with a live, a mitigated, a resolved and a cancelled incident."""
        rows = [incident() for _ in range(4)]
        for row, status in zip(rows[1:], ("mitigated", "resolved", "cancelled"), strict=True):
            step_incident(actor=anyone, incident=row, to=status)
        problem = found(anyone, linked_incidents=rows)
        return resolve(actor=anyone, problem=problem, resolution="Bigger disks"), rows

    def test_those_that_can_be_are_and_the_others_are_named(self, anyone, resolved):
        problem, rows = resolved
        outcome = resolve_linked_incidents(actor=anyone, problem=problem)
        assert {ref["name"] for ref in outcome.resolved} == {rows[0].reference, rows[1].reference}
        assert {ref["name"]: why for ref, why in outcome.refused} == {
            rows[2].reference: "It is already resolved.",
            rows[3].reference: "From cancelled the next step may be none; not resolved.",
        }
        assert anew(rows[0]).resolution == f"{problem.reference} is resolved. Bigger disks"
        assert [anew(row).status for row in rows] == ["resolved", "resolved", "resolved", "cancelled"]
        event = stream(problem)[-1]
        assert event.type == "PROBLEM_INCIDENTS_RESOLVED"
        assert len(event.payload["resolved"]) == len(event.payload["refused"]) == 2

    def test_the_change_that_fixed_it_is_told(self, anyone, resolved, change, inside):
        problem, rows = resolved
        fix = change()
        resolve_linked_incidents(actor=anyone, problem=problem, fixing_change=fix.reference)
        assert fixing_changes(problem) == [fix]
        assert anew(rows[0]).resolution == f"{problem.reference} is resolved by {fix.reference}. Bigger disks"

    def test_they_may_be_told_something_else(self, anyone, resolved):
        problem, rows = resolved
        resolve_linked_incidents(actor=anyone, problem=problem, resolution="See the post-mortem")
        assert anew(rows[0]).resolution == "See the post-mortem"

    def test_an_unresolved_problem_resolves_nothing(self, anyone, problem, incident):
        one = incident()
        link_incidents(actor=anyone, problem=problem, incidents=[one])
        with pytest.raises(Conflict) as refusal:
            resolve_linked_incidents(actor=anyone, problem=problem)
        assert refusal.value.code == "not_resolved"
        assert anew(one).status == "open"

    def test_without_incidents_nothing_is_written(self, anyone, problem):
        row = resolve(actor=anyone, problem=problem, resolution="x")
        outcome = resolve_linked_incidents(actor=anyone, problem=row)
        assert (outcome.resolved, outcome.refused, anew(row).version) == ((), (), 2)

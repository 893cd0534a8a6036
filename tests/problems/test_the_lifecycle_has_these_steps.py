import pytest
from django.db import IntegrityError, transaction

from orgs.errors import Conflict, IllegalTransition, Invalid, Stale
from problems.commands import change_status, resolve, update_problem
from problems.models import Problem
from problems.states import STEPS, Status
from tests.problems.staging import anew, brought_to, found, known, stream, types

PAIRS = [(before, after) for before in Status.values for after in Status.values]


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_a_step_is_taken_exactly_where_the_table_says(before, after, anyone):
    row = brought_to(before, anyone)
    version = row.version
    if after in STEPS[before]:
        assert change_status(actor=anyone, problem=row, to=after, reason="x").status == after
        return
    with pytest.raises(IllegalTransition) as refusal:
        change_status(actor=anyone, problem=row, to=after)
    assert (refusal.value.current, refusal.value.requested) == (before, after)
    assert set(refusal.value.allowed) == set(STEPS[before])
    assert anew(row).version == version


def test_a_known_error_says_what_is_known(anyone, problem):
    with pytest.raises(Conflict) as refusal:
        change_status(actor=anyone, problem=problem, to="known_error")
    assert refusal.value.code == "nothing_known"
    assert anew(problem).status == "investigating"


@pytest.mark.parametrize("name", ["workaround", "root_cause"])
def test_a_workaround_or_a_cause_is_enough(name, anyone, problem):
    update_problem(actor=anyone, problem=problem, changes={name: "The cache"})
    row = change_status(actor=anyone, problem=problem, to="known_error")
    assert row.status == "known_error"
    assert row.known_since == stream(row)[-1].recorded_at


@pytest.mark.parametrize("name", ["workaround", "root_cause"])
def test_it_may_be_written_down_with_the_step(name, anyone, problem):
    changes = {"status": "known_error", name: "The cache"}
    row = update_problem(actor=anyone, problem=problem, changes=changes)
    assert row.status == "known_error"
    assert types(row)[1:] == ["PROBLEM_UPDATED", "PROBLEM_STATUS_CHANGED"]


@pytest.mark.parametrize("blank", ["", "  \n"])
def test_what_is_known_cannot_be_taken_from_a_known_error(blank, anyone):
    row = known(anyone)
    with pytest.raises(Conflict) as refusal:
        update_problem(actor=anyone, problem=row, changes={"workaround": blank})
    assert refusal.value.code == "nothing_known"
    changes = {"workaround": blank, "root_cause": "A leak"}
    assert update_problem(actor=anyone, problem=row, changes=changes).workaround == ""


def test_it_can_be_taken_with_the_step_back(anyone):
    row = update_problem(actor=anyone, problem=known(anyone), changes={"workaround": "", "status": "investigating"})
    assert (row.status, row.workaround, row.known_since) == ("investigating", "", None)


@pytest.mark.django_db(transaction=False)
def test_the_database_refuses_what_the_table_forbids(anyone, problem, tampering):
    rows = Problem.all_orgs_unsafe.filter(pk=problem.pk)
    for values in ({"status": "gone"}, {"status": "known_error"}, {"status": "resolved"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**values)


def test_resolving_takes_a_resolution(anyone, problem):
    with pytest.raises(Invalid) as refusal:
        resolve(actor=anyone, problem=problem, resolution=" ")
    assert [(error.field, error.code) for error in refusal.value.fields] == [("resolution", "required")]
    row = resolve(actor=anyone, problem=problem, resolution="Bigger disks")
    assert (row.status, row.resolution) == ("resolved", "Bigger disks")
    assert row.resolved_at == stream(row)[-1].recorded_at
    assert types(row)[-1] == "PROBLEM_RESOLVED"


@pytest.mark.parametrize("to", ["investigating", "known_error"])
def test_reopening_is_counted(to, anyone):
    row = brought_to("resolved", anyone)
    row = change_status(actor=anyone, problem=row, to=to, reason="It is back")
    assert (row.reopen_count, row.resolved_at, row.resolution) == (1, None, "")


def test_a_resolution_is_corrected_only_once_there_is_one(anyone, problem):
    with pytest.raises(Conflict) as refusal:
        update_problem(actor=anyone, problem=problem, changes={"resolution": "Done"})
    assert refusal.value.code == "not_resolved"
    resolve(actor=anyone, problem=problem, resolution="Bigger disks")
    row = update_problem(actor=anyone, problem=problem, changes={"resolution": "Faster disks"})
    assert row.resolution == "Faster disks"


def test_a_stale_reader_is_told(anyone, problem):
    with pytest.raises(Stale) as refusal:
        change_status(actor=anyone, problem=problem, to="resolved", expected_version=7)
    assert refusal.value.current_version == 1


def test_one_may_begin_anywhere(anyone):
    assert found(anyone, status="resolved", resolution="By the way").resolution == "By the way"
    row = known(anyone)
    assert types(row) == ["PROBLEM_CREATED", "PROBLEM_STATUS_CHANGED"]
    with pytest.raises(Invalid) as refusal:
        found(anyone, status="known_error")
    assert [(error.field, error.code) for error in refusal.value.fields] == [("workaround", "required")]

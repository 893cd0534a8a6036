from uuid import uuid4

import pytest

from orgs.errors import Conflict, Invalid
from orgs.tenancy import org_scope
from problems.commands import record_workaround_use
from problems.queries import uses_of
from tests.problems.staging import anew, known, powerful, stream


@pytest.fixture
def error(anyone):
    """A known error with a workaround."""
    return known(anyone)


def counts(row):
    row = anew(row)
    return row.workaround_used, row.workaround_helped


@pytest.mark.parametrize(
    ("answers", "counted"),
    [
        ([None], (1, 0)),
        ([True], (1, 1)),
        ([False], (1, 0)),
        ([None, True], (1, 1)),
        ([True, False], (1, 0)),
        ([False, True], (1, 1)),
        ([True, None], (1, 1)),
        ([True, True, True], (1, 1)),
        ([True, False, None, True], (1, 1)),
    ],
)
def test_each_incident_counts_once_with_its_last_answer(answers, counted, anyone, error, incident):
    one = incident()
    for helped in answers:
        record_workaround_use(actor=anyone, problem=error, incident=one.reference, helped=helped)
    assert counts(error) == counted
    with org_scope(error.org_id):
        assert [use.incident for use in uses_of(error)] == [one]


def test_several_incidents_add_up(anyone, error, incident):
    for helped in (True, True, False, None):
        record_workaround_use(actor=anyone, problem=error, incident=incident(), helped=helped)
    assert counts(error) == (4, 2)


def test_what_was_said_before_is_kept(anyone, error, incident):
    one = incident()
    for helped in (None, True):
        record_workaround_use(actor=anyone, problem=error, incident=one, helped=helped)
    first, second = (event.payload for event in stream(error)[-2:])
    assert (first["first"], first["before"], first["helped"]) == (True, None, None)
    assert (second["first"], second["before"], second["helped"]) == (False, None, True)
    assert first["use_id"] == second["use_id"]


def test_the_same_answer_twice_is_no_change(anyone, error, incident):
    one = incident()
    row = record_workaround_use(actor=anyone, problem=error, incident=one, helped=True)
    assert record_workaround_use(actor=anyone, problem=error, incident=one, helped=True).version == row.version


def test_there_must_be_a_workaround(anyone, problem, incident):
    with pytest.raises(Conflict) as refusal:
        record_workaround_use(actor=anyone, problem=problem, incident=incident(), helped=True)
    assert refusal.value.code == "no_workaround"


@pytest.mark.parametrize("helped", [1, "yes", 0])
def test_an_answer_is_yes_or_no(helped, anyone, error, incident):
    with pytest.raises(Invalid) as refusal:
        record_workaround_use(actor=anyone, problem=error, incident=incident(), helped=helped)
    assert refusal.value.fields[0].field == "helped"


def test_their_incidents_are_unknown_here(anyone, error, incident, other_org):
    theirs = incident(actor=powerful(other_org))
    for ident in (theirs, theirs.pk, uuid4(), "INC-20200101-001"):
        with pytest.raises(Invalid) as refusal:
            record_workaround_use(actor=anyone, problem=error, incident=ident, helped=True)
        assert [(fault.field, fault.code) for fault in refusal.value.fields] == [("incident", "not_found")]

import pytest

from changes.commands import edit_change, execute_change, vote
from changes.models import ChangeEvent
from changes.projections import _HANDLERS
from changes.wording import _WORDS, actor_words, describe
from tests.changes.doors import DOORS
from tests.changes.staging import anew, brought_to, pending, ready, somebody, stream


def said(row):
    return [describe(event) for event in stream(row)]


def test_every_event_has_words():
    assert set(_WORDS) == set(_HANDLERS)


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
def test_what_every_command_leaves_can_be_read(door, org, anyone):
    row = brought_to(door.state, org)
    door.ready(anyone, row)
    door.open(somebody(org), row)
    assert all(words and "CHANGE_" not in words and "None" not in words for words in said(anew(row)))


def test_what_was_done_is_told_with_its_reason(org, anyone):
    voter = somebody(org)
    row = vote(actor=voter, change=pending(anyone), decision="approve", comment="Fine")
    row = edit_change(actor=anyone, change=row, changes={"test_plan": "Look"}, reopen=True, reason="The other was lost")
    assert said(row)[2:] == [
        "approved in the stage Peer: Fine",
        "so it is approved by Built in",
        "took it back to draft for an edit of the test plan (1 vote no longer counts): The other was lost",
        "changed the test plan",
    ]


def test_an_emergency_says_until_when_it_is_to_be_approved(anyone):
    row = execute_change(actor=anyone, change=ready(anyone, type="emergency"))
    assert said(row)[-1].startswith("began to carry it out, to be approved until 2")


def test_a_rule_is_named_as_one_and_an_unknown_event_by_its_code(anyone):
    event = stream(ready(anyone))[0]
    assert actor_words(event) == "The rule tests"
    assert describe(ChangeEvent(type="CHANGE_PAINTED")) == "CHANGE_PAINTED"

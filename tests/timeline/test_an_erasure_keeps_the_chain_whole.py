import pytest
from django.core.management import CommandError, call_command

from incidents.commands import acknowledge, add_note
from orgs.authentication import actor_for_user
from orgs.models import User
from tests.incidents.staging import opened, stream
from tests.timeline.forging import rewrite
from timeline.erasure import erase_person
from timeline.verify import verify


@pytest.fixture
def written(org, user_with, engineer):
    """An incident with notes of two people."""
    person = user_with("ONCALL_ENGINEER", username="robin")
    actor = actor_for_user(person, org)
    row = opened(engineer)
    add_note(actor=actor, incident=row, text="My daughter is ill, Sam takes over")
    acknowledge(actor=actor, incident=row)
    add_note(actor=engineer, incident=row, text="Taken over")
    return row


def test_the_name_and_the_texts_of_the_person_are_gone(org, written):
    person = User.objects.get(username="robin")
    assert erase_person(org, user_id=person.pk) == 2
    note, step = stream(written)[1:3]
    assert note.text("text") is None
    assert [note.actor_name, step.actor_name] == [f"user {person.pk}"] * 2
    assert "daughter" not in str([event.__dict__ for event in stream(written)])


def test_the_chain_the_sequence_and_the_row_stay_whole(org, written):
    erase_person(org, user_id=User.objects.get(username="robin").pk)
    assert list(verify(org)) == []


def test_what_others_wrote_stays(org, written, engineer):
    erase_person(org, user_id=User.objects.get(username="robin").pk)
    last = stream(written)[-1]
    assert (last.text("text"), last.actor_name) == ("Taken over", engineer.name)


def test_what_happened_stays_known(org, written):
    person = User.objects.get(username="robin")
    erase_person(org, user_id=person.pk)
    step = stream(written)[2]
    assert (step.payload["after"], step.actor_ref) == ("acknowledged", str(person.pk))


def test_other_organisations_keep_their_own(org, other_org, written, user_with):
    from orgs.commands import add_member

    person = User.objects.get(username="robin")
    add_member(actor=None, org=other_org, user=person, roles=["MEMBER"])
    elsewhere = opened(actor_for_user(person, other_org))
    erase_person(org, user_id=person.pk)
    assert stream(elsewhere)[0].actor_name == "Robin"


def test_erasing_twice_changes_nothing(org, written):
    person = User.objects.get(username="robin")
    erase_person(org, user_id=person.pk)
    assert erase_person(org, user_id=person.pk) == 0


def test_another_text_in_the_place_of_an_erased_one_is_found(org, written):
    erase_person(org, user_id=User.objects.get(username="robin").pk)
    rewrite(written, 2, personal={"salt": "00" * 16, "values": {"actor_name": "Robin", "text": "It was my fault"}})
    assert [fault.seq for fault in verify(org)] == [2]


def test_the_command_says_how_many(org, written, capsys):
    call_command("ledger", "erase", "--org", "acme", "--user", "robin")
    assert capsys.readouterr().out == "The personal text of 2 events is erased.\n"


def test_the_command_names_a_user_that_does_not_exist(org):
    with pytest.raises(CommandError, match="There is no user nobody"):
        call_command("ledger", "erase", "--org", "acme", "--user", "nobody")

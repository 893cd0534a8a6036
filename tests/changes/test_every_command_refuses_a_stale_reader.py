import pytest

from changes.commands import add_note
from orgs.errors import Stale
from tests.changes.doors import DOORS
from tests.changes.staging import anew, brought_to, somebody


@pytest.mark.parametrize("door", [door for door in DOORS if door.versioned], ids=lambda door: door.name)
def test_who_read_an_older_version_is_told_the_present_one(door, org, anyone):
    row = brought_to(door.state, org)
    door.ready(anyone, row)
    read = anew(row).version
    add_note(actor=anyone, change=row, text="meanwhile")
    person = somebody(org)
    with pytest.raises(Stale) as refusal:
        door.open(person, row, expected_version=read)
    assert refusal.value.current_version == read + 1 == anew(row).version
    door.open(person, row, expected_version=read + 1)

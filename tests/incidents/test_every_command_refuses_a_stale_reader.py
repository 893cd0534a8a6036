import pytest

from incidents.commands import add_tag, link_incidents, unlink_incidents
from orgs.errors import Stale
from tests.incidents.doors import DOORS
from tests.incidents.staging import anew, brought_to, opened


@pytest.mark.parametrize("door", [door for door in DOORS if door.versioned], ids=lambda door: door.name)
def test_who_read_an_older_version_is_told_the_present_one(door, org, anyone):
    row = brought_to(door.state, org)
    door.ready(anyone, row)
    read = anew(row).version
    add_tag(actor=anyone, incident=row, tag="meanwhile")
    with pytest.raises(Stale) as refusal:
        door.open(anyone, row, expected_version=read)
    assert refusal.value.current_version == read + 1 == anew(row).version
    door.open(anyone, row, expected_version=read + 1)


@pytest.mark.parametrize("command", [link_incidents, unlink_incidents])
def test_so_do_the_two_that_take_another_incident(command, anyone):
    near, far = opened(anyone), opened(anyone)
    if command is unlink_incidents:
        link_incidents(actor=anyone, incident=near, other=far)
    add_tag(actor=anyone, incident=far, tag="of no concern")
    add_tag(actor=anyone, incident=near, tag="meanwhile")
    read = anew(near).version - 1
    with pytest.raises(Stale):
        command(actor=anyone, incident=near, other=far, expected_version=read)
    command(actor=anyone, incident=near, other=far, expected_version=read + 1)

import pytest

from tests.changes.doors import DOORS
from tests.changes.staging import anew, brought_to, somebody, stream


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
def test_it_leaves_its_events_and_returns_the_row_as_it_stands(door, org, anyone):
    row = brought_to(door.state, org)
    door.ready(anyone, row)
    before = anew(row).version
    person = somebody(org)
    returned = door.open(person, row)
    events = stream(row)[before:]
    assert tuple(event.type for event in events) == door.leaves
    assert {(event.actor_ref, event.actor_name) for event in events} == {(person.ref, person.name)}
    assert returned.version == anew(row).version == before + len(door.leaves)
    assert returned.state() == anew(row).state()


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
@pytest.mark.parametrize("name", ["pk", "reference"])
def test_the_change_may_be_named_by_id_or_reference(door, name, org, anyone):
    row = brought_to(door.state, org)
    door.ready(anyone, row)
    ident = getattr(row, name)
    door.open(somebody(org), ident if name == "reference" else str(ident))
    assert stream(row)[-1].type == door.leaves[-1]

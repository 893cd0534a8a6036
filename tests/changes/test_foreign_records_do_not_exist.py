import pytest

from changes.commands import create_change, edit_change, save_template, vote
from changes.queries import ChangeFilter, awaiting, changes, facets, find_change, overdue_approvals, reviews_due
from cmdb.commands import create_ci
from orgs.errors import Invalid, NotFound
from orgs.tenancy import org_scope
from tests.changes.doors import DOORS
from tests.changes.staging import anew, pending, powerful, ready, somebody

NEVER = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def stranger(other_org):
    """Somebody of the other organisation who may do everything there."""
    return powerful(other_org)


@pytest.fixture
def foreign(stranger):
    """A change of the other organisation, with a reference that the first one does not have."""
    for _ in range(3):
        row = pending(stranger, title="Secret of Globex")
    return row


def refusal_of(call):
    with pytest.raises(NotFound) as refusal:
        call()
    return refusal.value.status, refusal.value.code, refusal.value.detail


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
def test_every_command_answers_as_if_they_had_never_been(door, org, foreign):
    actor = somebody(org)
    version = foreign.version
    absent = refusal_of(lambda: door.open(actor, NEVER))
    for ident in (foreign, foreign.pk, str(foreign.pk), foreign.reference):
        assert refusal_of(lambda ident=ident: door.open(actor, ident)) == absent
    assert anew(foreign).version == version


def test_nothing_is_done_to_items_of_others(anyone, stranger):
    theirs = create_ci(actor=stranger, name="theirs", kind="server")
    mine = ready(anyone)
    for ident in (theirs, theirs.pk, "theirs"):
        for call in (
            lambda ident=ident: create_change(actor=anyone, title="Mine", affected_cis=[ident]),
            lambda ident=ident: edit_change(actor=anyone, change=mine, changes={"affected_cis": [ident]}),
        ):
            with pytest.raises(Invalid) as refusal:
                call()
            assert {(error.field, error.code) for error in refusal.value.fields} == {("affected_cis", "not_found")}


def test_no_template_of_theirs_is_used(anyone, stranger):
    template = save_template(actor=stranger, name="Theirs", title="Restart")
    for ident in (template, template.pk, "Theirs"):
        assert refusal_of(lambda ident=ident: create_change(actor=anyone, title="Mine", template=ident))[0] == 404


def test_no_seat_is_handed_to_them(org, other_org, anyone, user_with):
    row = pending(anyone)
    outsider = user_with("CHANGE_APPROVER", org=other_org)
    with pytest.raises(Invalid) as refusal:
        vote(actor=somebody(org), change=row, decision="delegate", delegate_to=outsider.username)
    assert refusal.value.fields[0].code == "not_found"


def test_no_list_shows_them(org, foreign, other_org):
    with org_scope(org):
        assert list(changes()) == list(changes(ChangeFilter(q="Secret"))) == []
        assert awaiting(somebody(org)) == overdue_approvals() == reviews_due() == []
        assert not any(facets(ChangeFilter()).values())
        for ident in (foreign, foreign.pk, foreign.reference):
            with pytest.raises(NotFound):
                find_change(ident)
    with org_scope(other_org):
        assert find_change(foreign.reference) == foreign

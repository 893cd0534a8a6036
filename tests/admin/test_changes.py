import re

import pytest

from changes.commands import submit_change
from orgs.roles import Role
from tests.admin.conftest import sentences
from tests.changes.staging import pending, ready

ALL = tuple(Role.values)


@pytest.fixture
def change(lead):
    return ready(lead)


def shown_hash(page):
    return re.search(r'name="evidence_hash"[^>]*value="([0-9a-f]{64})"', page.content.decode()).group(1)


def test_the_whole_life_can_be_lived_by_buttons(desk, change, fresh):
    there = desk(*ALL)
    for command, values in (
        ("submit", {"comment": "Please"}),
        ("reopen", {"reason": "A word is missing"}),
        ("submit", {}),
        ("ask", {"comment": "Which rack?"}),
        ("note", {"text": "The third"}),
        ("approve", {"comment": "Fine"}),
        ("execute", {}),
        ("fail", {"rolled_back": "All of it"}),
        ("review", {"note": "Label the cables"}),
    ):
        response = there.do(fresh(change), command, **values)
        assert response.status_code == 302, (command, sentences(response))
    row = fresh(change)
    assert (row.status, row.outcome, row.review_note) == ("failed", "All of it", "Label the cables")
    assert there.told(there.do(row, "verify"))[-1].startswith("Ledger verified")


def test_approvers_see_the_evidence_and_vote_on_what_they_saw(desk, lead, fresh):
    row = pending(lead, title="Replace the core switch")
    there = desk(Role.CHANGE_APPROVER)
    page = there.get("changes_change_change", row.pk)
    for text in ("Replace the core switch", "Computed risk: low.", "Peer: open, takes 1", "asked for approval"):
        assert text in page.content.decode()
    refused = there.do(row, "approve", evidence_hash="0" * 64)
    assert (refused.status_code, fresh(row).status) == (409, "pending_approval")
    assert there.do(row, "approve", evidence_hash=shown_hash(page), comment="Fine").status_code == 302
    assert fresh(row).status == "approved"


def test_a_rejection_says_why(desk, lead, fresh):
    row = pending(lead)
    there = desk(Role.CHANGE_APPROVER)
    assert there.do(row, "reject").status_code == 400
    assert there.do(row, "reject", comment="Not on a Friday").status_code == 302
    assert (fresh(row).status, fresh(row).rejection) == ("draft", "Not on a Friday")


def test_the_queue_holds_what_waits_for_ones_vote(desk, lead, change):
    mine, own = pending(lead, title="For others"), desk(*ALL)
    page = own.get("changes_change_changelist", vote="mine").content.decode()
    assert mine.reference in page
    assert change.reference not in page


def test_nobody_is_offered_a_vote_on_their_own(desk, fresh):
    there = desk(*ALL)
    from orgs.authentication import actor_for_user

    actor = actor_for_user(there.user, there.org)
    row = submit_change(actor=actor, change=ready(actor))
    assert 'name="evidence_hash"' not in there.get("changes_change_change", row.pk).content.decode()
    assert there.do(row, "approve").status_code == 403
    assert fresh(row).status == "pending_approval"
    assert row.reference not in there.get("changes_change_changelist", vote="mine").content.decode()

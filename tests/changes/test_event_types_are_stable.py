"""Codes and members of payloads stand in every stream that was ever written: they may be added to, never changed."""

from dataclasses import fields

import pytest

from changes import events
from changes.models import ChangeEvent
from changes.projections import _HANDLERS
from timeline.payloads import _codes, code_of

MEMBERS = {
    "CHANGE_CREATED": (
        "affected_cis assigned_team_id assigned_to assignee_id assignee_name description implementation_plan "
        "ref_number reference requested_by requester_id requesters risk risk_computed risk_factors risk_reason "
        "rollback_plan scheduled_at scheduled_end source tags template test_plan title type"
    ),
    "CHANGE_UPDATED": "changes",
    "CHANGE_RESCHEDULED": "after_at after_end before_at before_end",
    "CHANGE_CIS_CHANGED": "after before",
    "CHANGE_ASSIGNED": "after assigned_team_id assignee_id assignee_name before",
    "CHANGE_RISK_CHANGED": "after before computed computed_before factors reason",
    "CHANGE_LINKED": "kind record record_id reference title",
    "CHANGE_UNLINKED": "kind record record_id reference",
    "CHANGE_NOTE_ADDED": "text",
    "CHANGE_SUBMITTED": "approval before comment conflict_reason evidence evidence_hash",
    "CHANGE_CONFLICTS_ACCEPTED": "after before conflicts",
    "CHANGE_VOTE_CAST": "comment decision evidence evidence_hash stage stage_name voter voter_name",
    "CHANGE_VOTE_DELEGATED": "comment delegate delegate_name stage stage_name voter voter_name",
    "CHANGE_QUESTION_ASKED": "question stage stage_name voter voter_name",
    "CHANGE_APPROVED": "after before by",
    "CHANGE_REJECTED": "after before by reason review_due_at stage_name",
    "CHANGE_REOPENED": "before fields reason votes",
    "CHANGE_STARTED": "approve_by before override_reason",
    "CHANGE_COMPLETED": "outcome review_due_at",
    "CHANGE_FAILED": "outcome review_due_at",
    "CHANGE_CANCELLED": "before reason",
    "CHANGE_REVIEWED": "note",
}
OURS = {code: cls for code, cls in _codes.items() if cls.__module__ == events.__name__}


def test_every_one_is_folded():
    assert set(_HANDLERS) == set(OURS) == set(MEMBERS)


@pytest.mark.parametrize("code", MEMBERS)
def test_the_members_of_the_payload_are_kept(code):
    assert sorted(field.name for field in fields(OURS[code])) == MEMBERS[code].split()


def test_every_code_fits_its_column_and_is_of_the_first_version():
    longest = ChangeEvent._meta.get_field("type").max_length
    assert all(len(code) <= longest for code in OURS)
    assert {code_of(cls.__new__(cls))[1] for cls in OURS.values()} == {1}

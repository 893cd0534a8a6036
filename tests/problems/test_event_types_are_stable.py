"""Codes and members of payloads stand in every stream that was ever written: they may be added to, never changed."""

from dataclasses import fields

import pytest

from problems import events
from problems.models import ProblemEvent
from problems.projections import _HANDLERS
from timeline.payloads import _codes, code_of

MEMBERS = {
    "PROBLEM_CREATED": (
        "affected_cis assigned_team_id assigned_to assignee_id assignee_name description owner_id owner_name recurrence "
        "ref_number reference root_cause services symptoms title workaround"
    ),
    "PROBLEM_UPDATED": "changes",
    "PROBLEM_STATUS_CHANGED": "after before reason",
    "PROBLEM_RESOLVED": "before resolution",
    "PROBLEM_ASSIGNED": "after assigned_team_id assignee_id assignee_name before",
    "PROBLEM_OWNER_CHANGED": "after before owner_id",
    "PROBLEM_CIS_CHANGED": "after before",
    "PROBLEM_INCIDENT_LINKED": "incident_id reference title",
    "PROBLEM_INCIDENT_UNLINKED": "incident_id reference",
    "PROBLEM_CHANGE_LINKED": "change_id reference title",
    "PROBLEM_CHANGE_UNLINKED": "change_id reference",
    "PROBLEM_NOTE_ADDED": "text",
    "PROBLEM_WORKAROUND_USED": "before first helped incident_id reference use_id",
    "PROBLEM_INCIDENTS_RESOLVED": "refused resolved",
}
OURS = {code: cls for code, cls in _codes.items() if cls.__module__ == events.__name__}


def test_every_one_is_known_and_folded():
    assert set(OURS) == set(MEMBERS) == set(_HANDLERS)


@pytest.mark.parametrize("code", MEMBERS)
def test_the_members_of_the_payload_are_kept(code):
    assert sorted(field.name for field in fields(OURS[code])) == MEMBERS[code].split()
    assert code_of(OURS[code].__new__(OURS[code])) == (code, 1)
    assert len(code) <= ProblemEvent._meta.get_field("type").max_length

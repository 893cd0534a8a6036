"""Codes and members of payloads stand in every stream that was ever written: they may be added to, never changed."""

from dataclasses import fields

import pytest

from incidents import events
from incidents.models import IncidentEvent
from incidents.projections import _HANDLERS
from timeline.payloads import _codes, code_of, known_codes

SEED = {
    "INCIDENT_CREATED",
    "INCIDENT_UPDATED",
    "INCIDENT_STATUS_CHANGED",
    "INCIDENT_SEVERITY_CHANGED",
    "INCIDENT_TAG_ADDED",
    "INCIDENT_TAG_REMOVED",
    "INCIDENT_SIGNAL_INGESTED",
    "INCIDENT_NOTE_ADDED",
    "INCIDENT_PLAYBOOK_ACTION_EXECUTED",
    "INCIDENT_SLO_VIOLATION_RECORDED",
    "INCIDENT_LINKED_TO_TICKET",
    "INCIDENT_RESOLVED",
}
BEYOND = {
    "INCIDENT_ASSIGNED",
    "INCIDENT_CIS_CHANGED",
    "INCIDENT_HELD",
    "INCIDENT_RELEASED",
    "INCIDENT_ROOT_CAUSE_RECORDED",
    "INCIDENT_LINKED",
    "INCIDENT_UNLINKED",
    "INCIDENT_SIGNAL_CLEARED",
    "INCIDENT_SLA_WARNED",
    "INCIDENT_SLA_BREACHED",
    "INCIDENT_IMPACT_ASSESSED",
}
MEMBERS = {
    "INCIDENT_CREATED": (
        "affected_cis assigned_team_id assigned_to assignee_id assignee_name correlation_keys description detected_by "
        "environment impact_started_at links project_id ref_number reference runbook_path service_name services "
        "severity source tags targets title"
    ),
    "INCIDENT_UPDATED": "changes",
    "INCIDENT_STATUS_CHANGED": "after before merged_into reason",
    "INCIDENT_RESOLVED": "before resolution root_cause",
    "INCIDENT_SEVERITY_CHANGED": "after before reason targets",
    "INCIDENT_ASSIGNED": "after assigned_team_id assignee_id assignee_name before",
    "INCIDENT_CIS_CHANGED": "after before",
    "INCIDENT_TAG_ADDED": "tag",
    "INCIDENT_TAG_REMOVED": "tag",
    "INCIDENT_SIGNAL_INGESTED": (
        "correlation_key data environment firing key service_name signal_id signal_type source summary trace_id ts"
    ),
    "INCIDENT_SIGNAL_CLEARED": "key signal_id summary ts",
    "INCIDENT_NOTE_ADDED": "kind text",
    "INCIDENT_PLAYBOOK_ACTION_EXECUTED": "action_id details kind label",
    "INCIDENT_SLO_VIOLATION_RECORDED": (
        "details error_budget_consumed slo_id threshold_breached violation_id window_end window_start"
    ),
    "INCIDENT_LINKED_TO_TICKET": "platform ticket url",
    "INCIDENT_LINKED": "incident_id kind reference title",
    "INCIDENT_UNLINKED": "incident_id kind reference",
    "INCIDENT_HELD": "note reason",
    "INCIDENT_RELEASED": "note",
    "INCIDENT_ROOT_CAUSE_RECORDED": "after before",
    "INCIDENT_SLA_WARNED": "clock due_at late_by percent",
    "INCIDENT_SLA_BREACHED": "clock due_at late_by",
    "INCIDENT_IMPACT_ASSESSED": "impact",
}
OURS = {code: cls for code, cls in _codes.items() if cls.__module__ == events.__name__}


def test_the_twelve_of_the_seed_and_those_of_the_lifecycle_are_there():
    assert set(OURS) == SEED | BEYOND
    assert len(SEED) == 12
    assert set(known_codes()) >= SEED


def test_every_one_is_folded():
    assert set(_HANDLERS) == set(OURS)


@pytest.mark.parametrize("code", MEMBERS)
def test_the_members_of_the_payload_are_kept(code):
    assert sorted(field.name for field in fields(OURS[code])) == MEMBERS[code].split()


def test_every_code_fits_its_column_and_is_of_the_first_version():
    longest = IncidentEvent._meta.get_field("type").max_length
    assert all(len(code) <= longest for code in OURS)
    assert {version for _, version in map(_version, OURS.values())} == {1}


def _version(cls):
    return code_of(cls.__new__(cls))

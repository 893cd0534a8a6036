from datetime import UTC, datetime

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from incidents.admin.buttons import BUTTONS
from incidents.commands import acknowledge, add_tag, change_status, link_incidents
from incidents.models import Incident, IncidentEvent
from incidents.queries import find_incident
from orgs.roles import Role
from orgs.tenancy import org_scope
from tests.admin.conftest import sentences

ALL = tuple(Role.values)


def stream(incident):
    with org_scope(incident.org_id):
        return list(IncidentEvent.objects.filter(aggregate=incident).order_by("seq").values_list("type", flat=True))


def offered(there, incident):
    html = there.get("incidents_incident_change", incident.pk).content.decode()
    return {button.name for button in BUTTONS if f"/do/{button.name}/" in html}


def test_a_step_is_one_event_with_the_person_who_pressed(desk, incident, fresh):
    there = desk("ONCALL_ENGINEER")
    response = there.do(incident, "acknowledge")
    assert response.status_code == 302
    assert there.told(response) == [f"{incident.reference} is acknowledged now."]
    with org_scope(incident.org_id):
        event = IncidentEvent.objects.get(aggregate=incident, seq=2)
    assert (event.type, event.actor_kind, event.actor_ref) == ("INCIDENT_STATUS_CHANGED", "user", str(there.user.pk))
    assert fresh(incident).status == "acknowledged"


def test_the_whole_life_can_be_lived_by_buttons(desk, incident, fresh):
    there = desk(*ALL)
    for command, values in (
        ("acknowledge", {}),
        ("investigate", {}),
        ("identify", {}),
        ("severity", {"severity": "P1", "reason": "worse than it looked"}),
        ("assign", {"assigned_to": "Payments"}),
        ("note", {"kind": "decision", "text": "Roll back"}),
        ("action", {"kind": "ROLLBACK", "label": "Rolled back", "details": ""}),
        ("hold", {"hold_reason": "vendor", "note": "carrier"}),
        ("release", {"note": ""}),
        ("mitigate", {}),
        ("resolve", {"resolution": "Rolled back", "root_cause": ""}),
        ("reopen", {"reason": "came back"}),
        ("resolve", {"resolution": "Rolled back again", "root_cause": "Release 42"}),
        ("root-cause", {"root_cause": "Release 42 again"}),
        ("close", {}),
    ):
        response = there.do(fresh(incident), command, **values)
        assert response.status_code == 302, (command, sentences(response))
    assert fresh(incident).status == "closed"
    assert stream(incident) == [
        "INCIDENT_CREATED",
        "INCIDENT_STATUS_CHANGED",
        "INCIDENT_STATUS_CHANGED",
        "INCIDENT_STATUS_CHANGED",
        "INCIDENT_SEVERITY_CHANGED",
        "INCIDENT_ASSIGNED",
        "INCIDENT_NOTE_ADDED",
        "INCIDENT_PLAYBOOK_ACTION_EXECUTED",
        "INCIDENT_HELD",
        "INCIDENT_RELEASED",
        "INCIDENT_STATUS_CHANGED",
        "INCIDENT_RESOLVED",
        "INCIDENT_STATUS_CHANGED",
        "INCIDENT_RESOLVED",
        "INCIDENT_ROOT_CAUSE_RECORDED",
        "INCIDENT_STATUS_CHANGED",
    ]


def test_what_is_attached_by_hand_reaches_the_stream(desk, lead, incident, fresh):
    there = desk(*ALL)
    other = there.post("incidents_incident_add", title="Another", severity="P4")
    assert other.status_code == 302
    with org_scope(incident.org_id):
        another = Incident.objects.get(title="Another")
    moment = datetime(2026, 11, 20, 10, tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%S")
    later = datetime(2026, 11, 20, 11, tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%S")
    for command, values in (
        ("signal", {"signal_type": "ALERT", "source": "desk", "summary": "It burns", "payload": '{"a": [1, 2.5]}'}),
        (
            "slo",
            {
                "slo_id": "checkout",
                "window_start": moment,
                "window_end": later,
                "error_budget_consumed": "0.25",
                "threshold_breached": "on",
            },
        ),
        ("tag", {"tag": "eu-west"}),
        ("untag", {"tag": "eu-west"}),
        ("link", {"kind": "related", "other": another.reference}),
        ("unlink", {"link": f"related {another.pk}"}),
        ("ticket", {"platform": "Jira", "ticket": "OPS-1", "url": "https://jira.example/OPS-1"}),
        ("edit", {"title": "A better title", "service_name": "checkout", "affected_cis": ""}),
    ):
        response = there.do(fresh(incident), command, **values)
        assert response.status_code == 302, (command, sentences(response))
    assert stream(incident)[1:] == [
        "INCIDENT_SIGNAL_INGESTED",
        "INCIDENT_SLO_VIOLATION_RECORDED",
        "INCIDENT_TAG_ADDED",
        "INCIDENT_TAG_REMOVED",
        "INCIDENT_LINKED",
        "INCIDENT_UNLINKED",
        "INCIDENT_LINKED_TO_TICKET",
        "INCIDENT_UPDATED",
    ]


@pytest.mark.parametrize(
    ("status", "steps"),
    [
        ("open", {"acknowledge", "investigate", "identify", "mitigate", "resolve", "cancel"}),
        ("mitigated", {"investigate", "resolve", "cancel"}),
        ("resolved", {"reopen", "close"}),
        ("closed", set()),
    ],
)
def test_only_the_legal_steps_are_offered(desk, lead, incident, status, steps):
    for to in {"mitigated": ["mitigated"], "resolved": ["resolved"], "closed": ["resolved", "closed"]}.get(status, []):
        change_status(actor=lead, incident=incident.pk, to=to)
    found = offered(desk(*ALL), incident)
    assert (
        found & {*steps, "acknowledge", "investigate", "identify", "mitigate", "resolve", "reopen", "close", "cancel"}
        == steps
    )


def test_only_the_permitted_ones_are_offered(desk, incident):
    assert offered(desk("VIEWER"), incident) == {"verify"}
    assert {"acknowledge", "resolve", "assign", "note"} <= offered(desk("ONCALL_ENGINEER"), incident)
    assert not {"severity", "hold"} & offered(desk("ONCALL_ENGINEER"), incident)
    assert {"severity", "hold"} <= offered(desk("SRE_LEAD"), incident)


def test_a_role_that_is_missing_is_said(desk, incident, fresh):
    response = desk("MEMBER").do(incident, "acknowledge")
    assert response.status_code == 403
    assert "incident.status takes one of these roles: ONCALL_ENGINEER, SRE_LEAD." in sentences(response)
    assert fresh(incident).version == 1


def test_a_step_that_is_not_legal_is_said(desk, lead, incident):
    acknowledge(actor=lead, incident=incident.pk)
    response = desk("SRE_LEAD").do(incident, "acknowledge", version=2)
    assert response.status_code == 409
    assert "It is already acknowledged." in sentences(response)


def test_a_stale_form_changes_nothing_and_shows_what_happened(desk, lead, incident, fresh):
    there = desk("SRE_LEAD")
    add_tag(actor=lead, incident=incident.pk, tag="eu-west")
    response = there.do(incident, "resolve", resolution="All is well")
    assert response.status_code == 412
    page = response.content.decode()
    assert "tagged it “eu-west”" in page, "what happened meanwhile"
    assert "All is well" in page, "what was typed"
    assert 'name="version" value="2"' in page, "sending it again is a new decision"
    assert fresh(incident).status == "open"


@pytest.mark.parametrize("version", [None, "", "x", "-1", "1e3", "9" * 30])
def test_a_form_without_its_version_is_refused(desk, incident, fresh, version):
    response = desk("SRE_LEAD").do(
        incident, "acknowledge", **({"version": version} if version is not None else {"version": ""})
    )
    assert response.status_code == 400
    assert fresh(incident).status == "open"


def test_a_note_overwrites_nothing_and_needs_no_version(desk, lead, incident):
    add_tag(actor=lead, incident=incident.pk, tag="eu-west")
    assert desk("MEMBER").do(incident, "note", kind="note", text="Seen").status_code == 302


def test_pressing_twice_is_one_event(desk, incident):
    there = desk("SRE_LEAD")
    answers = [there.do(incident, "acknowledge").status_code for _ in range(2)]
    assert answers == [302, 412]
    assert len(stream(incident)) == 2


def test_every_bad_field_is_named_beside_it(desk, incident):
    response = desk("SRE_LEAD").do(incident, "resolve", resolution=" ")
    assert response.status_code == 400
    assert sentences(response) == ["Give a text; it may not be empty."]
    assert 'aria-invalid="true"' in response.content.decode()


@pytest.mark.parametrize("value", ["P9", "", "p1", "\x00", "P1" * 500])
def test_a_value_that_is_no_choice_is_refused(desk, incident, fresh, value):
    assert desk("SRE_LEAD").do(incident, "severity", severity=value).status_code == 400
    assert fresh(incident).severity == "P2"


def test_a_form_without_the_csrf_token_is_refused(desk, incident, fresh):
    there = desk("SRE_LEAD")
    client = Client(enforce_csrf_checks=True)
    client.force_login(there.user)
    response = client.post(
        f"/admin/incidents/incident/{incident.pk}/do/acknowledge/", {"org": str(there.org.pk), "version": "1"}
    )
    assert response.status_code == 403
    assert fresh(incident).status == "open"


@pytest.mark.parametrize("button", BUTTONS, ids=lambda button: button.name)
def test_opening_a_form_changes_nothing(desk, incident, fresh, button):
    response = desk(*ALL).get("incidents_incident_do", incident.pk, button.name)
    assert response.status_code == 200
    assert fresh(incident).version == 1


def test_a_form_of_another_organisation_is_refused(desk, incident, other_org, fresh):
    there = desk("SRE_LEAD")
    response = there.do(incident, "acknowledge", org=str(other_org.pk))
    assert response.status_code == 409
    assert fresh(incident).status == "open"


def test_an_unknown_button_is_nothing(desk, incident):
    assert desk(*ALL).do(incident, "delete").status_code == 404


def test_what_was_done_here_is_kept_with_its_person(desk, incident):
    there = desk("SRE_LEAD")
    there.do(incident, "acknowledge")
    entry = LogEntry.objects.get(object_id=str(incident.pk))
    assert (entry.user, entry.change_message) == (there.user, "Acknowledge")
    page = there.get("incidents_incident_history", incident.pk).content.decode()
    assert "Acknowledge" in page
    assert there.user.display_name() in page


def test_a_ledger_that_is_whole_is_said_to_be(desk, incident):
    there = desk("VIEWER")
    assert there.told(there.do(incident, "verify"))[0].startswith("Ledger verified: 1 events")


def test_a_row_that_was_altered_past_its_events_is_named(desk, incident):
    there = desk("VIEWER")
    Incident.all_orgs_unsafe.filter(pk=incident.pk).update(title="Nothing happened here")
    response = there.do(incident, "verify")
    assert response.status_code == 409
    assert sentences(response)[0].startswith("The ledger is broken.")
    assert "differs from its events in title" in sentences(response)[0]


def test_an_incident_can_be_merged_and_linked(desk, lead, incident, fresh):
    there = desk("SRE_LEAD", "MEMBER")
    there.post("incidents_incident_add", title="The same again", severity="P3")
    with org_scope(incident.org_id):
        other = Incident.objects.get(title="The same again")
        link_incidents(actor=lead, incident=incident.pk, other=other.pk)
    response = there.do(fresh(incident), "cancel", merged_into=other.reference, reason="twice")
    assert response.status_code == 302
    with org_scope(incident.org_id):
        assert find_incident(incident.reference).merged_into_id == other.pk

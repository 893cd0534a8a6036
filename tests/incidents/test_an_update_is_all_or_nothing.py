import pytest

from incidents.commands import assign, change_severity, hold, record_root_cause, update_incident
from incidents.commands.edit import PERMISSIONS
from incidents.models import IncidentCI
from orgs.commands import create_team
from orgs.errors import Conflict, DomainError, Forbidden, IllegalTransition, Invalid, Stale
from tests.incidents.staging import anew, brought_to, opened, stream, types


def edit(actor, row, **changes):
    return update_incident(actor=actor, incident=row, changes=changes)


def test_any_mix_is_one_change(anyone, incident, ci, inside):
    ci("db-1")
    row = edit(
        anyone,
        incident,
        title="Database is down",
        severity="P1",
        status="identified",
        assigned_to="Storage crew",
        affected_cis=["db-1"],
        services=["web", "shop"],
        description="Since noon",
    )
    assert types(row)[1:] == [
        "INCIDENT_UPDATED",
        "INCIDENT_CIS_CHANGED",
        "INCIDENT_ASSIGNED",
        "INCIDENT_SEVERITY_CHANGED",
        "INCIDENT_STATUS_CHANGED",
    ]
    assert len({event.recorded_at for event in stream(row)[1:]}) == 1
    assert (row.title, row.severity, row.status, row.services) == (
        "Database is down",
        "P1",
        "identified",
        ["web", "shop"],
    )
    assert [link.ci.name for link in IncidentCI.objects.filter(incident=row)] == row.affected_names == ["db-1"]


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        ({"status": "closed"}, IllegalTransition),
        ({"severity": "P9"}, Invalid),
        ({"affected_cis": ["nowhere"]}, Invalid),
        ({"root_cause": "A full disk"}, Conflict),
        ({"resolution": "Restarted"}, Conflict),
        ({"title": ""}, Invalid),
        ({"id": "1"}, Invalid),
    ],
    ids=lambda bad: next(iter(bad)) if isinstance(bad, dict) else bad.__name__,
)
def test_one_refusal_takes_everything_back(bad, error, anyone, incident):
    with pytest.raises(error):
        edit(anyone, incident, description="Since noon", assigned_to="Storage crew", **bad)
    kept = anew(incident)
    assert (kept.version, kept.description, kept.assigned_to) == (1, "", "")


def test_what_stands_there_already_is_no_change(org, anyone, ci):
    ci("db-1")
    row = opened(anyone, affected_cis=["db-1"], services=["web"], assigned_to="Storage crew", description="x")
    same = {
        "title": f" {row.title} ",
        "description": "x",
        "severity": "P2",
        "status": "open",
        "assigned_to": "Storage crew",
        "affected_cis": ["DB-1"],
        "services": ["web"],
        "service_name": "web",
        "environment": "",
        "runbook_path": "",
        "root_cause": "",
        "resolution": "",
    }
    assert same.keys() == PERMISSIONS.keys()
    assert update_incident(actor=anyone, incident=row, changes=same).version == 1


def test_a_list_that_says_the_same_twice_is_no_change(anyone):
    row = opened(anyone, services=["web"])
    assert edit(anyone, row, services=["web", "web"]).version == 1


def test_what_is_no_change_takes_no_permission(viewer, incident):
    assert edit(viewer, incident, title=incident.title, severity="P2").version == 1
    with pytest.raises(Forbidden):
        edit(viewer, incident, title="Mine now", severity="P2")


def test_resolving_by_update_takes_the_resolution_and_the_cause_along(anyone, incident):
    row = edit(anyone, incident, status="resolved", resolution="Restarted", root_cause="A full disk")
    assert (row.resolution, row.root_cause) == ("Restarted", "A full disk")
    assert types(row)[1:] == ["INCIDENT_RESOLVED", "INCIDENT_ROOT_CAUSE_RECORDED"]


def test_the_reason_is_the_resolution_where_none_is_given(anyone, incident):
    row = update_incident(actor=anyone, incident=incident, changes={"status": "resolved"}, reason="Went away")
    assert row.resolution == "Went away"


@pytest.mark.parametrize("state", ["resolved", "closed"])
def test_resolution_and_cause_can_be_corrected_afterwards(state, org, anyone):
    row = edit(anyone, brought_to(state, org), resolution="Restarted twice", root_cause="A full disk")
    assert (row.resolution, row.root_cause, row.status) == ("Restarted twice", "A full disk", state)
    payloads = [event.payload for event in stream(row)[-2:]]
    assert payloads[0]["changes"]["resolution"] == {"before": "staging", "after": "Restarted twice"}
    assert payloads[1] == {"before": "", "after": "A full disk"}


@pytest.mark.parametrize("state", ["open", "mitigated", "cancelled"])
def test_a_cause_is_recorded_from_resolved_on(state, org, anyone):
    with pytest.raises(Conflict) as refusal:
        record_root_cause(actor=anyone, incident=brought_to(state, org), root_cause="A full disk")
    assert (refusal.value.status, refusal.value.code) == (409, "not_resolved")


@pytest.mark.parametrize("state", ["resolved", "closed", "cancelled"])
def test_the_severity_of_a_finished_incident_stands(state, org, anyone):
    with pytest.raises(Conflict) as refusal:
        change_severity(actor=anyone, incident=brought_to(state, org), to="P1")
    assert refusal.value.code == "not_live"


def test_a_severity_that_is_held_already_is_a_conflict(anyone, incident):
    with pytest.raises(Conflict) as refusal:
        change_severity(actor=anyone, incident=incident, to="P2")
    assert refusal.value.code == "same_severity"


def test_bad_input_is_named_before_a_state_that_forbids_it(org, anyone, incident):
    for changes, fields in (
        ({"title": "", "root_cause": "A full disk"}, {"title"}),
        ({"status": "bogus", "root_cause": "A full disk"}, {"status"}),
        ({"severity": "P9", "status": "closed", "environment": "\x00"}, {"severity", "environment"}),
    ):
        with pytest.raises(Invalid) as refusal:
            edit(anyone, incident, **changes)
        assert {error.field for error in refusal.value.fields} == fields
    with pytest.raises(Conflict) as refusal:
        edit(anyone, incident, resolution="Restarted", status="closed")
    assert refusal.value.code == "not_resolved", "the first of two"


def test_a_stale_update_changes_nothing(anyone, incident):
    hold(actor=anyone, incident=incident, reason="vendor")
    with pytest.raises(Stale):
        update_incident(actor=anyone, incident=incident, changes={"title": "x"}, expected_version=1)
    assert anew(incident).title == incident.title


def test_taking_configuration_items_off_leaves_the_others(anyone, ci, inside):
    row = opened(anyone, affected_cis=[ci("db-1"), ci("db-2"), ci("db-3")])
    row = edit(anyone, row, affected_cis=["db-3", "db-1"])
    assert row.affected_names == ["db-1", "db-3"]
    row = edit(anyone, row, affected_cis=["db-2", "db-1"])
    assert sorted(link.ci.name for link in IncidentCI.objects.filter(incident=row)) == ["db-1", "db-2"]
    assert edit(anyone, row, affected_cis=[]).affected_names == []


class TestAssignment:
    def test_a_text_names_a_team_a_person_or_nobody_we_know(self, org, anyone, user_with):
        team = create_team(actor=None, org=org, name="Storage Crew")
        person = user_with("MEMBER", username="robin")
        row = opened(anyone)
        for text, shown, team_id, user_id in (
            ("storage crew", "Storage Crew", team.pk, None),
            ("ROBIN", "Robin", None, person.pk),
            ("The plumber", "The plumber", None, None),
            ("robin@example.org", "Robin", None, person.pk),
            ("", "", None, None),
        ):
            row = assign(actor=anyone, incident=row, to=text)
            assert (row.assigned_to, row.assigned_team_id, row.assignee_id) == (shown, team_id, user_id)
        assert types(row).count("INCIDENT_ASSIGNED") == 5

    def test_a_word_that_came_to_name_a_team_can_be_assigned_again(self, org, anyone):
        row = opened(anyone, assigned_to="Storage Crew")
        team = create_team(actor=None, org=org, name="Storage Crew")
        row = assign(actor=anyone, incident=row, to="Storage Crew")
        assert row.assigned_team_id == team.pk

    def test_a_team_that_was_renamed_stays_assigned_when_its_old_name_is_sent_back(self, org, anyone, inside):
        team = create_team(actor=None, org=org, name="Storage Crew")
        row = opened(anyone, assigned_to="Storage Crew")
        type(team).objects.filter(pk=team.pk).update(name="Disks", slug="disks")
        row = edit(anyone, row, assigned_to="Storage Crew", title="x")
        assert (row.assigned_team_id, types(row)[1:]) == (team.pk, ["INCIDENT_UPDATED"])

    def test_the_person_beside_a_team_stays_when_the_team_is_sent_back(self, org, anyone, user_with):
        team = create_team(actor=None, org=org, name="Storage Crew")
        person = user_with("MEMBER", username="robin")
        row = opened(anyone, assigned_to="Storage Crew", assignee="robin")
        assert (row.assigned_to, row.assigned_team_id, row.assignee_id) == ("Storage Crew", team.pk, person.pk)
        row = edit(anyone, row, assigned_to="Storage Crew", title="x")
        assert (row.assignee_id, row.assignee_name, types(row)[1:]) == (person.pk, "Robin", ["INCIDENT_UPDATED"])

    def test_asking_takes_the_permission_even_where_nothing_changes(self, viewer, anyone):
        row = opened(anyone, assigned_to="Storage crew")
        with pytest.raises(DomainError) as refusal:
            assign(actor=viewer, incident=row, to="Storage crew")
        assert refusal.value.status == 403

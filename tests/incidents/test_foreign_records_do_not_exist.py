from uuid import uuid4

import pytest

from incidents.commands import cancel, create_incident, link_incidents, unlink_incidents, update_incident
from incidents.queries import (
    IncidentFilter,
    facets,
    find_incident,
    incidents,
    likely_duplicates,
    live_counts,
    open_on,
    recent_for_service,
    related_to,
)
from orgs.commands import create_project, create_team
from orgs.errors import Invalid, NotFound
from orgs.tenancy import org_scope
from tests.incidents.doors import DOORS
from tests.incidents.staging import anew, opened, powerful

NEVER = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def stranger(other_org):
    """Somebody of the other organisation who may do everything there."""
    return powerful(other_org)


@pytest.fixture
def foreign(stranger):
    """An incident of the other organisation, with a reference that the first one does not have."""
    for _ in range(3):
        row = opened(stranger, title="Secret of Globex", correlation_key="shared", service_name="web")
    return row


def refusal_of(call):
    with pytest.raises(NotFound) as refusal:
        call()
    return refusal.value.status, refusal.value.code, refusal.value.detail


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
def test_every_command_answers_as_if_they_had_never_been(door, anyone, foreign):
    absent = refusal_of(lambda: door.open(anyone, NEVER))
    for ident in (foreign, foreign.pk, str(foreign.pk), foreign.reference):
        assert refusal_of(lambda ident=ident: door.open(anyone, ident)) == absent
    assert anew(foreign).version == 1


@pytest.mark.parametrize("command", [link_incidents, unlink_incidents])
def test_they_cannot_be_linked(command, anyone, incident, foreign):
    absent = refusal_of(lambda: command(actor=anyone, incident=incident, other=NEVER))
    assert refusal_of(lambda: command(actor=anyone, incident=incident, other=foreign)) == absent
    assert refusal_of(lambda: command(actor=anyone, incident=foreign, other=incident)) == absent


def test_nothing_can_be_merged_into_them(anyone, incident, foreign):
    absent = refusal_of(lambda: cancel(actor=anyone, incident=incident, merged_into=NEVER))
    for ident in (foreign, foreign.pk, foreign.reference):
        assert refusal_of(lambda ident=ident: cancel(actor=anyone, incident=incident, merged_into=ident)) == absent


def test_nothing_can_follow_them(anyone, foreign):
    absent = refusal_of(lambda: opened(anyone, follows=NEVER))
    for ident in (foreign, foreign.pk, foreign.reference):
        assert refusal_of(lambda ident=ident: opened(anyone, follows=ident)) == absent


def test_no_incident_can_be_filed_under_their_projects(anyone, stranger):
    project = create_project(actor=stranger, slug="secret", name="Secret")
    absent = refusal_of(lambda: opened(anyone, project=NEVER))
    for ident in (project, project.pk, str(project.pk), "secret"):
        assert refusal_of(lambda ident=ident: opened(anyone, project=ident)) == absent


def test_no_incident_can_affect_their_configuration_items(anyone, incident, stranger, ci, other_org):
    theirs = ci("secret-db", org=other_org)

    def said(ident):
        words = []
        for call in (
            lambda: opened(anyone, affected_cis=[ident]),
            lambda: update_incident(actor=anyone, incident=incident, changes={"affected_cis": [ident]}),
        ):
            with pytest.raises(Invalid) as refusal:
                call()
            words.append([(error.field, error.code) for error in refusal.value.fields])
        return words

    absent = said(str(uuid4()))
    assert absent == [[("affected_cis", "not_found")]] * 2
    for ident in (theirs, theirs.pk, str(theirs.pk), "secret-db"):
        assert said(ident) == absent


def test_their_teams_and_people_are_only_words_here(anyone, other_org, user_with):
    create_team(actor=None, org=other_org, name="Secret crew")
    user_with("MEMBER", org=other_org, username="mallory")
    for name in ("Secret crew", "mallory", "mallory@example.org"):
        row = opened(anyone, assigned_to=name)
        assert (row.assigned_to, row.assigned_team_id, row.assignee_id) == (name, None, None)


def test_no_list_count_or_relation_shows_them(org, anyone, foreign):
    own = opened(anyone, title="Ours", correlation_key="shared", service_name="web")
    with org_scope(org):
        assert list(incidents()) == [own]
        assert list(incidents(IncidentFilter(q="Secret"))) == []
        assert live_counts()["live"] == 1
        assert facets(IncidentFilter())["service"] == {"web": 1}
        assert related_to(own) == []
        assert recent_for_service("web") == [own]
        assert likely_duplicates(title="Secret of Globex again") == []
        assert open_on([]) == []
        assert refusal_of(lambda: find_incident(foreign.reference)) == refusal_of(lambda: find_incident(NEVER))


def test_a_new_incident_belongs_to_its_makers_organisation(org, stranger):
    with org_scope(org):
        row = create_incident(actor=stranger, title="Theirs", severity="P2")
    assert row.org_id == stranger.org_id

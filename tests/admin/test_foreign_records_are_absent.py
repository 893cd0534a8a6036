"""Q1 for the admin: whatever belongs to another organisation answers as if it did not exist. The matrix is made of what
is registered, so that a new table is in it by itself."""

import re
import uuid
from datetime import timedelta

import pytest
from django.contrib import admin
from django.urls import reverse

from changes.commands import create_change
from cmdb.commands import create_ci
from cmdb.models import ConfigurationItemChange
from incidents.commands import create_incident, set_sla_target
from integrations.commands import configure_source
from integrations.intake.drain import drain
from integrations.intake.inbox import accept
from integrations.models import Alert, InboxItem
from orgs.authentication import actor_for_user
from orgs.clock import now
from orgs.commands import create_project, create_team, issue_key
from orgs.models import Checkpoint, Membership
from orgs.roles import Role
from orgs.tenancy import org_scope
from problems.commands import create_problem, set_recurrence_rule
from problems.models import RecurrenceProposal
from problems.recurrence import find_recurring
from tests.admin.conftest import sentences
from timeline.checkpoints import seal

SECRET = "Globex"
ADMINS = {model._meta.label: (model, it) for model, it in admin.site._registry.items()}


@pytest.fixture
def foreign_rows(other_org, user_with, foreign):
    """One row of the other organisation for every table of ours that the admin shows, by label."""
    user = user_with(*Role.values, org=other_org, username="globex-boss")
    actor = actor_for_user(user, other_org)
    team = create_team(actor=actor, org=other_org, name="Globex team")
    project = create_project(actor=actor, slug="globex", name="Globex project")
    key, _ = issue_key(actor=actor, org=other_org, name="Globex key", roles=["MEMBER"])
    target = set_sla_target(actor=actor, severity="P1", acknowledge_seconds=60, resolve_seconds=600)
    item = create_ci(actor=actor, name="globex-db", kind="database")
    source = configure_source(actor=actor, kind="alertmanager", changes={"quiet_seconds": 60})
    alert = b'{"version":"4","alerts":[{"status":"firing","labels":{"alertname":"Globex is down","severity":"info"}}]}'
    problem = create_problem(actor=actor, title="Globex disks fill")
    change = create_change(actor=actor, title="Globex moves its disks")
    measure = set_recurrence_rule(actor=actor, incidents=3, days=7)
    for _ in range(3):
        create_incident(actor=actor, title="Globex disk is full", severity="P4", affected_cis=[item])
    find_recurring()
    accept(actor=actor, source="alertmanager", raw=alert, headers={}, given={})
    drain()
    seal(other_org)
    with org_scope(other_org):
        rows = [other_org, team, project, key, target, user, foreign, item, source, problem, measure, change]
        rows += [Membership.objects.get(user=user), Checkpoint.objects.get(), Alert.objects.get()]
        rows += [ConfigurationItemChange.objects.get(ci=item), InboxItem.objects.get()]
        rows += [RecurrenceProposal.objects.get()]
    return {row._meta.label: row for row in rows}


OURS = sorted(ADMINS)


def test_the_matrix_knows_every_table(foreign_rows):
    assert set(foreign_rows) == set(OURS), "add the new table to foreign_rows"


def absent_key(row):
    return uuid.uuid4() if isinstance(row.pk, uuid.UUID) else 987_654


def pages(model, pk):
    model_admin = ADMINS[model._meta.label][1]
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    yield reverse(f"{name}_change", args=[pk])
    yield reverse(f"{name}_history", args=[pk])
    for button in model_admin.buttons:
        yield reverse(f"{name}_do", args=[pk, button.name])


@pytest.mark.parametrize("label", OURS)
def test_every_page_of_a_foreign_record_is_the_page_of_an_absent_one(desk, foreign_rows, label):
    there = desk(*Role.values)
    row = foreign_rows[label]
    absent = absent_key(row)
    for mine, theirs in zip(pages(type(row), row.pk), pages(type(row), absent), strict=True):
        for method in (there.client.get, lambda path: there.post(path, version="1", name="x")):
            foreign, missing = method(mine), method(theirs)
            assert foreign.status_code == missing.status_code, mine
            assert foreign.status_code in (403, 404), mine
            assert bare(foreign, row.pk) == bare(missing, absent), mine


def bare(response, pk):
    """The page without the id that was asked for and the id of the request."""
    text = response.content.decode().replace(f"/{pk}/", "/…/")
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "…", text)


@pytest.mark.parametrize("label", OURS)
def test_no_list_names_or_counts_a_foreign_record(desk, foreign_rows, label):
    there = desk(*Role.values)
    model = ADMINS[label][0]
    path = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    for query in ({}, {"q": "globex"}):
        if query and not ADMINS[label][1].search_fields:
            continue
        response = there.client.get(path, query)
        assert response.status_code == 200
        text = response.content.decode().replace('value="globex"', "").replace("q=globex", "")
        assert SECRET.lower() not in text.lower(), path


def test_the_front_page_counts_nothing_of_others(desk, foreign_rows):
    assert SECRET not in desk(*Role.values).get("index").content.decode()


@pytest.mark.parametrize("model", ["orgs/user", "orgs/team", "incidents/incident", "auth/group", "nothing/here"])
def test_completion_tells_nothing(desk, foreign_rows, model):
    app, name = model.split("/")
    response = desk(*Role.values).get(
        "autocomplete", app_label=app, model_name=name, field_name="assigned_team", term="globex"
    )
    assert SECRET.lower() not in response.content.decode().lower()
    assert response.status_code in (200, 403)


def test_a_person_of_elsewhere_cannot_be_put_into_a_team(desk, org, foreign_rows, administrator):
    team = create_team(actor=administrator, org=org, name="Ours")
    there = desk("ORG_ADMIN")
    foreign = there.do(team, "join", person=str(foreign_rows["orgs.User"].pk))
    absent = there.do(team, "join", person="987654")
    assert foreign.status_code == absent.status_code == 400
    assert "globex-boss" not in foreign.content.decode()


def test_a_foreign_incident_cannot_be_merged_into(desk, incident, foreign):
    there = desk("SRE_LEAD")
    known = there.do(incident, "cancel", merged_into=str(foreign.pk), reason="")
    absent = there.do(incident, "cancel", merged_into=str(uuid.uuid4()), reason="")
    assert known.status_code == absent.status_code == 404
    assert sentences(known) == sentences(absent)
    assert "Secret of" not in known.content.decode()


def test_a_key_that_is_no_key_is_absent(desk):
    there = desk(*Role.values)
    for key in ("0", "-1", "9223372036854775808", "1e1", "..%2f", "%00", "a" * 300, "{x}", "é"):
        for table in ("incidents/incident", "orgs/user", "orgs/checkpoint"):
            assert there.client.get(f"/admin/{table}/{key}/change/").status_code == 404, (table, key)


def test_an_expired_key_stays_visible_to_its_organisation_alone(desk, org, foreign_rows, administrator):
    issue_key(actor=None, org=org, name="Ours", roles=["MEMBER"], expires_at=now() + timedelta(days=1))
    text = desk("ORG_ADMIN").get("orgs_apikey_changelist").content.decode()
    assert "Ours" in text
    assert SECRET not in text

import uuid

import pytest
from django.test import Client
from django.urls import reverse

from integrations.models import Alert, AlertSource, InboxItem
from orgs.tenancy import org_scope
from tests.integrations.conftest import Intake, alert

TABLES = ("inboxitem", "alert")


@pytest.fixture
def desk(user_with):
    def make(*roles):
        client = Client()
        client.force_login(user_with(*roles, staff=True))
        return client

    return make


@pytest.fixture
def rows(intake, clock):
    item = intake.alertmanager(
        alert(severity="warning", annotations={"summary": "<script>alert(1)</script>", "description": "\u202e"}), 7
    )
    return {"inboxitem": item, "alert": intake.alerts()[0]}


def page(client, table, pk):
    return client.get(reverse(f"admin:integrations_{table}_change", args=[pk]))


def press(client, org, table, pk, button, **values):
    address = reverse(f"admin:integrations_{table}_do", args=[pk, button])
    return client.post(address, {"org": str(org.pk), **values})


@pytest.mark.parametrize("table", TABLES)
def test_rows_are_listed_and_shown_escaped(desk, rows, table):
    there = desk("VIEWER")

    listed = there.get(reverse(f"admin:integrations_{table}_changelist")).content.decode()
    shown = page(there, table, rows[table].pk).content.decode()

    for html in (listed, shown):
        assert "<script>alert" not in html
        assert "\u202e" not in html
    assert "&lt;script&gt;alert" in shown


@pytest.mark.parametrize("table", TABLES)
def test_rows_of_others_are_absent(desk, intake, clock, other_org, table):
    with org_scope(other_org):
        Intake(other_org).alertmanager(alert())
    pk = {"alert": Alert, "inboxitem": InboxItem}[table].all_orgs_unsafe.get().pk
    there = desk("ORG_ADMIN", "SRE_LEAD")

    assert page(there, table, pk).status_code == page(there, table, uuid.uuid4()).status_code == 404
    assert press(there, intake.org, table, pk, "replay").status_code == 404


@pytest.mark.parametrize(
    ("table", "query"), [("alert", "severity=P3"), ("alert", "state=firing"), ("inboxitem", "source=alertmanager")]
)
def test_lists_narrow_by_their_filters_and_nothing_else(desk, rows, table, query):
    there = desk("VIEWER")
    address = reverse(f"admin:integrations_{table}_changelist")

    assert str(rows[table].pk) in there.get(f"{address}?{query}").content.decode()
    assert there.get(f"{address}?raw__startswith=a").status_code == 400
    assert there.get(f"{address}?{query}x").status_code == 400


def test_a_body_is_replayed_by_its_button(desk, rows, intake):
    press(desk("SRE_LEAD"), intake.org, "inboxitem", rows["inboxitem"].pk, "replay")

    rows["inboxitem"].refresh_from_db()
    assert rows["inboxitem"].state == "pending"
    assert rows["inboxitem"].remarks[0]["kind"] == "replayed"


def test_an_alert_is_promoted_by_its_button(desk, rows, intake):
    press(desk("ONCALL_ENGINEER"), intake.org, "alert", rows["alert"].pk, "promote", incident="")

    (incident,) = intake.incidents()
    assert incident.severity == "P3"


def test_buttons_are_for_those_whose_role_allows(desk, rows, intake):
    there = desk("MEMBER")

    assert press(there, intake.org, "alert", rows["alert"].pk, "promote", incident="").status_code == 403
    assert press(there, intake.org, "inboxitem", rows["inboxitem"].pk, "replay").status_code == 403


def test_the_policy_of_a_source_is_set_and_changed_through_the_command(desk, intake):
    there = desk("ORG_ADMIN")
    values = {
        "is_enabled": "on",
        "severity_map": "Apocalypse = P1\nmeh = P4",
        "ci_labels": "rack\nlabels.host",
        "service_labels": "",
        "correlate_by": "",
        "create_severities": ["P1"],
        "quiet_seconds": "60",
        "reopen_seconds": "0",
    }
    there.post(reverse("admin:integrations_alertsource_add"), {"org": str(intake.org.pk), "kind": "generic", **values})

    row = AlertSource.objects.get()
    assert (row.kind, row.severity_map, row.ci_labels) == (
        "generic",
        {"Apocalypse": "P1", "meh": "P4"},
        ["rack", "labels.host"],
    )
    assert (row.create_severities, row.quiet_seconds, row.reopen_seconds) == (["P1"], 60, 0)

    refused = press(there, intake.org, "alertsource", row.pk, "change", **{**values, "severity_map": "meh = P9"})
    assert refused.status_code == 400
    assert "A word means one of" in refused.content.decode()
    press(there, intake.org, "alertsource", row.pk, "change", **{**values, "is_enabled": ""})
    row.refresh_from_db()
    assert not row.is_enabled

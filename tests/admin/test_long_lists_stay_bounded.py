"""A list of a million rows is not counted, a stream of thousands of events is paged, and neither asks once a row."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents.commands import add_note, create_incident
from orgs import admin_lists
from orgs.admin_lists import BoundedPaginator

LIST = "incidents_incident_changelist"


def asked(there, *address, **query):
    with CaptureQueriesContext(
        connection,
    ) as queries:
        page = there.get(*address, **query)
    assert page.status_code == 200
    return page.content.decode(), [query["sql"] for query in queries]


@pytest.mark.parametrize("table", [LIST, "orgs_user_changelist", "orgs_membership_changelist"])
def test_more_rows_ask_no_more_questions(desk, lead, user_with, table):
    there = desk("ORG_ADMIN", "SRE_LEAD")

    def fill(number):
        for at in range(number):
            create_incident(actor=lead, title=f"Row {at}", severity="P3")
            user_with("MEMBER")

    fill(2)
    asked(there, table)
    few = asked(there, table)[1]
    fill(8)
    asked(there, table)
    many = asked(there, table)[1]
    assert len(many) <= len(few)


def test_a_count_ends_at_its_bound(desk, lead, monkeypatch):
    for at in range(60):
        create_incident(actor=lead, title=f"Row {at}", severity="P3")
    there = desk("VIEWER")
    assert "1 to 50 of 60" in asked(there, LIST)[0]
    monkeypatch.setattr(admin_lists, "MOST_COUNTED", 55)
    page, queries = asked(there, LIST)
    assert "1 to 50 of 55 or more" in page
    counts = [sql for sql in queries if "COUNT(" in sql and "incidents_incident" in sql and "LIMIT 55" in sql]
    assert counts, "the count itself is limited"
    assert "51 to 55" in asked(there, LIST, p=2)[0]
    assert there.get(LIST, p=3).status_code == 400


def test_the_paginator_takes_lists_too():
    assert BoundedPaginator([1, 2, 3], 2).count == 3


def test_all_is_shown_up_to_a_bound_only(desk, lead, monkeypatch):
    for at in range(60):
        create_incident(actor=lead, title=f"Row {at}", severity="P3")
    there = desk("VIEWER")
    assert "60 in all" in asked(there, LIST, all="")[0]
    monkeypatch.setattr("incidents.admin.incident.IncidentAdmin.list_max_show_all", 55)
    assert "1 to 50 of 60" in asked(there, LIST, all="")[0]


def test_a_stream_is_read_a_page_at_a_time(desk, lead, incident):
    for at in range(120):
        add_note(actor=lead, incident=incident.pk, text=f"Note number {at}.")
    there = desk("VIEWER")
    first, few = asked(there, "incidents_incident_change", incident.pk)
    assert "Note number 119." in first
    assert "Note number 69." not in first
    older, many = asked(there, "incidents_incident_change", incident.pk, before=72)
    assert "Note number 69." in older
    assert "Note number 20." in older
    assert "Note number 19." not in older
    assert len(many) <= len(few) + 1
    assert 'id="e30"' in asked(there, "incidents_incident_change", incident.pk, event=30)[0]


@pytest.mark.parametrize("place", ["-1", "x", "1e3", "9" * 12, "٣"])
def test_a_place_in_the_stream_is_a_number(desk, incident, place):
    assert desk("VIEWER").get("incidents_incident_change", incident.pk, before=place).status_code == 400

import re

import pytest
from django.db import connection

from cmdb.commands import create_ci
from incidents.commands import change_severity, change_status
from tests.incidents.staging import opened
from timeline import commands as door
from timeline import reactors

# The only tables that anything may be written to because of an event, beyond the record itself.
OWN = {"incidents_deadline", "incidents_durationsample", "problems_recurrencecheck"}


@pytest.fixture
def written(monkeypatch):
    """The tables that reactors write to, each time they are called."""
    tables, react = set(), reactors.react

    def note(execute, sql, params, many, context):
        if (verb := sql.split(None, 1)[0].upper()) in {"INSERT", "UPDATE", "DELETE"}:
            tables.add(re.search(r'(?:INTO|UPDATE|FROM) "(\w+)"', sql)[1])
        else:
            assert verb == "SELECT", sql
        return execute(sql, params, many, context)

    def watched(row, events):
        with connection.execute_wrapper(note):
            react(row, events)

    monkeypatch.setattr(door, "react", watched)
    return tables


def test_they_write_to_tables_of_their_own(anyone, written):
    row = opened(anyone, affected_cis=[create_ci(actor=anyone, name="db-1", kind="server")])
    change_severity(actor=anyone, incident=row, to="P1")
    change_status(actor=anyone, incident=row, to="resolved", reason="Restarted")
    assert written == OWN


def test_one_that_fails_takes_the_whole_change_back(anyone, incident, monkeypatch, inside):
    def failing(row, events):
        raise ZeroDivisionError

    monkeypatch.setattr(door, "react", failing)
    with pytest.raises(ZeroDivisionError):
        change_status(actor=anyone, incident=incident, to="acknowledged")
    monkeypatch.undo()
    assert change_status(actor=anyone, incident=incident, to="acknowledged").version == 2


def test_each_gets_the_events_of_its_prefix(monkeypatch, anyone, settings):
    settings.ITSM_REACTORS = [
        ("INCIDENT_STATUS", "tests.timeline.listening.statuses"),
        ("INCIDENT_", "tests.timeline.listening.all_of_them"),
        ("CHANGE_", "tests.timeline.listening.changes"),
    ]
    from tests.timeline import listening

    listening.heard.clear()
    reactors._reactors.cache_clear()
    try:
        row = opened(anyone)
        change_status(actor=anyone, incident=row, to="acknowledged")
    finally:
        reactors._reactors.cache_clear()
    assert listening.heard == [
        ("all", ["INCIDENT_CREATED"]),
        ("statuses", ["INCIDENT_STATUS_CHANGED"]),
        ("all", ["INCIDENT_STATUS_CHANGED"]),
    ]

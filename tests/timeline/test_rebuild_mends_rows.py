import pytest
from django.core.management import CommandError, call_command

from cmdb.commands import create_ci
from incidents.commands import update_incident
from incidents.models import Incident, IncidentAction, IncidentCI
from orgs.tenancy import org_scope
from tests.incidents.staging import brought_to
from timeline.rebuild import rebuild
from timeline.verify import verify


def test_a_row_that_differs_is_written_anew_from_its_events(org):
    row = brought_to("resolved", org)
    with org_scope(org):
        Incident.objects.filter(pk=row.pk).update(title="Nothing happened", status="open", resolved_at=None)
        IncidentAction.objects.filter(incident=row).delete()
        mended = list(rebuild(org, check=False))
        assert {fault.reference for fault in mended} == {row.reference}
        assert Incident.objects.get(pk=row.pk).title == row.title
    assert list(verify(org)) == []


def test_what_was_taken_off_a_record_does_not_come_back(org, anyone):
    items = [create_ci(actor=anyone, name=name, kind="server") for name in ("db-1", "db-2")]
    row = brought_to("open", org, affected_cis=items)
    update_incident(actor=anyone, incident=row, changes={"affected_cis": ["db-2"]})
    with org_scope(org):
        Incident.objects.filter(pk=row.pk).update(title="Nothing happened")
        list(rebuild(org, check=False))
        assert [link.ci.name for link in IncidentCI.objects.filter(incident=row)] == ["db-2"]
    assert list(verify(org)) == []


def test_check_reports_and_writes_nothing(org, capsys):
    row = brought_to("open", org)
    with org_scope(org):
        Incident.objects.filter(pk=row.pk).update(title="Nothing happened")
    with pytest.raises(CommandError) as stop:
        call_command("ledger", "rebuild", "--check")
    assert stop.value.returncode == 1
    assert f"acme {row.reference}: the row differs from its events in title" in capsys.readouterr().out
    with org_scope(org):
        assert Incident.objects.get(pk=row.pk).title == "Nothing happened"


def test_check_passes_where_nothing_differs(org, capsys):
    brought_to("closed", org)
    call_command("ledger", "rebuild", "--check")
    assert "Every row is what its events fold into." in capsys.readouterr().out


def test_the_command_mends_and_says_so(org, capsys):
    row = brought_to("open", org)
    with org_scope(org):
        Incident.objects.filter(pk=row.pk).update(title="Nothing happened")
    call_command("ledger", "rebuild", "--org", "acme")
    out = capsys.readouterr().out
    assert f"{row.reference}: the row differs from its events in title; written anew" in out
    assert "1 difference mended." in out
    assert list(verify(org)) == []

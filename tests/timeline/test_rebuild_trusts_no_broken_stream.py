import pytest
from django.core.management import CommandError, call_command

from incidents.models import Incident, IncidentEvent
from orgs.tenancy import org_scope
from tests.incidents.staging import anew, brought_to
from tests.timeline.forging import payload_of, remove, rewrite
from timeline.checkpoints import seal
from timeline.rebuild import rebuild


def test_an_altered_event_does_not_get_into_the_row(org):
    row = brought_to("resolved", org)
    rewrite(row, 1, payload={**payload_of(row, 1), "title": "Nothing happened"})
    faults = list(rebuild(org, check=False))
    assert [(fault.reference, fault.seq) for fault in faults] == [(row.reference, 1)]
    assert anew(row).title == "Database is slow"


def test_a_row_is_not_cut_back_to_a_cut_stream(org):
    row = brought_to("resolved", org)
    remove(row, 2)
    faults = list(rebuild(org, check=False))
    assert [(fault.reference, fault.seq) for fault in faults] == [(row.reference, 2)]
    assert anew(row).status == "resolved"


def test_the_command_fails_and_leaves_the_row(org, capsys):
    row = brought_to("resolved", org)
    remove(row, 2)
    with pytest.raises(CommandError):
        call_command("ledger", "rebuild")
    out = capsys.readouterr().out
    assert f"acme {row.reference} event 2" in out
    assert "left as it is" in out
    assert anew(row).version == 2


def test_a_row_is_not_cut_back_to_a_stream_that_was_sealed_longer(org):
    row = brought_to("resolved", org)
    seal(org)
    remove(row, 2)
    with org_scope(org):
        first = IncidentEvent.objects.get(aggregate=row)
        Incident.objects.filter(pk=row.pk).update(version=1, head_hash=first.hash)
    faults = list(rebuild(org, check=False))
    assert [(fault.reference, fault.seq) for fault in faults] == [(row.reference, 2)]
    assert anew(row).status == "resolved"

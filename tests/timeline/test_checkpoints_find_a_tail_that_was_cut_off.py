import pytest
from django.core.management import call_command

from incidents.commands import add_note, change_status
from incidents.models import Incident
from orgs.models import Checkpoint
from orgs.tenancy import org_scope
from tests.incidents.staging import brought_to, stream
from tests.timeline.forging import forgery, remove
from timeline.checkpoints import seal
from timeline.replay import fold
from timeline.triggers import maintenance
from timeline.verify import verify


def rewind(row, seq):
    """Cut a record back to an event so that chain and fold agree with the row: a perfect crime but for the seal."""
    events = stream(row)[:seq]
    remove(row, *range(seq + 1, row.version + 1))
    with forgery(row):
        state = fold(Incident, events)
        Incident.objects.filter(pk=row.pk).update(**state, version=seq, head_hash=events[-1].hash)
        row.actions.all().delete()


def test_a_cut_tail_is_found_by_the_seal(org):
    row = brought_to("resolved", org)
    assert seal(org)
    rewind(row, 1)
    assert [str(fault) for fault in verify(org)] == [
        f"acme {row.reference} event 2: is cut off: events up to 2 were sealed"
    ]


def test_a_tail_written_anew_is_found_by_the_seal(org, anyone):
    row = brought_to("resolved", org)
    seal(org)
    rewind(row, 1)
    row = change_status(actor=anyone, incident=row, to="cancelled", reason="Nothing happened")
    assert [str(fault) for fault in verify(org)] == [f"acme {row.reference} event 2: is not the event that was sealed"]


def test_a_record_that_vanished_is_found_by_the_seal(org):
    row = brought_to("open", org)
    seal(org)
    remove(row, 1)
    with forgery(row):
        row.deadlines.all().delete()
        Incident.objects.filter(pk=row.pk).delete()
    assert [str(fault) for fault in verify(org)] == [
        f"acme incidents.incident {row.pk} event 1: was sealed in a checkpoint and is gone"
    ]


def test_what_came_after_the_seal_is_no_fault(org, anyone):
    row = brought_to("resolved", org)
    seal(org)
    add_note(actor=anyone, incident=row, text="Watching")
    assert list(verify(org)) == []


@pytest.mark.parametrize("column", ["heads", "prev_hash", "hash", "sealed_at"])
def test_an_altered_checkpoint_is_found(column, org):
    row = brought_to("open", org)
    seal(org)
    forged = {"heads": {}, "prev_hash": "f" * 64, "hash": "f" * 64, "sealed_at": row.created_at}
    with maintenance(), org_scope(org):
        Checkpoint.objects.update(**{column: forged[column]})
    assert "acme checkpoint 1: is missing or was altered" in [str(fault) for fault in verify(org)]


def test_a_missing_checkpoint_is_found(org, anyone):
    row = brought_to("open", org)
    for text in ("one", "two"):
        seal(org)
        add_note(actor=anyone, incident=row, text=text)
    seal(org)
    with maintenance(), org_scope(org):
        Checkpoint.objects.filter(number=2).delete()
    assert [str(fault) for fault in verify(org)] == ["acme checkpoint 2: is missing or was altered"]


def test_the_command_seals(org, capsys):
    brought_to("open", org)
    call_command("ledger", "seal")
    call_command("ledger", "seal")
    assert capsys.readouterr().out.splitlines() == ["acme: sealed", "acme: nothing has changed since the last seal"]

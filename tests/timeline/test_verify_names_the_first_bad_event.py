import pytest
from django.core.management import CommandError, call_command

from incidents.models import Incident, IncidentAction
from orgs.tenancy import org_scope
from tests.incidents.staging import anew, brought_to, stream
from tests.timeline.forging import forgery, payload_of, remove, rewrite
from timeline.verify import verify


@pytest.fixture
def closed(org):
    """created, resolved, closed"""
    return brought_to("closed", org)


def said(org):
    return [str(fault) for fault in verify(org)]


def test_a_whole_ledger_has_no_faults(org, closed):
    assert said(org) == []


def test_an_altered_event_is_named(org, closed):
    rewrite(closed, 2, payload={**payload_of(closed, 2), "resolution": "Nothing happened"})
    assert said(org) == [f"acme {closed.reference} event 2: was altered: its hash does not fit its contents"]


def test_altered_personal_text_is_named(org, closed):
    personal = {**stream(closed)[1].personal, "values": {"actor_name": "Mallory"}}
    rewrite(closed, 2, personal=personal)
    assert said(org) == [f"acme {closed.reference} event 2: was altered: its personal text does not fit its digest"]


def test_an_altered_event_with_a_hash_that_fits_breaks_the_link_to_the_next(org, closed):
    event = stream(closed)[1]
    event.payload = {**event.payload, "resolution": "Nothing happened"}
    rewrite(closed, 2, payload=event.payload, hash=event.computed_hash())
    assert said(org) == [f"acme {closed.reference} event 3: does not follow the event before it"]


def test_a_missing_event_in_the_middle_is_named(org, closed):
    remove(closed, 2)
    assert said(org) == [f"acme {closed.reference} event 2: is missing; the next event is 3"]


def test_a_missing_last_event_is_named(org, closed):
    remove(closed, 3)
    assert said(org) == [f"acme {closed.reference} event 3: is missing; the row counts 3"]


def test_the_first_of_several_missing_last_events_is_named(org, closed):
    remove(closed, 2, 3)
    assert said(org) == [f"acme {closed.reference} event 2: is missing; the row counts 3"]


def test_a_record_without_any_event_is_named(org, closed):
    remove(closed, 1, 2, 3)
    assert said(org) == [f"acme {closed.reference}: has no events"]


def test_an_event_that_the_row_does_not_count_is_named(org, closed):
    event = stream(closed)[2]
    event.pk, event.seq, event.prev_hash, event._state.adding = None, 4, event.hash, True
    event.hash = event.computed_hash()
    with forgery(closed):
        event.save(force_insert=True)
    assert said(org) == [f"acme {closed.reference} event 4: is one too many; the row counts 3"]


def test_a_column_that_differs_from_the_fold_is_named(org, closed):
    with org_scope(org):
        Incident.objects.filter(pk=closed.pk).update(title="Nothing happened")
    assert said(org) == [f"acme {closed.reference}: the row differs from its events in title"]


def test_a_row_below_the_record_that_differs_is_named(org, closed):
    with org_scope(org):
        IncidentAction.objects.filter(incident=closed).update(label="open → cancelled")
    assert said(org) == [f"acme {closed.reference}: the row differs from its events in incidents.IncidentAction"]


def test_a_stream_that_cannot_be_replayed_is_named(org, anyone):
    row = brought_to("open", org)
    event = stream(row)[0]
    event.type = "INCIDENT_FORGOTTEN"
    rewrite(row, 1, type=event.type, hash=event.computed_hash())
    with org_scope(org):
        Incident.objects.filter(pk=row.pk).update(head_hash=event.computed_hash())
    assert said(org) == [f"acme {row.reference}: cannot be replayed: KeyError"]


def test_every_bad_record_is_named_in_the_order_of_the_references(org):
    rows = [brought_to("resolved", org) for _ in range(3)]
    for row in (rows[2], rows[0]):
        rewrite(row, 1, request_id="forged")
    assert [fault.reference for fault in verify(org)] == [rows[0].reference, rows[2].reference]


def test_the_command_prints_the_faults_and_fails(org, closed, capsys):
    remove(closed, 2)
    with pytest.raises(CommandError, match="1 fault found") as stop:
        call_command("ledger", "verify")
    assert stop.value.returncode == 1
    assert f"acme {closed.reference} event 2: is missing; the next event is 3" in capsys.readouterr().out


def test_the_command_says_that_the_ledger_is_whole(org, closed, capsys):
    call_command("ledger", "verify")
    assert "The ledger is whole" in capsys.readouterr().out


def test_the_command_looks_at_one_organisation_where_it_is_told_to(org, other_org, closed, capsys):
    remove(closed, 2)
    call_command("ledger", "verify", "--org", "globex")
    with pytest.raises(CommandError):
        call_command("ledger", "verify", "--org", "acme")


def test_progress_is_reported_on_the_way(org, closed, anyone):
    steps = []
    list(verify(org, lambda done, total: steps.append((done, total))))
    assert steps == [(1, 1)]
    assert anew(closed).version == 3

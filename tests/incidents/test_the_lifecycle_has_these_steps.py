from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction

from incidents.commands import acknowledge, change_status, close, reopen, resolve
from incidents.models import Incident
from incidents.states import LIVE, STEPS, Status, allowed_from
from orgs.errors import IllegalTransition, Invalid
from tests.incidents.staging import anew, brought_to, opened, stream, types

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

# API.md §2 and ADR 0020, written out: from each state, where one step may lead.
LEGAL = {
    "open": "acknowledged investigating identified mitigated resolved cancelled",
    "acknowledged": "investigating identified mitigated resolved cancelled",
    "investigating": "identified mitigated resolved cancelled",
    "identified": "mitigated resolved cancelled",
    "mitigated": "investigating resolved cancelled",
    "resolved": "investigating closed",
    "closed": "",
    "cancelled": "",
}
PAIRS = [(before, to) for before in Status.values for to in Status.values]


def test_the_graph_is_the_documented_one():
    assert {str(state): set(allowed_from(state)) for state in STEPS} == {
        state: set(targets.split()) for state, targets in LEGAL.items()
    }


@pytest.mark.parametrize(("before", "to"), PAIRS)
def test_a_legal_step_is_taken_and_any_other_refused(before, to, org, anyone):
    row = brought_to(before, org)
    version = row.version
    if to in LEGAL[before].split():
        row = change_status(actor=anyone, incident=row, to=to, reason="Because")
        assert (row.status, anew(row).status, row.version) == (to, to, version + 1)
        assert types(row)[-1] == ("INCIDENT_RESOLVED" if to == "resolved" else "INCIDENT_STATUS_CHANGED")
        return
    with pytest.raises(IllegalTransition) as refusal:
        change_status(actor=anyone, incident=row, to=to)
    error = refusal.value
    assert (error.status, error.code, error.current, error.requested) == (409, "illegal_transition", before, to)
    assert set(error.allowed) == set(LEGAL[before].split())
    assert (anew(row).status, anew(row).version) == (before, version)


def test_refusals_say_what_to_do(org, anyone):
    def said(before, to):
        with pytest.raises(IllegalTransition) as refusal:
            change_status(actor=anyone, incident=brought_to(before, org), to=to)
        return refusal.value.detail

    assert said("open", "open") == "It is already open."
    assert said("identified", "acknowledged") == (
        "From identified the next step may be mitigated, resolved, cancelled; not acknowledged."
    )
    assert said("open", "closed") == "Resolve or cancel it before closing it."
    assert said("closed", "investigating") == "A closed incident is final; open a new one that follows it."
    assert said("cancelled", "closed") == "From cancelled the next step may be none; not closed."


@pytest.mark.parametrize("to", [state for state in LEGAL["open"].split() if state != "cancelled"])
def test_any_later_step_acknowledges(to, anyone):
    with time_machine.travel(START, tick=False) as clock:
        row = opened(anyone)
        clock.shift(MINUTE)
        row = change_status(actor=anyone, incident=row, to=to, reason="Mine")
        assert row.acknowledged_at == START + MINUTE
        clock.shift(MINUTE)
        if to != "resolved":
            row = change_status(actor=anyone, incident=row, to="resolved", reason="Done")
    assert row.acknowledged_at == START + MINUTE, "an acknowledgement is given once"


def test_each_step_notes_its_time(anyone):
    steps = ("acknowledged", "mitigated", "resolved", "closed")
    with time_machine.travel(START, tick=False) as clock:
        row = opened(anyone)
        for step in steps:
            clock.shift(MINUTE)
            row = change_status(actor=anyone, incident=row, to=step, reason="Next")
    assert [getattr(row, f"{step}_at") for step in steps] == [START + n * MINUTE for n in (1, 2, 3, 4)]
    assert row.cancelled_at is None


def test_a_cancelled_incident_was_never_acknowledged_by_that(anyone):
    row = change_status(actor=anyone, incident=opened(anyone), to="cancelled", reason="None")
    assert row.acknowledged_at is None
    assert row.cancelled_at == row.updated_at


def test_a_relapse_is_the_same_incident(anyone):
    row = opened(anyone)
    for step in ("mitigated", "investigating"):
        row = change_status(actor=anyone, incident=row, to=step, reason="Back again")
    assert (row.mitigated_at, row.reopen_count, row.status) == (None, 0, "investigating")
    assert row.resolve_due_at is not None


def test_a_reopened_incident_has_no_resolution_any_more(org, anyone):
    row = resolve(actor=anyone, incident=opened(anyone), resolution="Restarted", root_cause="A full disk")
    assert (row.resolution, row.root_cause) == ("Restarted", "A full disk")
    row = reopen(actor=anyone, incident=row, reason="Back again")
    assert (row.status, row.resolved_at, row.resolution, row.reopen_count) == ("investigating", None, "", 1)
    assert row.root_cause == "A full disk"
    row = resolve(actor=anyone, incident=row, resolution="Restarted again")
    assert reopen(actor=anyone, incident=row).reopen_count == 2


@pytest.mark.parametrize("state", [state for state in Status.values if state != "resolved"])
def test_only_a_resolved_incident_can_be_reopened(state, org, anyone):
    row = brought_to(state, org)
    with pytest.raises(IllegalTransition) as refusal:
        reopen(actor=anyone, incident=row)
    assert set(refusal.value.allowed) == set(LEGAL[state].split())
    assert anew(row).status == state


def test_resolving_takes_a_resolution_and_closing_none(anyone):
    row = opened(anyone)
    with pytest.raises(Invalid) as refusal:
        resolve(actor=anyone, incident=row, resolution=" ")
    assert refusal.value.fields[0].field == "resolution"
    row = change_status(actor=anyone, incident=row, to="resolved", reason="Went away by itself")
    assert row.resolution == "Went away by itself"
    assert close(actor=anyone, incident=row).status == "closed"


def test_a_resolution_of_its_own_comes_before_the_reason(anyone):
    row = change_status(actor=anyone, incident=opened(anyone), to="resolved", reason="r", resolution="Restarted")
    assert (row.resolution, stream(row)[-1].payload["resolution"]) == ("Restarted", "Restarted")


def test_acknowledging_twice_is_refused(anyone):
    row = acknowledge(actor=anyone, incident=opened(anyone))
    with pytest.raises(IllegalTransition):
        acknowledge(actor=anyone, incident=row)


def test_the_states_know_what_they_are(org):
    assert [state for state in Status.values if brought_to(state, org).is_live] == list(LIVE)
    assert [state for state in Status.values if brought_to(state, org).is_final] == ["closed", "cancelled"]


@pytest.mark.parametrize(
    "columns",
    [{"status": "done"}, {"severity": "P0"}, {"status": "resolved"}, {"resolved_at": START}],
    ids=lambda columns: next(iter(columns)),
)
def test_the_database_refuses_what_cannot_be(columns, incident, inside):
    with pytest.raises(IntegrityError), transaction.atomic():
        Incident.objects.filter(pk=incident.pk).update(**columns)


def test_a_status_that_was_set_past_its_guard_is_not_recorded(anyone, incident, inside):
    from incidents.events import StatusChanged
    from timeline.commands import command, lock, record

    @command
    def forgetful(*, actor):
        row = lock(Incident, incident)
        record(row, StatusChanged("open", "acknowledged", ""), actor=actor)

    with pytest.raises(RuntimeError, match="the fold says status"):
        forgetful(actor=anyone)
    assert anew(incident).version == 1

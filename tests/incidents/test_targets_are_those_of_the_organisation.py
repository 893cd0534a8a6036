from datetime import timedelta

import pytest

from incidents.commands import change_severity, set_sla_target
from incidents.models import SlaTarget
from incidents.targets import all_targets, forget_targets
from orgs.tenancy import org_scope
from tests.incidents.staging import anew, opened, powerful

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture(autouse=True)
def _forgotten(org, other_org):
    """What a process remembers of targets for a few seconds is another test's."""
    yield
    for each in (org, other_org):
        forget_targets(each.pk)


@pytest.mark.parametrize(
    ("severity", "acknowledge", "resolve"),
    [
        ("P1", 15 * MINUTE, 4 * HOUR),
        ("P2", 30 * MINUTE, 24 * HOUR),
        ("P3", 2 * HOUR, 72 * HOUR),
        ("P4", 8 * HOUR, 7 * 24 * HOUR),
    ],
)
def test_without_its_own_the_documented_ones_hold(severity, acknowledge, resolve, anyone):
    row = opened(anyone, severity=severity)
    assert row.ack_due_at - row.created_at == acknowledge
    assert row.resolve_due_at - row.created_at == resolve
    assert row.next_due_at == row.ack_due_at


def test_its_own_hold_for_new_incidents(org, other_org, administrator, django_capture_on_commit_callbacks):
    before = opened(powerful(org), severity="P1")
    with django_capture_on_commit_callbacks(execute=True):
        set_sla_target(actor=administrator, severity="P1", acknowledge_seconds=60, resolve_seconds=600)
    row = opened(powerful(org), severity="P1")
    assert (row.ack_due_at - row.created_at, row.resolve_due_at - row.created_at) == (MINUTE, 10 * MINUTE)
    kept = anew(before)
    assert kept.ack_due_at - kept.created_at == 15 * MINUTE, "one that runs keeps what it began with"
    theirs = opened(powerful(other_org), severity="P1")
    assert theirs.ack_due_at - theirs.created_at == 15 * MINUTE


def test_one_that_runs_takes_them_with_a_new_severity(org, administrator, django_capture_on_commit_callbacks):
    row = opened(powerful(org), severity="P3")
    with django_capture_on_commit_callbacks(execute=True):
        set_sla_target(actor=administrator, severity="P1", acknowledge_seconds=60, resolve_seconds=600)
    row = change_severity(actor=powerful(org), incident=row, to="P1")
    assert row.ack_due_at - row.created_at == MINUTE


def test_setting_them_again_replaces_them(org, administrator):
    for seconds in (60, 120):
        set_sla_target(actor=administrator, severity="P1", acknowledge_seconds=seconds, resolve_seconds=seconds)
    with org_scope(org):
        assert SlaTarget.objects.count() == 1
        assert all_targets()["P1"] == {"acknowledge": 120, "resolve": 120}
        assert all_targets()["P2"] == {"acknowledge": 1800, "resolve": 86400}

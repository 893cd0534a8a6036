"""Sealing everything covers what was written under a clock that had been set back; sealing what changed cannot see it."""

from datetime import timedelta

from incidents.commands import create_incident
from orgs.clock import clock_at, now
from orgs.models import Checkpoint
from orgs.tenancy import org_scope
from timeline.checkpoints import seal
from timeline.verify import verify


def sealed(org):
    with org_scope(org):
        return {pk for heads in Checkpoint.objects.values_list("heads", flat=True) for pk in heads}


def test_a_record_of_the_past_is_sealed_by_a_seal_of_everything_alone(org, engineer):
    present = create_incident(actor=engineer, title="Now", severity="P3")
    assert seal(org)
    with clock_at(now() - timedelta(days=2)):
        past = create_incident(actor=engineer, title="Then", severity="P3")
    assert not seal(org)
    assert sealed(org) == {str(present.pk)}
    assert seal(org, everything=True)
    assert sealed(org) == {str(present.pk), str(past.pk)}
    assert list(verify(org)) == []


def test_where_there_is_nothing_nothing_is_sealed(org):
    assert not seal(org, everything=True)

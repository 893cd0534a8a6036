from datetime import UTC, datetime, timedelta

import time_machine

from incidents.commands import add_note
from orgs.models import Checkpoint
from orgs.tenancy import org_scope
from tests.incidents.staging import opened
from timeline import checkpoints
from timeline.chain import GENESIS
from timeline.checkpoints import checkpoint_hash, seal, seal_due

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def seals(org):
    with org_scope(org):
        return list(Checkpoint.objects.order_by("number"))


def sealed_versions(org):
    return [{pk: entry[1] for pk, entry in checkpoint.heads.items()} for checkpoint in seals(org)]


def test_each_names_the_one_before(org, anyone):
    row = opened(anyone)
    for text in ("one", "two", "three"):
        seal(org)
        add_note(actor=anyone, incident=row, text=text)
    first, second, third = seals(org)
    assert [first.number, second.number, third.number] == [1, 2, 3]
    assert [first.prev_hash, second.prev_hash, third.prev_hash] == [GENESIS, first.hash, second.hash]
    assert third.hash == checkpoint_hash(org.pk, 3, third.sealed_at, third.heads, second.hash)


def test_only_changed_heads_are_sealed_again(org, anyone):
    with time_machine.travel(START, tick=False) as clock:
        quiet, busy = opened(anyone), opened(anyone)
        seal(org)
        clock.shift(timedelta(minutes=1))
        add_note(actor=anyone, incident=busy, text="Still slow")
        seal(org)
        clock.shift(timedelta(hours=1))
        assert not seal(org)
    assert sealed_versions(org) == [{str(quiet.pk): 1, str(busy.pk): 1}, {str(busy.pk): 2}]


def test_a_commit_that_comes_late_is_sealed_by_the_next(org, anyone):
    with time_machine.travel(START, tick=False) as clock:
        opened(anyone)
        seal(org)
        # Its transaction wrote the time, and became visible after the seal that was made meanwhile.
        clock.shift(-checkpoints.OVERLAP + timedelta(seconds=1))
        late = opened(anyone, title="Late to commit")
        clock.shift(checkpoints.OVERLAP)
        assert seal(org)
    assert sealed_versions(org)[-1] == {str(late.pk): 1}


def test_nothing_is_sealed_where_nothing_has_changed(org, anyone):
    assert not seal(org)
    opened(anyone)
    assert seal(org)
    assert not seal(org)
    assert len(seals(org)) == 1


def test_more_heads_than_one_checkpoint_holds_are_all_sealed(org, anyone, monkeypatch):
    monkeypatch.setattr(checkpoints, "LARGEST", 3)
    with time_machine.travel(START, tick=False) as clock:
        rows = []
        for _ in range(8):
            rows.append(opened(anyone))
            clock.shift(timedelta(hours=1))
        assert seal(org)
        clock.shift(timedelta(hours=1))
        assert not seal(org)
    heads = sealed_versions(org)
    assert [len(entry) for entry in heads] == [3, 3, 2]
    assert {pk for entry in heads for pk in entry} == {str(row.pk) for row in rows}
    assert seals(org)[2].prev_hash == seals(org)[1].hash


def test_organisations_have_chains_of_their_own(org, other_org, anyone):
    from tests.incidents.staging import powerful

    opened(anyone)
    opened(powerful(other_org))
    assert seal_due() == 2
    assert [checkpoint.number for checkpoint in (*seals(org), *seals(other_org))] == [1, 1]

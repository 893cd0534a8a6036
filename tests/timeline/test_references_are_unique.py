import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction

from incidents.commands import create as creation
from incidents.models import Incident
from orgs.errors import Busy
from orgs.models import Organisation
from orgs.tenancy import org_scope
from tests.incidents.staging import opened, powerful
from tests.racing import race
from timeline import commands as door
from timeline.commands import command
from timeline.references import next_reference

DAY = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def test_they_count_within_the_day(anyone):
    with time_machine.travel(DAY, tick=False) as clock:
        first, second = opened(anyone), opened(anyone)
        clock.shift(timedelta(days=1))
        third = opened(anyone)
    assert [row.reference for row in (first, second, third)] == [
        "INC-20260301-001",
        "INC-20260301-002",
        "INC-20260302-001",
    ]


def test_organisations_count_for_themselves(org, other_org):
    assert [opened(powerful(each)).reference[-3:] for each in (org, other_org)] == ["001", "001"]


def test_the_thousandth_has_four_digits(org, anyone):
    with time_machine.travel(DAY, tick=False):
        row = opened(anyone)
        with org_scope(org):
            Incident.objects.filter(pk=row.pk).update(ref_number=row.ref_number + 998)
        assert opened(anyone).reference == "INC-20260301-1000"


def test_a_number_that_was_taken_meanwhile_is_tried_again(anyone, monkeypatch):
    taken = opened(anyone)
    answers = iter([(taken.reference, taken.ref_number)] * 3)
    monkeypatch.setattr(creation, "next_reference", lambda *args: next(answers, None) or next_reference(*args))
    assert opened(anyone).ref_number == taken.ref_number + 1


def test_who_never_finds_a_free_number_is_told_to_come_again(anyone, monkeypatch):
    taken = opened(anyone)
    monkeypatch.setattr(creation, "next_reference", lambda *args: (taken.reference, taken.ref_number))
    monkeypatch.setattr(door, "REFERENCE_ATTEMPTS", 2)
    with pytest.raises(Busy):
        opened(anyone)


def test_another_broken_constraint_is_not_taken_for_a_clash(anyone, org):
    tries = []

    @command
    def clumsy(*, actor):
        tries.append(1)
        for _ in range(2):
            Organisation.objects.create(slug="reference", name="ref_number")

    with pytest.raises(IntegrityError), transaction.atomic():
        clumsy(actor=anyone)
    assert len(tries) == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
class TestManyCreatorsAtOnce:
    def test_two_hundred_get_two_hundred_references(self, anyone, org):
        made = race([lambda: opened(anyone).reference] * 200)
        assert all(isinstance(reference, str) for reference in made), [e for e in made if not isinstance(e, str)]
        assert len(set(made)) == 200
        assert all(re.fullmatch(r"INC-\d{8}-\d{3}", reference) for reference in made)
        with org_scope(org):
            assert Incident.objects.count() == 200

    def test_nobody_waits_for_a_creator_whose_transaction_is_open(self, anyone):
        from tests.racing import elsewhere

        with transaction.atomic():
            held = opened(anyone)
            # Would time out, and never return while this transaction is open, if there were a queue.
            others = [elsewhere(lambda: opened(anyone).ref_number) for _ in range(3)]
            assert others == [held.ref_number + 1, held.ref_number + 2, held.ref_number + 3]
        assert elsewhere(lambda: opened(anyone).ref_number) == held.ref_number + 4

    def test_a_number_that_was_given_back_is_used_again(self, anyone):
        first = opened(anyone)
        with transaction.atomic():
            opened(anyone)
            transaction.set_rollback(True)
        assert opened(anyone).ref_number == first.ref_number + 1

    def test_nobody_waits_for_a_seal(self, anyone, org):
        from tests.racing import elsewhere
        from timeline.checkpoints import seal

        opened(anyone)
        with transaction.atomic():
            seal(org)
            assert elsewhere(lambda: opened(anyone).version) == 1

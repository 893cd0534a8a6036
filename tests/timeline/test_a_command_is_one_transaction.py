import pytest
from django.db import OperationalError, connection, transaction

from incidents.commands import add_note, change_status, update_incident
from incidents.models import Incident
from orgs.errors import Busy, NotFound, Stale
from orgs.tenancy import org_scope
from tests.incidents.staging import anew, opened, powerful, types
from tests.racing import elsewhere
from timeline.commands import ATTEMPTS, command, find, lock


class Driver(Exception):
    """What a driver raises; ``sqlstate`` says why."""

    def __init__(self, sqlstate):
        self.sqlstate = sqlstate


def broken(sqlstate):
    error = OperationalError("the store says no")
    error.__cause__ = Driver(sqlstate)
    return error


@pytest.mark.django_db(transaction=True)
class TestTheStoreRefuses:
    @pytest.mark.parametrize("sqlstate", ["40001", "40P01", "55P03"])
    def test_a_passing_refusal_is_tried_again(self, sqlstate, anyone):
        refusals = [broken(sqlstate)] * (ATTEMPTS - 1)

        @command
        def stubborn(*, actor):
            if refusals:
                raise refusals.pop()
            return "done"

        assert stubborn(actor=anyone) == "done"

    def test_one_that_lasts_is_busy(self, anyone):
        tries = []

        @command
        def stubborn(*, actor):
            tries.append(1)
            raise broken("55P03")

        with pytest.raises(Busy) as refusal:
            stubborn(actor=anyone)
        assert len(tries) == ATTEMPTS
        assert (refusal.value.status, refusal.value.retry_after) == (503, 1)

    def test_any_other_is_not_tried_again(self, anyone):
        tries = []

        @command
        def hopeless(*, actor):
            tries.append(1)
            raise broken("22003")

        with pytest.raises(OperationalError):
            hopeless(actor=anyone)
        assert len(tries) == 1

    def test_inside_a_larger_transaction_its_owner_decides(self, anyone):
        @command
        def stubborn(*, actor):
            raise broken("40P01")

        with pytest.raises(OperationalError), transaction.atomic():
            stubborn(actor=anyone)

    def test_what_a_failed_attempt_wrote_is_gone(self, anyone, org):
        refusals = [broken("40001")]

        @command
        def twice(*, actor):
            row = opened(actor)
            if refusals:
                raise refusals.pop()
            return row

        row = twice(actor=anyone)
        with org_scope(org):
            assert [kept.pk for kept in Incident.objects.all()] == [row.pk]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
class TestTheRowLock:
    def test_a_second_writer_is_told_busy_when_the_first_never_ends(self, anyone):
        row = opened(anyone)

        def impatient():
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '20ms'")
            with pytest.raises(Busy):
                add_note(actor=anyone, incident=row, text="Me too")

        with transaction.atomic(), org_scope(anyone.org_id):
            lock(Incident, row)
            elsewhere(impatient)
        assert types(row) == ["INCIDENT_CREATED"]

    def test_records_that_refer_to_a_locked_one_need_not_wait(self, anyone):
        row = opened(anyone)

        def refer():
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '1s'")
            with org_scope(anyone.org_id):
                return Incident.objects.filter(pk=another.pk).update(merged_into=row)

        another = opened(anyone)
        with transaction.atomic(), org_scope(anyone.org_id):
            lock(Incident, row)
            assert elsewhere(refer) == 1
        with org_scope(anyone.org_id):
            Incident.objects.filter(pk=another.pk).update(merged_into=None)


def test_a_record_is_found_by_itself_its_id_and_its_reference(anyone, incident, inside):
    for ident in (incident, incident.pk, str(incident.pk), incident.reference, incident.reference.lower()):
        assert find(Incident, ident).pk == incident.pk
        assert lock(Incident, ident).pk == incident.pk


@pytest.mark.parametrize(
    "ident",
    [
        "",
        "INC-",
        "INC-20260301-1\x00",
        "INC-20260301-001 ",
        "INC-20260301-001\n",
        "INC-2026030١-001",
        "INC-20260301-" + "1" * 5000,
        "{00000000-0000-4000-8000-000000000000}",
        "00000000-0000-4000-8000-000000000000",
        "00000000000040008000000000000000",
        "0",
        "-1",
        "../etc",
        "%00",
        "\ud800",
    ],
)
def test_what_names_no_record_is_not_found(ident, incident, inside):
    for look in (find, lock):
        with pytest.raises(NotFound, match=r"^No such incident\.$"):
            look(Incident, ident)


def test_a_stale_reader_is_told_the_version_there_is(anyone, incident):
    change_status(actor=anyone, incident=incident, to="acknowledged", expected_version=1)
    with pytest.raises(Stale) as refusal:
        change_status(actor=anyone, incident=incident, to="investigating", expected_version=1)
    assert (refusal.value.status, refusal.value.current_version) == (412, 2)
    assert anew(incident).status == "acknowledged"


def test_the_callers_copy_of_the_row_is_never_written_back(anyone, incident):
    update_incident(actor=anyone, incident=incident, changes={"title": "Renamed"})
    change_status(actor=anyone, incident=incident, to="acknowledged")
    assert (anew(incident).title, anew(incident).status) == ("Renamed", "acknowledged")


def test_it_works_in_the_organisation_of_its_actor(anyone, incident, other_org):
    stranger = powerful(other_org)
    with pytest.raises(NotFound):
        change_status(actor=stranger, incident=incident, to="acknowledged")
    with org_scope(other_org):
        assert change_status(actor=anyone, incident=incident, to="acknowledged").version == 2

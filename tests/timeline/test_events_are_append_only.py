import pytest
from django.db import DatabaseError, connection, transaction

from incidents.models import IncidentEvent
from orgs.models import Checkpoint
from orgs.tenancy import org_scope
from tests.incidents.staging import stream
from timeline.checkpoints import seal
from timeline.events import AppendOnlyError
from timeline.triggers import maintenance
from timeline.verify import verify_record

EVENTS = IncidentEvent._meta.db_table
CHECKPOINTS = Checkpoint._meta.db_table


@pytest.fixture
def sealed(org, incident, inside):
    seal(org)
    return incident


def refused(statement):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        f"UPDATE {EVENTS} SET payload = '{{}}'",
        f"UPDATE {EVENTS} SET personal = '{{}}'",
        f"DELETE FROM {EVENTS}",
        f"UPDATE {CHECKPOINTS} SET hash = ''",
        f"DELETE FROM {CHECKPOINTS}",
    ],
)
def test_the_database_refuses_to_rewrite(statement, sealed):
    refused(statement)
    assert verify_record(sealed) == []


@pytest.mark.postgres
@pytest.mark.parametrize("table", [EVENTS, CHECKPOINTS])
def test_the_database_refuses_to_truncate(table, sealed):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    refused(f"TRUNCATE {table} CASCADE")


@pytest.mark.parametrize(
    "attempt",
    [
        lambda events: events.update(type="INCIDENT_FORGED"),
        lambda events: events.delete(),
        lambda events: events.bulk_update(list(events), ["type"]),
        lambda events: events.first().save(),
        lambda events: events.first().delete(),
        lambda events: events.filter(seq=1).order_by("seq").delete(),
    ],
)
def test_the_models_refuse_to_rewrite(attempt, sealed):
    with pytest.raises(AppendOnlyError):
        attempt(IncidentEvent.objects.all())
    assert verify_record(sealed) == []


def test_the_unscoped_manager_refuses_too(sealed):
    with pytest.raises(AppendOnlyError):
        IncidentEvent.all_orgs_unsafe.all().delete()


def test_an_event_under_a_number_that_is_taken_is_refused(sealed):
    event = stream(sealed)[0]
    event.pk, event._state.adding = None, True
    with pytest.raises(DatabaseError), transaction.atomic():
        event.save(force_insert=True)


class TestTheMaintenanceGuard:
    def test_opens_for_its_block(self, sealed):
        with maintenance(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE {EVENTS} SET personal = '{{}}'")
            assert cursor.rowcount == 1

    def test_is_closed_after_its_block_though_the_transaction_goes_on(self, sealed):
        with maintenance():
            pass
        refused(f"DELETE FROM {EVENTS}")

    def test_is_closed_after_a_block_that_failed(self, sealed):
        with pytest.raises(ZeroDivisionError), maintenance():
            raise ZeroDivisionError
        refused(f"DELETE FROM {EVENTS}")

    def test_takes_back_what_a_failed_block_did(self, sealed):
        def delete_and_fail():
            with maintenance(), connection.cursor() as cursor:
                cursor.execute(f"DELETE FROM {EVENTS}")
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            delete_and_fail()
        assert verify_record(sealed) == []

    @pytest.mark.django_db(transaction=True)
    @pytest.mark.postgres
    def test_stays_closed_to_every_other_connection(self, org, incident):
        from concurrent.futures import ThreadPoolExecutor

        def elsewhere():
            try:
                refused(f"DELETE FROM {EVENTS}")
            finally:
                connection.close()

        with maintenance(), ThreadPoolExecutor(1) as pool:
            pool.submit(elsewhere).result(timeout=30)
        with org_scope(org):
            assert verify_record(incident) == []

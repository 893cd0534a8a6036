import pytest
from django.db import DatabaseError, connection, transaction

from changes.models import ChangeEvent
from timeline.replay import state_at

EVENTS = ChangeEvent._meta.db_table


@pytest.mark.parametrize("statement", [f"UPDATE {EVENTS} SET payload = '{{}}'", f"DELETE FROM {EVENTS}"])
def test_the_database_refuses_to_rewrite(statement, change):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_it_can_be_seen_as_it_stood(change, inside):
    assert state_at(change, change.created_at)["title"] == change.title

"""RELIABILITY P7: somebody with the database's own superuser tampers a thousand times; verification names the place."""

import json
import random
from uuid import uuid4

import pytest
from django.db import connection

from cmdb.commands import create_ci
from incidents.commands import Signal, add_action, add_note, attach_signal
from incidents.models import Incident, IncidentEvent
from orgs.tenancy import org_scope
from tests.incidents.staging import brought_to, powerful
from timeline.checkpoints import seal
from timeline.verify import verify

pytestmark = [pytest.mark.postgres, pytest.mark.slow]

TAMPERINGS = 1000
RECORDS = 10
EVENTS = IncidentEvent._meta.db_table


@pytest.fixture
def sealed(org):
    """A few records with some of everything, sealed."""
    actor = powerful(org)
    for number in range(RECORDS):
        items = [create_ci(actor=actor, name=f"db-{number}-{n}", kind="server") for n in range(2)]
        row = brought_to("resolved", org, affected_cis=items, severity="P3", tags=["db"])
        add_note(actor=actor, incident=row, text="It was the cache")
        add_action(actor=actor, incident=row, kind="NOTE", label="Cleared it")
        attach_signal(actor=actor, incident=row, signal=Signal("alert", "prometheus", "Slow", firing=True))
    seal(org)


class Superuser:
    """Somebody who may turn the triggers off, and uses SQL."""

    def __init__(self, cursor, random):
        self.cursor, self.random = cursor, random

    def do(self, sql, *values):
        self.cursor.execute(sql, values)
        assert self.cursor.rowcount > 0, (sql, values)

    # Each tampers with one record and returns the number of the first event that is not as it was (0: the row).

    def edit_payload(self, pk, last):
        seq = self.random.randint(1, last)
        text = json.dumps({"forged": str(uuid4())})
        self.do(f"UPDATE {EVENTS} SET payload = payload || %s WHERE aggregate_id = %s AND seq = %s", text, pk, seq)
        return seq

    def edit_envelope(self, pk, last):
        seq = self.random.randint(1, last)
        change = self.random.choice(
            [
                "type = 'INCIDENT_NOTE_ADDED_2'",
                "version = version + 1",
                "actor_kind = 'other'",
                "actor_ref = 'forged'",
                "request_id = 'forged'",
                "occurred_at = occurred_at - interval '1 microsecond'",
                "recorded_at = recorded_at - interval '1 microsecond'",
                "personal_digest = repeat('0', 64)",
                "personal = jsonb_set(personal, '{values,actor_name}', '\"Mallory\"')",
                "hash = repeat('0', 64)",
            ]
        )
        self.do(f"UPDATE {EVENTS} SET {change} WHERE aggregate_id = %s AND seq = %s", pk, seq)
        return seq

    def delete_middle(self, pk, last):
        seq = self.random.randint(2, last - 1)
        self.do(f"DELETE FROM {EVENTS} WHERE aggregate_id = %s AND seq = %s", pk, seq)
        return seq

    def cut_tail_and_rewind_the_head(self, pk, last):
        keep = self.random.randint(1, last - 1)
        self.do(f"DELETE FROM {EVENTS} WHERE aggregate_id = %s AND seq > %s", pk, keep)
        self.do(
            f"UPDATE incidents_incident SET version = %s, head_hash = (SELECT hash FROM {EVENTS} WHERE "
            "aggregate_id = %s AND seq = %s) WHERE id = %s",
            keep, pk, keep, pk,
        )  # fmt: skip
        return keep + 1

    def swap(self, pk, last):
        first = self.random.randint(1, last - 1)
        both = "WHERE aggregate_id = %s AND seq IN (%s, %s)"
        self.do(f"UPDATE {EVENTS} SET seq = seq + 1000 {both}", pk, first, first + 1)
        self.do(f"UPDATE {EVENTS} SET seq = 2 * %s + 1001 - seq {both}", first, pk, first + 1000, first + 1001)
        return first

    def insert(self, pk, last):
        at = self.random.randint(1, last + 1)
        # Downwards, because each number is unique.
        for seq in range(last, at - 1, -1):
            self.do(f"UPDATE {EVENTS} SET seq = seq + 1 WHERE aggregate_id = %s AND seq = %s", pk, seq)
        columns = (
            "org_id, type, version, payload, personal, personal_digest, actor_kind, actor_ref, request_id, "
            "occurred_at, recorded_at, prev_hash, hash"
        )
        self.do(
            f"INSERT INTO {EVENTS} (aggregate_id, seq, {columns}) SELECT aggregate_id, %s, {columns} FROM {EVENTS} "
            # A copy of the event that stood here would still be true here.
            "WHERE aggregate_id = %s AND seq <> %s ORDER BY random() LIMIT 1",
            at, pk, at + 1,
        )  # fmt: skip
        return at

    def alter_row(self, pk, last):
        change = self.random.choice(
            [
                "title = title || '.'",
                "severity = CASE severity WHEN 'P4' THEN 'P1' ELSE 'P4' END",
                "created_at = created_at + interval '1 microsecond'",
                "updated_at = updated_at + interval '1 microsecond'",
                "acknowledged_at = now()",
                "resolution = resolution || '.'",
                "tags = tags || '[\"forged\"]'",
                "sla = sla || '{\"forged\": 1}'",
                "signal_count = signal_count + 1",
                "ack_breached = NOT ack_breached",
            ]
        )
        self.do(f"UPDATE incidents_incident SET {change} WHERE id = %s", pk)
        return 0

    def alter_belonging(self, pk, last):
        change = self.random.choice(
            [
                "UPDATE incidents_incidentaction SET label = 'forged' WHERE incident_id = %s",
                "UPDATE incidents_incidentaction SET ts = ts + interval '1 second' WHERE incident_id = %s",
                "DELETE FROM incidents_incidentaction WHERE incident_id = %s",
                "UPDATE incidents_incidentsignal SET firing = NOT firing WHERE incident_id = %s",
                "DELETE FROM incidents_incidentsignal WHERE incident_id = %s",
                "DELETE FROM incidents_incidentci WHERE incident_id = %s",
            ]
        )
        self.do(change, pk)
        return 0


WAYS = [
    Superuser.edit_payload,
    Superuser.edit_envelope,
    Superuser.delete_middle,
    Superuser.cut_tail_and_rewind_the_head,
    Superuser.swap,
    Superuser.insert,
    Superuser.alter_row,
    Superuser.alter_belonging,
]


@pytest.mark.timeout(300)
def test_a_thousand_random_tamperings_are_all_found_and_named(org, sealed):
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    assert list(verify(org)) == []
    missed = []
    with org_scope(org):
        records = list(Incident.objects.values_list("pk", "reference", "version"))
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        superuser = Superuser(cursor, chance)
        for _ in range(TAMPERINGS // RECORDS):
            cursor.execute("SAVEPOINT whole")
            done = []
            for pk, reference, last in records:
                way = chance.choice(WAYS)
                done.append((way.__name__, reference, way(superuser, pk, last)))
            found = {(fault.reference, fault.seq) for fault in verify(org)}
            missed += [one for one in done if one[1:] not in found]
            cursor.execute("ROLLBACK TO SAVEPOINT whole")
        cursor.execute("SET LOCAL session_replication_role = origin")
    assert missed == [], f"seed {seed}: {len(missed)} of {TAMPERINGS} were not found"
    assert list(verify(org)) == []

"""RELIABILITY P23: eight processes write to one SQLite file; none is told that it is locked, and nothing is lost."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.source import ROOT

WRITERS = 8
TRANSACTIONS = 15

SCRIPT = '''
import os, sys
import django
django.setup()
from django.core.management import call_command
from django.db import connection, transaction
from incidents.commands import add_note, add_tag, create_incident, update_incident
from incidents.models import Incident
from orgs.actor import Actor
from orgs.commands import create_organisation
from orgs.errors import Stale
from orgs.tenancy import org_scope
from timeline.verify import verify

writers, transactions = int(sys.argv[1]), int(sys.argv[2])
call_command("migrate", verbosity=0)
org = create_organisation(slug="acme", name="Acme")
actor = Actor.system(org.id, "writer")
shared = create_incident(actor=actor, title="0", severity="P2").pk
connection.close()


def count_up():
    """Read, then write what was read: lost where two do it at once without a lock or a version."""
    while True:
        with org_scope(org):
            row = Incident.objects.get(pk=shared)
        try:
            return update_incident(
                actor=actor, incident=shared, changes={"title": str(int(row.title) + 1)}, expected_version=row.version
            )
        except Stale:
            continue


children = []
for number in range(writers):
    child = os.fork()
    if child == 0:
        try:
            for turn in range(transactions):
                count_up()
                add_note(actor=actor, incident=shared, text=f"{number}/{turn}")
                own = create_incident(actor=actor, title=f"{number}/{turn}", severity="P3")
                add_tag(actor=actor, incident=own, tag="own")
        except BaseException as error:
            print(f"{type(error).__name__}: {error}", flush=True)
            os._exit(1)
        os._exit(0)
    children.append(child)
codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
with org_scope(org):
    row = Incident.objects.get(pk=shared)
    notes = {event.text("text") for event in row.EVENTS.objects.filter(aggregate_id=shared, type="INCIDENT_NOTE_ADDED")}
    references = list(Incident.objects.values_list("reference", flat=True))
faults = [str(fault) for fault in verify(org)]
print(codes, row.title, row.version, len(notes), len(references), len(set(references)), faults)
'''


@pytest.mark.once
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_none_is_locked_out_and_no_update_is_lost(tmp_path: Path):
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("ITSM_", "DATABASE_"))},
        "DJANGO_SETTINGS_MODULE": "itsm_site.settings",
        "ITSM_ENV": "test",
        "ITSM_ENV_FILE": "",
        "ITSM_DATA_DIR": str(tmp_path),
        "ITSM_SECRET_KEY": "tests-only-" + "0123456789abcdef" * 4,
        "PYTHONPATH": str(ROOT),
    }
    script = tmp_path / "writers.py"
    script.write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, str(script), str(WRITERS), str(TRANSACTIONS)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    total = WRITERS * TRANSACTIONS
    expected = f"{[0] * WRITERS} {total} {1 + 2 * total} {total} {1 + total} {1 + total} []"
    assert done.stdout.splitlines()[-1:] == [expected], done.stdout + done.stderr
    assert "locked" not in done.stdout + done.stderr

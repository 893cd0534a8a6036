"""Planning at size: conflicts of one change against 10,000 scheduled ones, and the next free slot, on both databases."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

import psycopg

from bench.impact import ROOT, SERVER, _fill, _id, _insert, _line, _settle

DATABASE = "opsledger_bench_changes"
TARGET_MS = 50.0
ITEMS, EDGES = 10_000, 30_000
CHANGES, PLACES = 10_000, 5
FREEZES = 50
TEAMS = 20
DAYS = 90
BEGIN = datetime(2027, 1, 4, tzinfo=UTC)
COLUMNS = (
    "id,org_id,reference,ref_number,version,head_hash,created_at,updated_at,title,description,type,status,risk,"
    "risk_computed,risk_reason,risk_factors,requested_by,requesters,assigned_to,assigned_team_id,assignee_name,"
    "affected_names,implementation_plan,test_plan,rollback_plan,scheduled_at,scheduled_end,source,tags,links,approval,"
    "evidence_hash,conflict_reason,rejection,override_reason,outcome,review_note"
)

Row = tuple[object, ...]


def main() -> None:
    """Measure on both databases; PostgreSQL is left out, with a word, where no server answers."""
    with tempfile.TemporaryDirectory(prefix="opsledger-bench-") as directory:
        print(f"changes: {CHANGES:,} scheduled on {ITEMS:,} items with {EDGES:,} edges; target {TARGET_MS:.0f} ms")
        _measured(f"sqlite:///{directory}/changes.sqlite3", directory)
        try:
            with psycopg.connect(f"{SERVER}/postgres", autocommit=True) as connection:
                connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
                connection.execute(f"CREATE DATABASE {DATABASE}")
        except psycopg.OperationalError as error:
            print(f"changes: PostgreSQL left out: {error}")
            return
        try:
            _measured(f"{SERVER}/{DATABASE}", directory)
        finally:
            with psycopg.connect(f"{SERVER}/postgres", autocommit=True) as connection:
                connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")


def _measured(url: str, directory: str) -> None:
    """Fill and measure one database in processes that have it as theirs."""
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "ITSM_ENV": "development",
        "ITSM_ENV_FILE": "",
        "ITSM_DATA_DIR": directory,
        "ITSM_LOG_LEVEL": "error",
        "DJANGO_SETTINGS_MODULE": "itsm_site.settings",
    }
    migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    for argv in (migrate, [sys.executable, "-c", "from bench import changes; changes.measure()"]):
        subprocess.run(argv, cwd=ROOT, env=environment, check=True)  # noqa: S603 - our own commands


def measure() -> None:
    """Fill the process's database and print what each question costs."""
    import django  # noqa: PLC0415 - the settings are this process's alone

    django.setup()
    from django.db import connection  # noqa: PLC0415 - after setup

    from changes.commands.freezes import create_freeze  # noqa: PLC0415 - after setup
    from changes.conflicts import conflicts_of  # noqa: PLC0415 - after setup
    from changes.evidence import evidence_of  # noqa: PLC0415 - after setup
    from changes.models import Change  # noqa: PLC0415 - after setup
    from changes.slots import next_free_slot  # noqa: PLC0415 - after setup
    from orgs.actor import Actor  # noqa: PLC0415 - after setup
    from orgs.commands import create_organisation, create_team  # noqa: PLC0415 - after setup
    from orgs.tenancy import org_scope  # noqa: PLC0415 - after setup

    began = time.perf_counter()
    org = create_organisation(slug="park", name="park")
    teams = [create_team(actor=None, org=org, name=f"Team {number}").pk for number in range(TEAMS)]
    _fill(connection, org.pk, 0, ITEMS, _edges())
    _insert(connection, "changes_change", COLUMNS, _changes(org.pk, teams))
    _insert(connection, "changes_changeci", "id,org_id,change_id,ci_id,name", _places(org.pk))
    rule = {"every": "week", "days": ["fri", "sat"], "from": "18:00", "to": "06:00"}
    for number in range(FREEZES):
        create_freeze(
            actor=Actor.system(org.pk, "bench"),
            name=f"Freeze {number}",
            reason="bench",
            hardness="hard" if number % 2 else "soft",
            kinds=["server"] if number else [],
            services=[] if number else ["ci-9999"],
            recurrence=rule,
            time_zone="Europe/Berlin",
        )
    _settle(connection)
    print(f"\n{connection.vendor}: filled in {time.perf_counter() - began:.0f} s")

    def in_the_way(change: Change) -> int:
        return sum(group.count for group in conflicts_of(change).groups)

    def free(change: Change) -> int:
        return int(next_free_slot(change, BEGIN, timedelta(hours=1)) is not None)

    def told(change: Change) -> int:
        return len(evidence_of(change).as_data())

    with org_scope(org):
        for label, number in (("ordinary items", CHANGES // 2), ("items that half the park hangs on", 0)):
            change = Change.objects.get(pk=_change_id(number))
            # Only the first question has a target; of the others, how many a second.
            _line(f"conflicts, {label}", partial(in_the_way, change), per=int(number == 0))
            _line(f"next free slot, {label}", partial(free, change), per=1)
            _line(f"evidence, {label}", partial(told, change), per=1)
        busy = Change.objects.get(pk=_change_id(CHANGES // 2))
        busy.scheduled_at, busy.scheduled_end = BEGIN, BEGIN + timedelta(days=DAYS + 1)
        _line("conflicts with all 10,000 in its window", partial(in_the_way, busy), per=1)


def _edges() -> list[tuple[int, int]]:
    """A layered park: each item depends on some before it, and the first ones carry much of it."""
    chance = random.Random(11)  # noqa: S311 - a picture of a datacenter, no secret
    edges: dict[tuple[int, int], None] = {}
    for item in range(PLACES, ITEMS, 2):
        edges[item, item % PLACES] = None
    while len(edges) < EDGES:
        item = chance.randrange(100, ITEMS)
        edges[item, chance.randrange(PLACES, item)] = None
    return list(edges)


def _change_id(number: int) -> UUID:
    return _id(1_000_000 + number)


def _changes(org: UUID, teams: list[UUID]) -> Iterator[Row]:
    chance = random.Random(12)  # noqa: S311 - a calendar, no secret
    for number in range(CHANGES):
        start = BEGIN + timedelta(minutes=15 * chance.randrange(DAYS * 96))
        end = start + timedelta(minutes=30 * chance.randrange(1, 9))
        # The smallest row that the table takes, in the order of COLUMNS.
        yield (
            *(_change_id(number), org, f"CRQ-20270101-{number:05}", 20270101000000 + number, 1, "", BEGIN, BEGIN),
            *(f"Change {number}", "", "normal", "approved", "low", "low", "", "[]", "Robin", "[]", "Team"),
            *(teams[number % TEAMS], "", "[]", "", "", "", start, end, "", "[]", "[]", "{}", "", "", "", "", "", ""),
        )


def _places(org: UUID) -> Iterator[Row]:
    chance = random.Random(13)  # noqa: S311 - a calendar, no secret
    for number in range(CHANGES):
        items = range(PLACES) if number == 0 else sorted({chance.randrange(PLACES, ITEMS) for _ in range(PLACES)})
        for item in items:
            yield (
                _id(2_000_000 + number * PLACES + item % PLACES + 7_000_000 * item),
                org,
                _change_id(number),
                _id(item),
                f"ci-{item}",
            )


if __name__ == "__main__":
    main()

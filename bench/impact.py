"""Impact at size: 100,000 configuration items and 300,000 edges, on PostgreSQL and on SQLite, in databases of its own."""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import psycopg

ROOT = Path(__file__).resolve().parent.parent
SERVER = os.environ.get("BENCH_SERVER", "postgres://root@127.0.0.1:5432")
DATABASE = "opsledger_bench_impact"

SWITCHES, HOSTS, MACHINES, SERVICES = 200, 5_000, 45_000, 49_800
EDGES = 300_000
CLIQUE = 300
TARGET_MS = 50.0
RUNS = 15
NAMES = 100

Edge = tuple[int, int]
Row = Sequence[object]


def main() -> None:
    """Measure on both databases; PostgreSQL is left out, with a word, where no server answers."""
    with tempfile.TemporaryDirectory(prefix="opsledger-bench-") as directory:
        print(f"impact: {SWITCHES + HOSTS + MACHINES + SERVICES:,} items, {EDGES:,} edges; target {TARGET_MS:.0f} ms")
        _measured(f"sqlite:///{directory}/impact.sqlite3", directory)
        try:
            with psycopg.connect(f"{SERVER}/postgres", autocommit=True) as connection:
                connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
                connection.execute(f"CREATE DATABASE {DATABASE}")
        except psycopg.OperationalError as error:
            print(f"impact: PostgreSQL left out: {error}")
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
    for argv in (migrate, [sys.executable, "-c", "from bench import impact; impact.measure()"]):
        subprocess.run(argv, cwd=ROOT, env=environment, check=True)  # noqa: S603 - our own commands


def park() -> list[Edge]:
    """The edges of a datacenter, the same at every run: services on machines on hosts on switches, and cycles above."""
    chance = random.Random(7)  # noqa: S311 - a picture of a datacenter, no secret
    first_machine, first_service = SWITCHES + HOSTS, SWITCHES + HOSTS + MACHINES
    last = first_service + SERVICES
    edges: dict[Edge, None] = {}
    for host in range(SWITCHES, first_machine):
        edges[host, chance.randrange(0, 20)] = None
        edges[host, chance.randrange(20, SWITCHES)] = None
        if host % 2:
            edges[host, 0] = None
    for machine in range(first_machine, first_service):
        edges[machine, chance.randrange(SWITCHES, first_machine)] = None
        if machine < first_machine + 10_000:
            edges[machine, 1] = None
    for service in range(first_service, last):
        edges[service, chance.randrange(first_machine, first_service)] = None
        edges[service, chance.randrange(first_machine, first_service)] = None
    while len(edges) < EDGES:
        edge = chance.randrange(first_service, last), chance.randrange(first_service, last)
        if edge[0] != edge[1]:
            edges[edge] = None
    return list(edges)


def measure() -> None:
    """Fill the process's database and print what each question costs."""
    import django  # noqa: PLC0415 - the settings are this process's alone

    django.setup()
    from django.db import connection  # noqa: PLC0415 - after setup

    from cmdb.queries import impact, impact_summary, match_names  # noqa: PLC0415 - after setup
    from orgs.commands import create_organisation  # noqa: PLC0415 - after setup
    from orgs.tenancy import org_scope  # noqa: PLC0415 - after setup

    began = time.perf_counter()
    org, dense = (create_organisation(slug=slug, name=slug).pk for slug in ("park", "dense"))
    total = SWITCHES + HOSTS + MACHINES + SERVICES
    _fill(connection, org, 0, total, park())
    _fill(connection, dense, total, CLIQUE, [(a, b) for a in range(CLIQUE) for b in range(CLIQUE) if a != b])
    _settle(connection)
    print(f"\n{connection.vendor}: filled in {time.perf_counter() - began:.0f} s")
    with org_scope(org):
        _line("a hub with 10,000 direct dependents", lambda: len(impact([_id(1)]).nodes))
        _line("a hub that all of the park hangs on", lambda: len(impact([_id(0)]).nodes))
        _line("the same, as an incident keeps it", lambda: impact_summary([_id(0)])["dependents"])
        _line("a switch of a rack", lambda: len(impact([_id(100)]).nodes))
        _line("a host", lambda: len(impact([_id(3_000)]).nodes))
        _line("20 hubs at once", lambda: len(impact([_id(number) for number in range(20)]).nodes))
        _line("a service, upstream", lambda: len(impact([_id(total - 1)], direction="dependencies").nodes))
        names = [f"ci-{number * 997 % total}:9100" for number in range(NAMES)]
        _line(f"{NAMES} names of alerts, matched", lambda: len(match_names(names)), per=NAMES)
    with org_scope(dense):
        _line(f"{CLIQUE} items that all depend on each other", lambda: len(impact([_id(total)]).nodes))


def _line(label: str, question: Callable[[], int], *, per: int = 0) -> None:
    found = question()
    times = []
    for _ in range(RUNS):
        began = time.perf_counter()
        question()
        times.append((time.perf_counter() - began) * 1_000)
    median = statistics.median(times)
    verdict = f"{per / median * 1_000:9,.0f}/s" if per else ("ok" if median < TARGET_MS else "TOO SLOW")
    figures = f"best {min(times):6.1f} ms  median {median:6.1f} ms  worst {max(times):6.1f} ms"
    print(f"  {label:42} {found:6,} found  {figures}  {verdict}")


def _id(number: int) -> UUID:
    # Spread as random ids are, yet the same at every run.
    return UUID(int=random.Random(number).getrandbits(128), version=4)  # noqa: S311 - no secret


def _items(org: UUID, start: int, count: int, moment: datetime) -> Iterator[Row]:
    grades = ("critical", "high", "medium", "medium", "low")
    for number in range(start, start + count):
        name = f"ci-{number}"
        attributes = json.dumps({"ip": f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", "note": "x" * 200})
        kind = "service" if number % 2 else "server"
        grade = grades[number % len(grades)]
        yield (_id(number), org, name, name, kind, "production", grade, "active", attributes, "", "", 1, moment, moment)


def _fill(connection: object, org: UUID, start: int, count: int, edges: list[Edge]) -> None:
    moment = datetime(2026, 11, 1, tzinfo=UTC)
    columns = "id,org_id,name,name_key,kind,environment,criticality,status,attributes,source,external_id,version"
    _insert(
        connection,
        "cmdb_configurationitem",
        f"{columns},created_at,updated_at",
        _items(org, start, count, moment),
    )
    keys = ((org, _id(number), f"ci-{number}", "1-name") for number in range(start, start + count))
    _insert(connection, "cmdb_lookupkey", "org_id,ci_id,key,sort", keys)
    rows = ((org, _id(start + a), _id(start + b), "depends_on", "", moment) for a, b in edges)
    _insert(connection, "cmdb_dependency", "org_id,dependent_id,dependency_id,kind,source,created_at", rows)


def _insert(connection: object, table: str, columns: str, rows: Iterator[Row]) -> None:
    """The fastest way in that each database has."""
    with connection.cursor() as cursor:  # type: ignore[attr-defined]
        if connection.vendor == "postgresql":  # type: ignore[attr-defined]
            cursor.execute("SET statement_timeout = 0")
            with cursor.cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            places = ",".join("?" * (columns.count(",") + 1))
            plain = (tuple(each.hex if isinstance(each, UUID) else each for each in row) for row in rows)
            cursor.connection.execute("PRAGMA cache_size = -262144")
            cursor.connection.execute("BEGIN IMMEDIATE")
            cursor.connection.executemany(f"INSERT INTO {table} ({columns}) VALUES ({places})", plain)  # noqa: S608 - our own names
            cursor.connection.execute("COMMIT")
            # Measured with the cache that the product has.
            cursor.connection.execute("PRAGMA cache_size = -2000")


def _settle(connection: object) -> None:
    with connection.cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")  # type: ignore[attr-defined]


if __name__ == "__main__":
    main()

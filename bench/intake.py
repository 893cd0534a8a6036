"""The alert intake in one process: accept bodies of 100 alerts, apply them, on PostgreSQL and on SQLite (W2c)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import psycopg

ROOT = Path(__file__).resolve().parent.parent
SERVER = os.environ.get("BENCH_SERVER", "postgres://root@127.0.0.1:5432")
DATABASE = "opsledger_bench_intake"

BODIES, ALERTS, SINGLES, INCIDENTS = 150, 100, 1_000, 200
PATH = "/api/v1/webhooks/alerts/alertmanager"


def main() -> None:
    """Measure on both databases; PostgreSQL is left out, with a word, where no server answers."""
    with tempfile.TemporaryDirectory(prefix="opsledger-bench-") as directory:
        try:
            with psycopg.connect(f"{SERVER}/postgres", autocommit=True) as connection:
                connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
                connection.execute(f"CREATE DATABASE {DATABASE}")
        except psycopg.OperationalError as error:
            print(f"intake: PostgreSQL left out: {error}")
        else:
            try:
                _measured(f"{SERVER}/{DATABASE}", directory)
            finally:
                with psycopg.connect(f"{SERVER}/postgres", autocommit=True) as connection:
                    connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        _measured(f"sqlite:///{directory}/intake.sqlite3", directory)


def _measured(url: str, directory: str) -> None:
    """Fill and measure one database in processes that have it as theirs."""
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "ITSM_ENV": "development",
        "ITSM_ENV_FILE": "",
        "ITSM_DATA_DIR": directory,
        "ITSM_LOG_LEVEL": "error",
        "ITSM_API_RATE_LIMIT": "0",
        "DJANGO_SETTINGS_MODULE": "itsm_site.settings",
    }
    migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    for argv in (migrate, [sys.executable, "-c", "from bench import intake; intake.measure()"]):
        subprocess.run(argv, cwd=ROOT, env=environment, check=True)  # noqa: S603 - our own commands


def bodies(
    count: int, *, alerts: int = ALERTS, severity: str = "warning", name: str = "a", minute: int = 0
) -> list[bytes]:
    """Alertmanager's bodies, every alert of them another one; the same arguments give the same alerts."""
    return [
        json.dumps(
            {
                "version": "4",
                "status": "firing",
                "groupKey": f'{{}}:{{alertname="{name}{number}"}}',
                "truncatedAlerts": 0,
                "externalURL": "http://alertmanager.example.net:9093",
                "receiver": f"minute {minute}",
                "alerts": [_alert(f"{name}{number:06}{index:04}", severity) for index in range(alerts)],
            }
        ).encode()
        for number in range(count)
    ]


def _alert(ident: str, severity: str) -> dict[str, Any]:
    return {
        "status": "firing",
        "labels": {
            "alertname": "DiskWillFillSoon",
            "cluster": "fra1",
            "instance": f"db-{ident}.fra1.example.net:9100",
            "device": "/dev/sda2",
            "mountpoint": "/var/lib/postgresql",
            "severity": severity,
            "team": "dba",
        },
        "annotations": {
            "summary": f"db-{ident} runs out of disk within 4 hours",
            "description": "The predicted fill time of the volume is below the threshold of 4 hours.",
        },
        "startsAt": "2026-11-20T09:00:31.515741698Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus.example.net:9090/graph?g0.expr=predict_linear&g0.tab=1",
        "fingerprint": f"fp-{ident}",
    }


def measure() -> None:
    """Print what each step costs in the process's own database."""
    import django  # noqa: PLC0415 - the settings are this process's alone

    django.setup()
    from django.conf import settings  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415

    from integrations.intake.drain import drain  # noqa: PLC0415
    from orgs.commands import create_organisation, issue_key  # noqa: PLC0415

    settings.DOORBELL_ENABLED = False
    org = create_organisation(slug="bench", name="Bench")
    _, token = issue_key(actor=None, org=org, name="bench", roles=["MEMBER"])
    client = Client(headers={"Authorization": f"Bearer {token}", "Host": "localhost"})

    def accept(raws: Iterable[bytes]) -> None:
        for raw in raws:
            status = client.generic("POST", PATH, raw, "application/json").status_code
            if status != 202:
                raise SystemExit(f"intake: answered {status}")

    def settle() -> None:
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")

    def apply_all() -> None:
        while drain(10_000):
            pass

    accept(bodies(2, name="warm"))
    apply_all()
    print(f"\n{connection.vendor}: one process, bodies of {ALERTS} alerts of about {len(bodies(1)[0]) // 1024} KiB")
    total = BODIES * ALERTS
    fresh = bodies(BODIES)
    rate("accept bodies of 100", total, lambda: accept(fresh))
    rate("apply new alerts", total, apply_all)
    settle()
    repeats = bodies(BODIES, minute=5)
    rate("accept repeats of them", total, lambda: accept(repeats))
    rate("apply repeats", total, apply_all)
    many = repeats[:10] * 15
    accept(many)
    rate("apply the same 1,000 alerts 15 times", len(many) * ALERTS, apply_all)
    single = bodies(SINGLES, alerts=1, name="s")
    rate("accept bodies of 1", SINGLES, lambda: accept(single))
    rate("apply bodies of 1", SINGLES, apply_all)
    accept(bodies(INCIDENTS, alerts=1, severity="critical", name="i"))
    rate("apply alerts that open an incident each", INCIDENTS, apply_all)


def rate(name: str, count: int, work: Callable[[], object]) -> None:
    """Run once and print how many alerts that was a second."""
    began, used = time.perf_counter(), time.process_time()
    work()
    seconds, cpu = time.perf_counter() - began, time.process_time() - used
    print(f"  {name:42} {count / seconds:10,.0f} alerts/s   {cpu / count * 1e6:8.0f} µs CPU each", flush=True)


if __name__ == "__main__":
    main()

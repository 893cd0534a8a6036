"""The product as it is measured: its own database, its web process, a key, and records enough to read."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

ROOT = Path(__file__).resolve().parent.parent
SERVER = os.environ.get("BENCH_SERVER", "postgres://root@127.0.0.1:5432")
DATABASE = "opsledger_bench"
WEB_PORT, FLOOR_PORT = 21900, 21901


@dataclass(frozen=True)
class Bench:
    """Where everything is."""

    database_url: str
    token: str
    data_dir: Path
    web: int
    """The process that leads the web server's processes."""

    def web_cpu(self) -> float:
        """Seconds of CPU that the web server's processes have used so far (they share its session)."""
        ticks = 0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                fields = stat.read_text().rpartition(")")[2].split()
                if int(fields[3]) == self.web:
                    ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")


def environment(data_dir: Path) -> dict[str, str]:
    """What every process of the run is started with."""
    return {
        **os.environ,
        "ITSM_ENV": "development",
        "ITSM_DATA_DIR": str(data_dir),
        "DATABASE_URL": f"{SERVER}/{DATABASE}",
        "ITSM_LOG_LEVEL": "error",
        "PORT": str(WEB_PORT),
        "FLOOR_URL": f"{SERVER}/{DATABASE}",
        "DJANGO_SETTINGS_MODULE": "itsm_site.settings",
        "ITSM_API_RATE_LIMIT": "0",
    }


def manage(data_dir: Path, *argv: str) -> str:
    """Run a management command; returns what it printed."""
    done = subprocess.run(  # noqa: S603
        [sys.executable, "manage.py", *argv],
        cwd=ROOT,
        env=environment(data_dir),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"bench: {' '.join(argv)} failed: {(done.stdout + done.stderr)[-2000:]}")
    return done.stdout


@contextlib.contextmanager
def running() -> Iterator[Bench]:
    """A fresh database, migrated, with an organisation, and both web servers up; all taken away afterwards."""
    with psycopg.connect(f"{SERVER}/postgres", autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {DATABASE}")
    with tempfile.TemporaryDirectory(prefix="opsledger-bench-") as directory:
        data_dir = Path(directory)
        manage(data_dir, "migrate", "--verbosity", "0")
        manage(data_dir, "org", "create", "bench", "--name", "Bench")
        roles = [part for role in ("MEMBER", "ONCALL_ENGINEER", "SRE_LEAD", "ORG_ADMIN") for part in ("--role", role)]
        token = manage(data_dir, "apikey", "create", "--org", "bench", "--name", "bench", *roles).strip()
        servers = [
            _server(data_dir, "itsm_site.wsgi", ["-c", "python:itsm_site.gunicorn_config"]),
            _server(
                data_dir,
                "bench.floor:application",
                ["-b", f"127.0.0.1:{FLOOR_PORT}", "-k", "gthread", "-w", "2", "--threads", "8", "--no-control-socket"],
            ),
        ]
        try:
            for port in (WEB_PORT, FLOOR_PORT):
                _wait(port)
            yield Bench(f"{SERVER}/{DATABASE}", token, data_dir, servers[0].pid)
        finally:
            for server in servers:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(server.pid, signal.SIGTERM)
                server.wait()
    with psycopg.connect(f"{SERVER}/postgres", autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")


def _server(data_dir: Path, application: str, options: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "gunicorn", *options, application],
        cwd=ROOT,
        env=environment(data_dir),
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )


def _wait(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit(f"bench: nothing listens on port {port}")

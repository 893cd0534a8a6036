"""An installation of its own for one run: PostgreSQL, Redis, web, workers, beat and watchdog, all killable."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from itsm_site.supervisor import Child, Supervisor

ROOT = Path(__file__).resolve().parents[2]
# Below the range that outgoing connections take their own ports from.
WEB_PORT, POSTGRES_PORT, REDIS_PORT = 21800, 21801, 21802
RESTART_PAUSE = 0.1


class Missing(Exception):
    """A program that the run needs is not installed; the sentence names it."""


def program(name: str, pattern: str) -> str:
    """The path of a program, also where a distribution keeps it off the PATH."""
    if found := shutil.which(name):
        return found
    candidates = sorted(Path("/").glob(pattern))
    if not candidates:
        raise Missing(f"{name} is not installed")
    return str(candidates[-1])


class Installation:
    """Starts everything in one directory and takes it away again."""

    def __init__(self, directory: Path, *, append_only_redis: bool) -> None:
        self.directory = directory
        self.postgres_data = directory / "postgres"
        self.redis_data = directory / "redis"
        self.append_only_redis = append_only_redis
        self.said: list[str] = []
        self.database_url = f"postgres://postgres@127.0.0.1:{POSTGRES_PORT}/postgres"
        self.environment = {
            "ITSM_ENV": "development",
            "ITSM_DATA_DIR": str(directory / "data"),
            "DATABASE_URL": self.database_url,
            "REDIS_URL": f"redis://127.0.0.1:{REDIS_PORT}/0",
            "PORT": str(WEB_PORT),
            "ITSM_LOG_LEVEL": "warning",
            "DJANGO_SETTINGS_MODULE": "itsm_site.settings",
        }
        self.log = directory / "output"
        self.supervisor = Supervisor(
            [self._logged(child) for child in self._children()], directory=ROOT, say=self.said.append
        )

    def _logged(self, child: Child) -> Child:
        """What the parts say while they are killed goes into a file, so that the verdicts can be read."""
        child.argv = ["sh", "-c", f'exec "$@" >>{self.log} 2>&1', "sh", *child.argv]
        return child

    def _children(self) -> list[Child]:
        celery = [sys.executable, "-m", "celery", "-A", "itsm_site"]
        worker = [
            *celery,
            "worker",
            "--without-gossip",
            "--without-mingle",
            "--without-heartbeat",
            "--loglevel",
            "ERROR",
        ]
        return [
            Child("postgres", self._as_postgres([self._postgres(), "-D", str(self.postgres_data)]), grace=5),
            Child("redis", self._redis(), grace=2),
            Child(
                "web", [sys.executable, "-m", "gunicorn", "-c", "python:itsm_site.gunicorn_config", "itsm_site.wsgi"]
            ),
            Child("intake", [*worker, "-Q", "intake", "-c", "1", "-n", "intake@%h"], grace=5),
            Child("timers", [*worker, "-Q", "timers,deliveries", "-c", "1", "-n", "timers@%h"], grace=5),
            Child("beat", [*celery, "beat", "--loglevel", "ERROR", "-s", str(self.directory / "beat-1")], grace=2),
            Child("beat", [*celery, "beat", "--loglevel", "ERROR", "-s", str(self.directory / "beat-2")], grace=2),
            Child("watchdog", [sys.executable, "manage.py", "watchdog", "--loop", "2"], grace=2),
        ]

    def _postgres(self) -> str:
        return program("postgres", "usr/lib/postgresql/*/bin/postgres")

    def _redis(self) -> list[str]:
        return [
            *(program("redis-server", "usr/bin/redis-server"), "--port", str(REDIS_PORT), "--bind", "127.0.0.1"),
            *("--maxmemory-policy", "noeviction", "--save", "", "--dir", str(self.redis_data)),
            *("--appendonly", "yes" if self.append_only_redis else "no"),
        ]

    def _as_postgres(self, argv: list[str]) -> list[str]:
        """PostgreSQL refuses to run as root."""
        if os.geteuid() != 0:
            return argv
        return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--", *argv]

    def start(self) -> None:
        """Make the cluster, migrate, start the rest, wait until the web answers."""
        for path in (self.directory, self.postgres_data, self.redis_data):
            path.mkdir(parents=True, exist_ok=True)
        self.log.touch(0o666)
        self.log.chmod(0o666)
        if os.geteuid() == 0:
            self.directory.chmod(0o755)
            shutil.chown(self.postgres_data, "postgres", "postgres")
        initdb = program("initdb", "usr/lib/postgresql/*/bin/initdb")
        _quietly(
            self._as_postgres([initdb, "-D", str(self.postgres_data), "-U", "postgres", "-A", "trust", "-E", "UTF8"])
        )
        with (self.postgres_data / "postgresql.conf").open("a") as conf:
            conf.write(
                f"port={POSTGRES_PORT}\nlisten_addresses='127.0.0.1'\nunix_socket_directories=''\n"
                "shared_buffers=256MB\nmax_connections=100\nlog_min_messages=panic\n"
            )
        os.environ.update(self.environment)
        self.supervisor._spawn(self.supervisor.children[0])
        _until(lambda: _listens(POSTGRES_PORT), "PostgreSQL", 30)
        self.manage("migrate", "--verbosity", "0")
        for child in self.supervisor.children[1:]:
            self.supervisor._spawn(child)
        _until(lambda: _listens(WEB_PORT), "the web process", 60)

    def stop(self) -> None:
        """End everything, politely first."""
        self.supervisor.stop()
        self._kill_postgres()

    def manage(self, *argv: str) -> str:
        """Run a management command against this installation; returns what it printed."""
        return _quietly([sys.executable, "manage.py", *argv], env={**os.environ, **self.environment})

    def kill(self, name: str) -> None:
        """SIGKILL every process of a part; the supervisor starts it again at once."""
        for child in self.supervisor.children:
            if child.name == name:
                child.pause = RESTART_PAUSE
        self._kill_groups(name)

    def _kill_groups(self, name: str) -> None:
        for child in self.supervisor.children:
            if child.name == name and child.process is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(child.process.pid, signal.SIGKILL)
        if name == "postgres":
            self._kill_postgres()

    def take_down(self, name: str) -> None:
        """Kill a part and keep it down until ``bring_up``."""
        for child in self.supervisor.children:
            if child.name == name:
                child.pause = 3600
        self._kill_groups(name)

    def bring_up(self, name: str) -> None:
        """Let a part that was taken down start again."""
        for child in self.supervisor.children:
            if child.name == name:
                child.pause, child.start_again_at = RESTART_PAUSE, 0.0

    def pause(self, name: str, seconds: float) -> None:
        """SIGSTOP a part for a while: it is alive, and does nothing."""
        groups = [c.process.pid for c in self.supervisor.children if c.name == name and c.process is not None]
        for group in groups:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(group, signal.SIGSTOP)
        time.sleep(seconds)
        for group in groups:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(group, signal.SIGCONT)

    def _kill_postgres(self) -> None:
        """Backends leave the postmaster's group; an orphan would keep the shared memory and block the next start."""
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            with contextlib.suppress(OSError):
                if (entry / "cwd").readlink() == self.postgres_data:
                    os.kill(int(entry.name), signal.SIGKILL)
        with contextlib.suppress(OSError):
            (self.postgres_data / "postmaster.pid").unlink()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _until(condition: object, what: str, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():  # type: ignore[operator]
            return
        time.sleep(0.1)
    raise Missing(f"{what} did not start within {seconds:.0f} s")


def _quietly(argv: list[str], env: dict[str, str] | None = None) -> str:
    done = subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Missing(f"{' '.join(argv[-4:])} failed: {(done.stdout + done.stderr)[-2000:]}")
    return done.stdout

"""The processes of one machine: what is prepared before they start, how each is started, when they are ready."""

import hashlib
import http.client
import socket
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.management.commands.collectstatic import Command as CollectStatic
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from whitenoise.storage import CompressedManifestStaticFilesStorage

from itsm_site.broker import QUEUES
from itsm_site.supervisor import Child, Say, Supervisor

READY_PATH = "/api/v1/health/live"
READY_WITHIN = 60.0
_STAMP = ".collected"


class CannotServe(Exception):
    """Why the processes cannot start, as a sentence."""


def prepare(say: Say) -> None:
    """Bring the database up to date and collect static files where they changed; quick when there is nothing to do."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        say(f"Migrating the database: {len(plan)} steps")
        call_command("migrate", interactive=False, verbosity=0)
    connection.close()
    stamp, fingerprint = settings.STATIC_ROOT / _STAMP, _static_fingerprint()
    if not settings.DEBUG and (not stamp.is_file() or stamp.read_text() != fingerprint):
        say("Collecting static files")
        collect = CollectStatic()
        # These settings were read before there was a manifest; the processes that start next find it.
        collect.storage = CompressedManifestStaticFilesStorage()
        call_command(collect, interactive=False, verbosity=0, clear=True)
        stamp.write_text(fingerprint)


def _static_fingerprint() -> str:
    """Changes when any static file is added, removed or written."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            status = Path(storage.path(name)).stat()
            digest.update(f"{name}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def web(environment: Mapping[str, str] | None = None) -> Child:
    """gunicorn with its threads."""
    argv = [sys.executable, "-m", "gunicorn", "-c", "python:itsm_site.gunicorn_config", "itsm_site.wsgi"]
    return Child("web", argv, environment or {})


def worker(environment: Mapping[str, str] | None = None) -> Child:
    """One Celery worker for all queues, with beat inside."""
    argv = [sys.executable, "-m", "celery", "--quiet", "-A", "itsm_site", "worker", "--beat"]
    argv += ["--queues", ",".join(QUEUES), "--hostname", "all@%h", "--loglevel", settings.ENVIRONMENT.log_level]
    # None of the three is used, and each is a way for a worker to fail while its broker restarts.
    argv += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    return Child("worker", argv, environment or {})


def claim_port(host: str, port: int) -> None:
    """Raise CannotServe where something else listens on the port already."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            message = f"Cannot listen on {host} port {port} ({error.strerror}); set PORT to another."
            raise CannotServe(message) from None


def wait_until_ready(supervisor: Supervisor, port: int, host: str = "127.0.0.1") -> None:
    """Tend the children until the web process answers, at most a minute. Raises CannotServe."""
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline and not supervisor.stopping.is_set():
        supervisor.tend()
        if _answers(host, port):
            return
        supervisor.stopping.wait(0.1)
    if not supervisor.stopping.is_set():
        message = f"The web process did not answer within {READY_WITHIN:.0f} s; its last lines above say why."
        raise CannotServe(message)


def _answers(host: str, port: int) -> bool:
    probe = http.client.HTTPConnection(host, port, timeout=2)
    try:
        probe.request("GET", READY_PATH, headers={"Host": "localhost"})
        return probe.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        probe.close()

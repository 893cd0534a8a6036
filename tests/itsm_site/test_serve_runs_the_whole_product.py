"""`manage.py serve` from an empty directory to a clean end: ready, at work, alive after a kill, stopped together."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest
from django.conf import settings

from itsm_site.serving import CannotServe, claim_port

pytestmark = [pytest.mark.once, pytest.mark.slow, pytest.mark.timeout(300)]
PATIENCE = 90


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def serve(tmp_path, port):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ITSM_")}
    environment |= {
        "ITSM_ENV_FILE": "",
        "ITSM_DATA_DIR": str(tmp_path),
        "DATABASE_URL": "",
        "REDIS_URL": "",
        "PORT": str(port),
        "DJANGO_SETTINGS_MODULE": "itsm_site.settings",
    }
    log = tmp_path / "serve.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "serve"],
            env=environment,
            cwd=settings.BASE_DIR,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    process.log = log
    yield process
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
    process.wait(60)


def until(condition, what, process):
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert process.poll() is None, process.log.read_text()
        assert time.monotonic() < deadline, f"{what}\n{process.log.read_text()}"
        time.sleep(0.2)
    return found


def health(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/health", timeout=5) as answer:
            return json.load(answer)
    except (OSError, urllib.error.URLError):
        return None


def children(process):
    listed = subprocess.run(["ps", "-o", "pid=,args=", "--ppid", str(process.pid)], capture_output=True, text=True)
    rows = [line.split(None, 1) for line in listed.stdout.splitlines()]
    return {
        ("worker" if "celery" in argv else "web"): int(pid)
        for pid, argv in rows
        if "gunicorn" in argv or "celery" in argv
    }


def exists(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_serve(serve, port):
    until(lambda: "Ready: http://localhost:" in serve.log.read_text(), "it was not ready", serve)
    until(lambda: (health(port) or {}).get("status") == "ok", "its parts were not at work", serve)
    before = children(serve)
    os.kill(before["worker"], signal.SIGKILL)
    os.kill(before["web"], signal.SIGKILL)
    until(lambda: children(serve).keys() == before.keys() and children(serve) != before, "nothing was restarted", serve)
    until(lambda: health(port), "the web process did not come back", serve)
    after = children(serve)
    serve.send_signal(signal.SIGINT)
    assert serve.wait(60) == 0
    assert serve.log.read_text().endswith("Stopped.\n")
    assert not any(exists(pid) for pid in after.values())


def test_a_port_that_is_taken_is_said_so():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(CannotServe, match="set PORT to another"):
            claim_port("127.0.0.1", taken.getsockname()[1])

"""What stops the demo is told in one sentence with its remedy, and nothing is started."""

import os
import socket
import subprocess
import sys

import pytest
from django.conf import settings

pytestmark = pytest.mark.slow


def demo(tmp_path, *words, **environment):
    """Run the command as a newcomer would, in an environment without anything of this desk."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ITSM_")}
    for name in ("DATABASE_URL", "REDIS_URL", "PORT", "DJANGO_SETTINGS_MODULE"):
        kept.pop(name, None)
    given = {**kept, "ITSM_ENV_FILE": "", "ITSM_DATA_DIR": str(tmp_path), **environment}
    argv = [sys.executable, str(settings.BASE_DIR / "manage.py"), "demo", *words]
    return subprocess.run(argv, env=given, cwd=tmp_path, capture_output=True, text=True, timeout=60)


def test_a_port_that_is_taken(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = demo(tmp_path, "--port", str(port))
    assert done.returncode == 1
    assert f"port {port}" in done.stderr
    assert "make demo PORT=" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "opsledger.sqlite3").exists()


def test_production(tmp_path):
    done = demo(
        tmp_path,
        ITSM_ENV="production",
        ITSM_SECRET_KEY="fj3kq9Zx8LmW2vPdTn7RbYc5HsGa1UeX4oKiJ6tQw0BzNyMlCr",
        ITSM_PUBLIC_URL="https://ops.example.org",
        DATABASE_URL="sqlite:///" + str(tmp_path / "real.sqlite3"),
    )
    assert done.returncode == 1
    assert done.stderr.strip().startswith("The demo is for a desk")


def test_data_that_no_demo_made(tmp_path):
    (tmp_path / "opsledger.sqlite3").write_bytes(b"somebody's")
    done = demo(tmp_path, "--reset", "--port", "21847")
    assert done.returncode == 1
    assert "not removed" in done.stderr
    assert (tmp_path / "opsledger.sqlite3").read_bytes() == b"somebody's"

"""The commands say what they need, and list themselves."""

import os
import re
import subprocess

import pytest

from tests.source import ROOT

TARGETS = {"demo", "run", "test", "check", "bench", "chaos", "chaos-smoke", "fuzz", "soak", "help"}


def run(*argv, **environment):
    return subprocess.run(argv, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, timeout=60)


def test_make_alone_lists_every_command_with_its_purpose():
    done = run("make", "--no-print-directory")
    listed = dict(re.findall(r"^  make (\S+)\s+(\S.*)$", done.stdout, re.MULTILINE))
    assert done.returncode == 0
    assert set(listed) == TARGETS
    assert all(listed.values())


def test_a_python_that_is_too_old_is_said_so(tmp_path):
    (tmp_path / ".ci").mkdir()
    (tmp_path / ".ci" / "venv").write_text((ROOT / ".ci" / "venv").read_text())
    bin_directory = tmp_path / "bin"
    bin_directory.mkdir()
    fake = bin_directory / "python3"
    fake.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.9.2 && exit 0\nexit 1\n')
    fake.chmod(0o755)
    for tool in ("dirname", "sh"):
        (bin_directory / tool).symlink_to(f"/usr/bin/{tool}")
    done = run("/bin/sh", str(tmp_path / ".ci" / "venv"), "requirements.lock", PATH=str(bin_directory), PYTHON="")
    assert done.returncode == 2
    assert "needs Python 3.11 or newer; this machine has Python 3.9.2" in done.stderr


def test_an_environment_that_is_ready_is_left_alone():
    stamp = ROOT / ".venv" / "installed-requirements-dev.lock"
    if not stamp.exists():
        pytest.skip("needs an environment made by `make test` or `make check`")
    before = stamp.stat().st_mtime_ns
    done = run(".ci/venv", "requirements-dev.lock")
    assert (done.returncode, done.stdout) == (0, "")
    assert stamp.stat().st_mtime_ns == before


def test_every_script_of_the_checks_can_be_run():
    for name in ("venv", "test", "check", "run"):
        assert os.access(ROOT / ".ci" / name, os.X_OK)
        assert run("bash", "-n", f".ci/{name}").returncode == 0

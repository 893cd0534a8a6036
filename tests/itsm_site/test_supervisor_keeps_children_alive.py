"""A child that ends is started again, later each time; stopping ends all of them and what they started."""

import os
import signal
import sys
import time

import pytest

from itsm_site.supervisor import Child, Supervisor

pytestmark = pytest.mark.once

SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]
FAILING = [sys.executable, "-c", "raise SystemExit(3)"]
STUBBORN = [sys.executable, "-c", "import signal, time; signal.signal(15, signal.SIG_IGN); print(1); time.sleep(600)"]
PARENT = [
    sys.executable,
    "-c",
    """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
open(sys.argv[1], "w").write(str(child.pid))
time.sleep(600)
""",
]


@pytest.fixture
def supervise(tmp_path):
    started = []

    def start(*children):
        said = []
        supervisor = Supervisor(children, directory=tmp_path, say=said.append)
        supervisor.said = said
        started.append(supervisor)
        supervisor.start()
        return supervisor

    yield start
    for supervisor in started:
        supervisor.stop()


def until(condition, supervisor=None, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        if supervisor:
            supervisor.tend()
        time.sleep(0.02)


def exists(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().split(")")[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_killed_child_is_started_again(supervise):
    child = Child("web", SLEEPER)
    supervisor = supervise(child)
    first = child.pid
    os.kill(first, signal.SIGKILL)
    until(lambda: child.pid not in (None, first), supervisor)
    assert child.restarts == 1
    assert any("web ended (signal 9)" in line for line in supervisor.said)


def test_one_that_fails_at_once_is_started_ever_later(supervise):
    child = Child("worker", FAILING)
    supervisor = supervise(child)
    until(lambda: child.restarts >= 3, supervisor)
    assert child.pause >= 0.8
    assert any("exit code 3" in line for line in supervisor.said)


def test_the_others_are_left_alone(supervise):
    steady, failing = Child("web", SLEEPER), Child("worker", FAILING)
    supervisor = supervise(steady, failing)
    first = steady.pid
    until(lambda: failing.restarts >= 2, supervisor)
    assert steady.pid == first


def test_stopping_ends_every_child(supervise):
    children = [Child("web", SLEEPER), Child("worker", SLEEPER)]
    supervisor = supervise(*children)
    pids = [child.pid for child in children]
    supervisor.stop()
    assert not any(exists(pid) for pid in pids)


def test_a_child_that_does_not_listen_is_ended_after_its_grace(supervise):
    child = Child("worker", STUBBORN, grace=0.3)
    supervisor = supervise(child)
    pid = child.pid
    time.sleep(0.3)
    supervisor.stop()
    assert not exists(pid)


def test_what_a_killed_child_had_started_is_ended_with_it(supervise, tmp_path):
    note = tmp_path / "pid"
    child = Child("worker", [*PARENT, str(note)])
    supervisor = supervise(child)
    until(lambda: note.exists() and note.read_text())
    grandchild = int(note.read_text())
    os.kill(child.pid, signal.SIGKILL)
    until(lambda: child.restarts == 1, supervisor)
    until(lambda: not exists(grandchild))


def test_children_have_sessions_of_their_own(supervise):
    child = Child("web", SLEEPER)
    supervise(child)
    assert os.getsid(child.pid) == child.pid != os.getsid(0)


def test_a_child_gets_the_environment_that_it_was_given(supervise, tmp_path):
    note = tmp_path / "note"
    code = f"import os; open({str(note)!r}, 'w').write(os.environ['PORT']); import time; time.sleep(600)"
    supervise(Child("web", [sys.executable, "-c", code], {"PORT": "18231"}))
    until(lambda: note.exists() and note.read_text() == "18231")

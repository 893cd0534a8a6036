"""Starts child processes, starts again those that end, and stops them all: what `serve` and the demo stand on."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

Say = Callable[[str], None]

_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 10.0
_HEALTHY_AFTER = 30.0
_TICK = 0.1
_PR_SET_PDEATHSIG = 1


@dataclass
class Child:
    """One process to keep alive. `grace` is how many seconds it gets to end by itself when told to stop.

    What it prints goes to `log` where one is named; `keep_open` are descriptors of ours that it keeps while it lives.
    """

    name: str
    argv: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    grace: float = 15.0
    log: Path | None = None
    keep_open: Sequence[int] = ()
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_again_at: float = 0.0
    pause: float = _FIRST_PAUSE
    restarts: int = 0

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self.process.pid if self.process and self.process.poll() is None else None


class Supervisor:
    """A handful of children that belong together: if one ends it is started again, later each time it ends at once."""

    def __init__(self, children: Sequence[Child], *, directory: Path, say: Say) -> None:
        self.children = list(children)
        self.directory = directory
        self.say = say
        self.stopping = threading.Event()

    def start(self) -> None:
        """Start every child."""
        for child in self.children:
            self._spawn(child)

    def add(self, child: Child) -> None:
        """Start one more child beside those that run."""
        self.children.append(child)
        self._spawn(child)

    def run(self) -> None:
        """Keep the children alive until `stop` is asked for, by a signal or by another thread."""
        while not self.stopping.wait(_TICK):
            self.tend()

    def tend(self) -> None:
        """Look after each child once: notice an end, and start again what has paused for long enough."""
        now = time.monotonic()
        for child in self.children:
            if child.process is None:
                if now >= child.start_again_at:
                    child.restarts += 1
                    self._spawn(child)
            elif (code := child.process.poll()) is not None:
                self._ended(child, code, now)

    def stop_on_signals(self) -> None:
        """Let SIGINT (Ctrl-C), SIGTERM and SIGHUP end `run`; call from the main thread."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: self.stopping.set())

    def stop(self) -> None:
        """Ask every child to end, wait as long as each was promised, then end what is left."""
        self.stopping.set()
        alive = [child for child in self.children if child.pid is not None]
        for child in alive:
            # The leader alone: it lets its own children finish what they are at.
            child.process.terminate()  # type: ignore[union-attr]  # alive, so it has one
        began = time.monotonic()
        for child in alive:
            left = max(child.grace - (time.monotonic() - began), 0.05)
            try:
                child.process.wait(left)  # type: ignore[union-attr]  # alive, so it has one
            except subprocess.TimeoutExpired:
                self.say(f"{child.name} did not stop within {child.grace:.0f} s and is ended")
        # The group outlives its leader where that one died without telling its own children.
        for child in self.children:
            _signal_group(child, signal.SIGKILL)
            if child.process is not None:
                child.process.wait()

    def _spawn(self, child: Child) -> None:
        with child.log.open("ab") if child.log else contextlib.nullcontext() as log:
            child.process = subprocess.Popen(  # noqa: S603 - our own commands, no shell
                list(child.argv),
                env={**os.environ, **child.environment},
                cwd=self.directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log and subprocess.STDOUT,
                start_new_session=True,
                pass_fds=tuple(child.keep_open),
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - one system call, no lock is taken in the child
            )
        child.started_at = time.monotonic()

    def _ended(self, child: Child, code: int, now: float) -> None:
        _signal_group(child, signal.SIGKILL)
        if now - child.started_at >= _HEALTHY_AFTER:
            child.pause = _FIRST_PAUSE
        reason = f"signal {-code}" if code < 0 else f"exit code {code}"
        self.say(f"{child.name} ended ({reason}); starting it again in {child.pause:.1f} s")
        child.process = None
        child.start_again_at = now + child.pause
        child.pause = min(child.pause * 2, _LONGEST_PAUSE)


def _signal_group(child: Child, number: signal.Signals) -> None:
    if child.process is None:
        return
    # Its own session, so its pid names the group; all of it may be gone already.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.process.pid, number)


_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def _die_with_parent() -> None:
    """In the child: have the kernel end it when the supervisor is killed without a chance to stop it."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)

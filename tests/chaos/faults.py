"""The faults: which part is killed, stopped or emptied when, drawn from a seed."""

from __future__ import annotations

import random
import socket
import threading
from dataclasses import dataclass, field

from tests.chaos.installation import REDIS_PORT, Installation

PARTS = ("web", "intake", "redis", "postgres", "timers", "beat", "watchdog")
WEIGHTS = (31, 28, 24, 12, 3, 3, 3)
PAUSABLE = ("intake", "timers", "beat", "redis")


@dataclass
class Faults(threading.Thread):
    """Does one fault after another until told to stop or the number of kills is reached."""

    installation: Installation
    kills: int
    seed: int
    every: tuple[float, float]
    done: list[str] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        super().__init__(name="faults")
        self.random = random.Random(f"{self.seed} faults")

    def run(self) -> None:
        """Each part that matters is killed at least once, then by weight."""
        first = list(PARTS[:4])
        self.random.shuffle(first)
        while len(self.done) < self.kills and not self.stopping.wait(self.random.uniform(*self.every)):
            part = first.pop() if first else self.random.choices(PARTS, WEIGHTS)[0]
            kind = self.random.random()
            if kind < 0.82 or first:
                self.installation.kill(part)
                self.done.append(f"kill {part}")
            elif kind < 0.92:
                part = self.random.choice(PAUSABLE)
                self.installation.pause(part, self.random.uniform(0.5, 3))
                self.done.append(f"stop {part}")
            else:
                _flush_redis()
                self.done.append("flush redis")

    __hash__ = threading.Thread.__hash__


def _flush_redis() -> None:
    try:
        with socket.create_connection(("127.0.0.1", REDIS_PORT), timeout=1) as connection:
            connection.sendall(b"FLUSHALL\r\n")
            connection.recv(16)
    except OSError:
        return

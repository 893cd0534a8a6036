"""What the demonstration says in the terminal: a line for each step with its time, and the block that ends them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

_LABEL = 16
_PAUSE = 0.1


class Console:
    """Writes lines; on a terminal the present step is rewritten while it goes on. Safe to use from several threads."""

    def __init__(self, out: TextIO) -> None:
        self.out = out
        self.is_terminal = out.isatty()
        self._lock = threading.Lock()
        self._shown_at = 0.0

    def line(self, text: str = "") -> None:
        """Write one line."""
        self.settle(text)

    def story(self, text: str, at: str) -> None:
        """Write what has just happened, with the time of day."""
        self.line(f"  {at}  {text}")

    @contextmanager
    def step(self, label: str) -> Iterator[Step]:
        """A step: what it is doing while it goes on, and in the end what came of it and how long it took."""
        step = Step(self, label)
        try:
            yield step
        except BaseException:
            step.interrupted()
            raise
        step.done()

    def show(self, text: str) -> None:
        """Rewrite the present line, on a terminal only and not too often."""
        if not self.is_terminal or time.monotonic() - self._shown_at < _PAUSE:
            return
        self._shown_at = time.monotonic()
        with self._lock:
            self.out.write(f"\r\x1b[K{text}")
            self.out.flush()

    def settle(self, text: str) -> None:
        """End the present line with its last wording."""
        with self._lock:
            self.out.write(f"\r\x1b[K{text}\n" if self.is_terminal else f"{text}\n")
            self.out.flush()


class Step:
    """One step of the way; ``says`` is its last wording."""

    def __init__(self, console: Console, label: str) -> None:
        self.console, self.label, self.says = console, label, ""
        self.began = time.monotonic()
        self.progress("…")

    def progress(self, text: str) -> None:
        """What it is doing now."""
        self.says = text
        self.console.show(f"  {self.label:<{_LABEL}}{text}")

    def done(self) -> None:
        """It is over."""
        seconds = time.monotonic() - self.began
        self.console.settle(f"  {self.label:<{_LABEL}}{self.says:<52}{seconds:>6.1f} s")

    def interrupted(self) -> None:
        """It did not come to its end."""
        self.console.settle(f"  {self.label:<{_LABEL}}not finished")


def block(rows: list[tuple[str, list[str]]]) -> str:
    """Labelled paragraphs: each label once, its lines beside it, an empty line between."""
    paragraphs = [
        "\n".join(f"  {label if number == 0 else '':<{_LABEL}}{line}" for number, line in enumerate(lines))
        for label, lines in rows
    ]
    return "\n\n".join(paragraphs)

"""The doorbell: wakes a worker after a commit. It may fail or come late without harm, since beat sweeps anyway."""

from __future__ import annotations

import threading
import time
from functools import partial

import structlog
from celery import current_app
from django.conf import settings
from django.db import transaction

log = structlog.get_logger(__name__)

QUIET_SECONDS = 0.02
"""Rings within this time become one."""
PAUSE_AFTER_FAILURE = 5.0
"""How long a dead broker is left alone."""
EXPIRES_SECONDS = 30


class Bell:
    """One background thread per process that publishes wake-ups, so that no request ever waits for the broker."""

    def __init__(self) -> None:
        self._due: set[tuple[str, str]] = set()
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    def ring(self, task: str, queue: str) -> None:
        """Note that a task has work; never blocks and never raises."""
        with self._lock:
            self._due.add((task, queue))
            # A forked server worker inherits the object but not its thread.
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="doorbell", daemon=True)
                self._thread.start()
        self._wake.set()

    def _run(self) -> None:
        while True:
            self._wake.wait()
            time.sleep(QUIET_SECONDS)
            self._wake.clear()
            with self._lock:
                due, self._due = self._due, set()
            for task, queue in due:
                if not self._publish(task, queue):
                    time.sleep(PAUSE_AFTER_FAILURE)
                    break

    def _publish(self, task: str, queue: str) -> bool:
        try:
            current_app.send_task(task, queue=queue, expires=EXPIRES_SECONDS, ignore_result=True, retry=False)
        except Exception as error:  # noqa: BLE001 - whatever a broker raises, the sweep does the work
            log.warning("doorbell.failed", task=task, reason=type(error).__name__)
            return False
        return True


_bell = Bell()


def ring(task: str, queue: str) -> None:
    """Wake a worker for the task once the present transaction has committed (now, outside of one)."""
    if settings.DOORBELL_ENABLED:
        transaction.on_commit(partial(_bell.ring, task, queue))

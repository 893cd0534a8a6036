"""The scheduler that beat runs: Celery's own, with a sign of life after each run that it has sent off."""

from typing import Any

import structlog
from celery.beat import PersistentScheduler
from django.db import DatabaseError, close_old_connections

from itsm_site import heartbeats

log = structlog.get_logger(__name__)


class Scheduler(PersistentScheduler):  # type: ignore[misc]  # untyped
    """What `CELERY_BEAT_SCHEDULER` names."""

    def apply_async(self, entry: Any, *args: Any, **kwargs: Any) -> Any:
        """Called by beat when an entry is due; raises where the broker does not take it."""
        sent = super().apply_async(entry, *args, **kwargs)
        try:
            close_old_connections()
            heartbeats.alive(heartbeats.BEAT)
        except DatabaseError as error:
            # Beat goes on: the database will be back, and its silence is noticed by others.
            log.warning("heartbeat not written", reason=type(error).__name__)
        return sent

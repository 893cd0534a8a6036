"""A look at Redis when a worker starts: one that evicts keys throws away whole queues without an error."""

from typing import Any

import redis
import structlog
from celery import bootsteps
from django.conf import settings

log = structlog.get_logger(__name__)

# These two refuse writes when memory is full; any `allkeys-` policy evicted 5,000 queued messages at once.
SAFE = frozenset({"noeviction", "volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl"})


class EvictionPolicy(bootsteps.Step):  # type: ignore[misc]  # untyped
    """A step of the worker's start that warns and never fails: the queue is in the database."""

    def include_if(self, parent: Any) -> bool:
        """Called by Celery; without Redis there is nothing to look at."""
        return bool(settings.REDIS_URL)

    def create(self, parent: Any) -> None:
        """Called by Celery once, while the worker starts."""
        warn_if_evicting(settings.REDIS_URL)


def warn_if_evicting(url: str) -> str | None:
    """Log a warning where Redis may evict a queue; returns the policy, or None where Redis does not tell it."""
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=1, socket_timeout=1) as client:
            policy = str(client.config_get("maxmemory-policy").get("maxmemory-policy", ""))
    except redis.RedisError as error:
        log.warning("broker.policy_unknown", reason=type(error).__name__)
        return None
    if policy and policy not in SAFE:
        log.warning("broker.may_evict", policy=policy, remedy="set maxmemory-policy to noeviction")
    return policy

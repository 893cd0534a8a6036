"""A Redis that may throw a queue away is warned of when a worker starts; an unreachable one stops nothing."""

import pytest
import redis
from structlog.testing import capture_logs

from itsm_site.eviction import warn_if_evicting
from tests.conftest import redis_url


@pytest.fixture
def policy():
    with redis.Redis.from_url(redis_url()) as client:
        before = client.config_get("maxmemory-policy")["maxmemory-policy"]
        yield lambda name: client.config_set("maxmemory-policy", name)
        client.config_set("maxmemory-policy", before)


@pytest.mark.redis
@pytest.mark.parametrize(("name", "warned"), [("noeviction", False), ("allkeys-lru", True), ("volatile-lru", False)])
def test_only_what_evicts_any_key_is_warned_of(policy, name, warned):
    policy(name)
    with capture_logs() as logs:
        assert warn_if_evicting(redis_url()) == name
    assert bool(logs) == warned


def test_a_redis_that_is_away_stops_nothing():
    with capture_logs() as logs:
        assert warn_if_evicting("redis://127.0.0.1:9/0") is None
    assert logs[0]["event"] == "broker.policy_unknown"

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from incidents.commands import Signal, attach_signal, clear_signal, record_slo_violation
from incidents.models import IncidentKey, SLOViolation
from tests.incidents.staging import brought_to, opened, stream, types

pytestmark = pytest.mark.usefixtures("inside")

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def alert(key="a", firing=True, **given):
    return Signal("alert", "prometheus", "Slow", key=key, firing=firing, **given)


def test_a_signal_is_kept_as_it_was(anyone, incident):
    row = attach_signal(
        actor=anyone,
        incident=incident,
        signal=Signal(
            "trace", "tempo", "Slow query", "k", "db-1/slow", "4bf92f", "web", "production", {"ms": 2500.5}, AT, None
        ),
    )
    kept = row.signals.get()
    assert (kept.signal_type, kept.source, kept.summary, kept.key) == ("trace", "tempo", "Slow query", "k")
    assert (kept.correlation_key, kept.trace_id, kept.service_name) == ("db-1/slow", "4bf92f", "web")
    assert (kept.environment, kept.data_value(), kept.ts, kept.firing) == ("production", {"ms": 2500.5}, AT, None)
    assert (row.signal_count, row.firing_count, row.primary_signal_id) == (1, 0, kept.pk)


def test_the_first_one_is_the_primary_one(anyone, incident):
    first = attach_signal(actor=anyone, incident=incident, signal=alert("a")).primary_signal_id
    assert attach_signal(actor=anyone, incident=incident, signal=alert("b")).primary_signal_id == first


def test_an_incident_may_begin_with_some(anyone):
    row = opened(anyone, correlation_key="own", signals=[alert("a", correlation_key="x"), alert("b", firing=False)])
    assert types(row) == ["INCIDENT_CREATED", "INCIDENT_SIGNAL_INGESTED", "INCIDENT_SIGNAL_INGESTED"]
    assert (row.signal_count, row.firing_count, row.correlation_keys) == (2, 1, ["own", "x"])


def test_their_correlation_keys_join_the_incidents_each_once(anyone, incident):
    for key in ("x", "y", "x", ""):
        row = attach_signal(actor=anyone, incident=incident, signal=alert(correlation_key=key))
    assert row.correlation_keys == ["x", "y"]
    assert sorted(IncidentKey.objects.filter(incident=row).values_list("key", flat=True)) == ["x", "y"]


def test_clearing_ends_every_firing_one_with_the_key(anyone, incident):
    for key in ("a", "a", "b"):
        attach_signal(actor=anyone, incident=incident, signal=alert(key))
    row = clear_signal(actor=anyone, incident=incident, key="a", ts=AT)
    assert row.firing_count == 1
    assert [(s.key, s.firing, s.cleared_at) for s in row.signals.order_by("key")] == [
        ("a", False, AT),
        ("a", False, AT),
        ("b", True, None),
    ]
    assert types(row)[-2:] == ["INCIDENT_SIGNAL_CLEARED"] * 2


def test_what_does_not_fire_is_not_cleared(anyone, incident):
    attach_signal(actor=anyone, incident=incident, signal=alert("a", firing=None))
    attach_signal(actor=anyone, incident=incident, signal=alert("b", firing=False))
    for key in ("a", "b", "c"):
        assert clear_signal(actor=anyone, incident=incident, key=key).version == 3


def test_clearing_twice_changes_nothing_the_second_time(anyone, incident):
    attach_signal(actor=anyone, incident=incident, signal=alert("a"))
    clear_signal(actor=anyone, incident=incident, key="a")
    assert clear_signal(actor=anyone, incident=incident, key="a").version == 3


@pytest.mark.parametrize("state", ["resolved", "closed", "cancelled"])
def test_late_ones_still_belong_to_it(state, org, anyone):
    row = brought_to(state, org)
    assert attach_signal(actor=anyone, incident=row, signal=alert()).status == state


def test_an_slo_violation_is_kept_exactly(anyone, incident):
    record_slo_violation(
        actor=anyone,
        incident=incident,
        slo_id="latency",
        window_start=AT,
        window_end=AT.replace(hour=13),
        error_budget_consumed=Decimal("0.1234567"),
        threshold_breached=True,
        details="p99",
    )
    kept = SLOViolation.objects.get(incident=incident)
    assert (kept.slo_id, kept.window_start, kept.window_end) == ("latency", AT, AT.replace(hour=13))
    assert (kept.error_budget_consumed, kept.threshold_breached, kept.details) == (Decimal("0.123457"), True, "p99")
    assert stream(incident)[-1].payload["error_budget_consumed"] == "0.123457"

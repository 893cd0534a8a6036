from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from incidents import durations
from incidents.commands import acknowledge, cancel, change_severity, change_status, close, reopen, resolve
from incidents.durations import ACKNOWLEDGE, BOUNDS, RESOLVE, histograms, roll_up
from incidents.models import DurationSample, DurationTotal
from incidents.sla import DEFAULT_TARGETS
from orgs.errors import IllegalTransition
from tests.incidents.staging import opened

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def clock():
    """Time stands still at START and is moved by hand."""
    with time_machine.travel(START, tick=False) as clock:
        yield clock


@pytest.fixture
def worked_off(anyone, clock):
    """A P1 that was acknowledged after 10 minutes and resolved after an hour."""
    row = opened(anyone, severity="P1")
    clock.shift(600)
    acknowledge(actor=anyone, incident=row)
    clock.shift(3000)
    return resolve(actor=anyone, incident=row, resolution="Restarted")


def counts():
    return {key: (found.count, found.sum) for key, found in histograms().items() if found.count}


def test_a_first_acknowledgement_and_a_resolution_are_measured(worked_off):
    assert counts() == {(ACKNOWLEDGE, "P1"): (1, 600), (RESOLVE, "P1"): (1, 3600)}


def test_an_acknowledgement_by_resolving_is_measured_too(anyone, clock):
    row = opened(anyone, severity="P3")
    clock.shift(30)
    resolve(actor=anyone, incident=row, resolution="Restarted")
    assert counts() == {(ACKNOWLEDGE, "P3"): (1, 30), (RESOLVE, "P3"): (1, 30)}


def test_every_resolution_counts_and_no_other_step(anyone, worked_off, clock):
    reopen(actor=anyone, incident=worked_off)
    change_status(actor=anyone, incident=worked_off, to="mitigated")
    change_status(actor=anyone, incident=worked_off, to="investigating")
    clock.shift(3600)
    resolve(actor=anyone, incident=worked_off, resolution="Again")
    close(actor=anyone, incident=worked_off)
    assert counts() == {(ACKNOWLEDGE, "P1"): (1, 600), (RESOLVE, "P1"): (2, 3600 + 7200)}


def test_a_cancelled_incident_is_not_measured(anyone, clock):
    cancel(actor=anyone, incident=opened(anyone), reason="None")
    assert counts() == {}


def test_it_counts_under_the_severity_that_it_had_then(anyone, clock):
    row = opened(anyone, severity="P4")
    acknowledge(actor=anyone, incident=row)
    change_severity(actor=anyone, incident=row, to="P1")
    resolve(actor=anyone, incident=row, resolution="Restarted")
    assert set(counts()) == {(ACKNOWLEDGE, "P4"), (RESOLVE, "P1")}


def test_a_refused_step_leaves_no_sample(anyone, worked_off):
    with pytest.raises(IllegalTransition):
        acknowledge(actor=anyone, incident=worked_off)
    assert DurationSample.objects.count() == 2


def test_buckets_are_cumulative_and_a_value_on_the_bound_is_within(worked_off):
    found = histograms()[ACKNOWLEDGE, "P1"]
    assert {bound: found.buckets.get(str(bound), 0) for bound in BOUNDS[ACKNOWLEDGE]} == {
        bound: int(bound >= 600) for bound in BOUNDS[ACKNOWLEDGE]
    }


def test_the_targets_are_among_the_bounds():
    for metric in (ACKNOWLEDGE, RESOLVE):
        assert {targets[metric] for targets in DEFAULT_TARGETS.values()} <= set(BOUNDS[metric])


def test_every_metric_and_priority_is_there_from_the_beginning(db):
    assert set(histograms()) == {
        (metric, priority) for metric in (ACKNOWLEDGE, RESOLVE) for priority in ("P1", "P2", "P3", "P4")
    }


def test_rolling_up_changes_no_number(anyone, worked_off, clock):
    before = histograms()
    assert roll_up() == 2
    assert DurationSample.objects.count() == 0
    assert histograms() == before
    assert roll_up() == 0
    clock.shift(60)
    reopen(actor=anyone, incident=worked_off)
    resolve(actor=anyone, incident=worked_off, resolution="Again")
    assert histograms()[RESOLVE, "P1"].count == 2
    roll_up()
    assert (histograms()[RESOLVE, "P1"].count, histograms()[RESOLVE, "P1"].sum) == (2, 3600 + 3660)


def test_a_roll_up_takes_so_many_and_leaves_the_rest(worked_off):
    assert [roll_up(limit=1) for _ in range(3)] == [1, 1, 0]
    assert sum(total.count for total in DurationTotal.objects.all()) == 2


def test_totals_and_samples_are_read_as_of_one_moment(worked_off, django_assert_num_queries):
    # Two reads could see a sample twice or not at all while it is rolled up; a counter would seem to fall.
    with django_assert_num_queries(1):
        histograms()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_nothing_is_lost_or_counted_twice_while_it_is_rolled_up(db):
    from tests.racing import race

    DurationSample.objects.bulk_create(DurationSample(metric=RESOLVE, priority="P1", seconds=1.0) for _ in range(2000))

    def read():
        return {histograms()[RESOLVE, "P1"].count for _ in range(20)}

    def roll():
        return sum(roll_up(limit=50) for _ in range(10))

    *seen, _, _, _, _ = outcomes = race([read] * 4 + [roll] * 4)
    assert all(not isinstance(outcome, Exception) for outcome in outcomes), outcomes
    assert set().union(*seen) == {2000}
    assert sum(outcomes[4:]) == 2000
    assert durations.histograms()[RESOLVE, "P1"].sum == 2000


def test_time_is_measured_from_the_beginning_of_the_incident(anyone, clock):
    row = opened(anyone, impact_started_at=START - timedelta(hours=1))
    clock.shift(60)
    acknowledge(actor=anyone, incident=row)
    assert counts()[ACKNOWLEDGE, "P2"] == (1, 60)

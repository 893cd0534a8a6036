"""Risk from circumstances: the levels, what weighs how much, and that every point has its reason."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from changes.risk import HIGH_FROM, MEDIUM_FROM, Circumstances, assess
from changes.states import RISK_RANKS, Kind
from cmdb.vocabulary import Criticality

QUIET = Circumstances(
    kind=Kind.NORMAL, criticality="low", outcomes=(False,) * 5, has_rollback_plan=True, has_test_plan=True
)
circumstances = st.builds(
    Circumstances,
    kind=st.sampled_from(Kind.values),
    dependents=st.integers(0, 100),
    more_dependents=st.booleans(),
    criticality=st.none() | st.sampled_from(Criticality.values),
    outcomes=st.lists(st.booleans(), max_size=10),
    has_rollback_plan=st.booleans(),
    has_test_plan=st.booleans(),
    overlaps=st.integers(0, 3),
    hard_freezes=st.integers(0, 2),
    soft_freezes=st.integers(0, 2),
)


def codes(known):
    return [factor.code for factor in assess(known).factors]


def test_a_planned_and_practised_change_of_little_reach_is_of_low_risk():
    assert assess(QUIET).as_data() == {"level": "low", "points": 0, "factors": []}


@pytest.mark.parametrize(
    ("given", "code", "points", "words"),
    [
        ({"dependents": 1}, "blast_radius", 1, "1 item depends on what it touches."),
        ({"dependents": 10}, "blast_radius", 2, "10 items depend on what it touches."),
        (
            {"dependents": 1000, "more_dependents": True},
            "blast_radius",
            3,
            "At least 1,000 items depend on what it touches.",
        ),
        ({"criticality": "critical"}, "criticality", 3, "It reaches items of critical criticality."),
        ({"criticality": "medium"}, "criticality", 1, "It reaches items of medium criticality."),
        ({"outcomes": ()}, "no_history", 1, "Nothing like it was done before."),
        ({"outcomes": (True, *[False] * 9)}, "failures", 1, "1 of the last 10 similar changes failed."),
        ({"outcomes": (True, *[False] * 4)}, "failures", 2, "1 of the last 5 similar changes failed."),
        ({"outcomes": (True, False)}, "failures", 3, "1 of the last 2 similar changes failed."),
        ({"has_rollback_plan": False}, "no_rollback_plan", 2, "There is no rollback plan."),
        ({"has_test_plan": False}, "no_test_plan", 1, "There is no test plan."),
        ({"hard_freezes": 1}, "hard_freeze", 3, "1 hard freeze covers its window."),
        ({"soft_freezes": 2}, "soft_freeze", 1, "2 soft freezes cover its window."),
        (
            {"overlaps": 2},
            "overlap",
            2,
            "2 other changes are planned at the same time on the same or dependent items.",
        ),
        ({"kind": Kind.EMERGENCY}, "emergency", 2, "It is an emergency: there is less time to think."),
    ],
)
def test_each_circumstance_has_its_weight_and_its_words(given, code, points, words):
    found = assess(replace(QUIET, **given))
    assert [factor.as_data() for factor in found.factors] == [{"code": code, "points": points, "words": words}]


def test_many_reasons_add_up_to_high_and_the_heaviest_comes_first():
    known = replace(QUIET, has_test_plan=False, dependents=60, criticality="critical", hard_freezes=1)
    assert assess(known).level == "high"
    assert codes(known) == ["blast_radius", "criticality", "hard_freeze", "no_test_plan"]


@given(circumstances)
def test_the_level_is_the_sum_of_points_and_every_point_is_explained(known):
    found = assess(known)
    assert found.points == sum(factor.points for factor in found.factors)
    assert all(factor.points > 0 and factor.words for factor in found.factors)
    assert found.level == ("high" if found.points >= HIGH_FROM else "medium" if found.points >= MEDIUM_FROM else "low")


@given(circumstances)
def test_a_plan_that_is_taken_away_never_lowers_the_risk(known):
    less = replace(known, has_rollback_plan=False, has_test_plan=False)
    assert RISK_RANKS[assess(less).level] >= RISK_RANKS[assess(known).level]

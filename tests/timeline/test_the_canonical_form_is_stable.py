"""These digests are written in exported ledgers: a change here breaks every chain that exists."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timeline.chain import canonical, digest, event_hash, microseconds, salted

EVENT = {
    "org": UUID("11111111-1111-4111-8111-111111111111"),
    "aggregate": UUID("22222222-2222-4222-8222-222222222222"),
    "seq": 2,
    "type": "INCIDENT_STATUS_CHANGED",
    "version": 1,
    "payload": {"before": "open", "after": "acknowledged", "reason": 'Größe → 漢字 \U0001f525 " \\ \n'},
    "personal_digest": "ab" * 32,
    "actor_kind": "user",
    "actor_ref": "7",
    "request_id": "req-1",
    "occurred_at": datetime(2026, 3, 1, 12, 0, 0, 1, tzinfo=UTC),
    "recorded_at": datetime(2026, 3, 1, 12, 0, 0, 2, tzinfo=UTC),
    "prev_hash": "cd" * 32,
}
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=10,
)


def test_an_events_hash_is_what_it_was_in_the_first_release():
    assert event_hash(**EVENT) == "fcade0a189a60647c2883dd07b50f5c551a43b2a377bdc5f3820f96f0071ba6f"


@pytest.mark.parametrize("name", EVENT)
def test_everything_that_an_event_states_is_in_its_hash(name):
    other = {
        "org": UUID(int=1),
        "aggregate": UUID(int=1),
        "seq": 3,
        "version": 2,
        "payload": {},
        "occurred_at": EVENT["recorded_at"],
        "recorded_at": EVENT["occurred_at"],
    }.get(name, "other")
    assert event_hash(**{**EVENT, name: other}) != event_hash(**EVENT)


def test_the_form_is_sorted_compact_and_utf_8():
    assert canonical({"b": [1, None], "a": "é"}) == '{"a":"é","b":[1,null]}'.encode()


@given(values)
def test_the_order_in_which_things_were_written_does_not_matter(value):
    def turned(value):
        if isinstance(value, dict):
            return {key: turned(value[key]) for key in reversed(list(value))}
        return [turned(member) for member in value] if isinstance(value, list) else value

    assert canonical(turned(value)) == canonical(value)


def test_a_number_that_is_no_number_is_refused():
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical(float("nan"))


@given(st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_times_are_whole_microseconds(moment):
    assert datetime.fromtimestamp(0, UTC).timestamp() == 0
    assert microseconds(moment) % 1_000_000 == moment.microsecond


def test_equal_personal_texts_have_different_digests():
    first, second = (salted({"text": "I did it"}) for _ in range(2))
    assert first[0]["values"] == second[0]["values"]
    assert first[1] != second[1]
    assert digest(first[0]) == first[1]

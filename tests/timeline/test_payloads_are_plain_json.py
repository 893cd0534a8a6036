from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest

from incidents.states import Severity
from timeline.payloads import PERSONAL, encode, event_type, known_codes, parse_time, plain

SHARED = UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")


@pytest.mark.parametrize("value", [0.5, float("nan"), {"a": [1, 2.0]}, object(), {1, 2}, b"bytes"])
def test_what_hashes_differently_elsewhere_is_refused(value):
    with pytest.raises(TypeError, match="cannot stand in an event's payload"):
        plain(value)


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(TypeError, match="zone"):
        plain(datetime(2026, 3, 1, 12, 0))  # noqa: DTZ001 - that is the point


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, None),
        (True, True),
        (7, 7),
        ("text", "text"),
        (SHARED, "6ba7b810-9dad-11d1-80b4-00c04fd430c8"),
        (Decimal("0.250000"), "0.250000"),
        (Severity.P1, "P1"),
        ((1, [2]), [1, [2]]),
        ({SHARED: 1}, {str(SHARED): 1}),
        (datetime(2026, 3, 1, 12, 0, tzinfo=UTC), "2026-03-01T12:00:00.000000Z"),
        (datetime(2026, 3, 1, 13, 0, 0, 5, tzinfo=timezone(timedelta(hours=1))), "2026-03-01T12:00:00.000005Z"),
    ],
)
def test_a_value_is_written_the_same_everywhere(value, written):
    assert plain(value) == written
    assert type(plain(value)) is type(written)


def test_a_time_is_read_back_as_it_was():
    moment = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
    assert parse_time(plain(moment)) == moment
    assert parse_time(None) is None


def test_personal_fields_stand_apart_from_the_hashed_body():
    @event_type("TEST_PERSONAL_FIELDS")
    @dataclass(frozen=True)
    class Written:
        kind: str
        text: str = field(metadata=PERSONAL)

    assert encode(Written("note", "I did it")) == ({"kind": "note"}, {"text": "I did it"})


def test_a_code_is_never_given_to_another_payload():
    @event_type("TEST_CODE_ONCE")
    @dataclass(frozen=True)
    class First:
        pass

    with pytest.raises(ValueError, match="TEST_CODE_ONCE is taken by"):

        @event_type("TEST_CODE_ONCE")
        @dataclass(frozen=True)
        class Second:
            pass

    assert "TEST_CODE_ONCE" in known_codes()

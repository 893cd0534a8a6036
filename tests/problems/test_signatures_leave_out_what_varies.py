from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from problems.signatures import LONGEST, Occurrence, recurring, shown, signatures_of, title_signature

START = datetime(2026, 3, 1, tzinfo=UTC)
SPACE = UUID(int=7)


def occurrence(number, title="Disk full", keys=()):
    return Occurrence(uuid5(SPACE, str(number)), f"INC-{number}", title, keys, START + timedelta(hours=number))


@pytest.mark.parametrize(
    "title",
    [
        "Disk full",
        "DISK  full!",
        "Disk full: 97 %",
        "Disk full on the 10.0.0.7",
        "[web-12] Disk full",
        "Disk full (db01.prod.example.net)",
        "Disk full 7f0c1f0e-8d5b-4a55-9c39-0f2a3c2a6a11",
        "Disk 0x7ffe full",
        "Disk full 2026-03-01T10:15:00Z",
        "Disk full deadbeef",
        "https://grafana.example.net/d/abc?x=1 Disk full",
        "checkout-api: Disk full",
    ],
)
def test_occurrences_of_one_thing_are_alike(title):
    assert title_signature(title, ["Checkout-API"]) == "title: disk full"


@pytest.mark.parametrize("title", ["Disk empty", "Full disk", "Disks full", "Disk full again"])
def test_other_things_are_not(title):
    assert title_signature(title) != "title: disk full"


@pytest.mark.parametrize("title", ["", "  ", "42", "web-1 10.0.0.7", "-- !!"])
def test_a_title_of_nothing_else_has_none(title):
    assert title_signature(title) == ""


def test_the_name_of_an_item_is_taken_out_as_a_whole_word():
    assert title_signature("Shop is down, workshop too", ["shop"]) == "title: is down workshop too"


def test_keys_are_kept_as_they_are():
    assert signatures_of("Disk 7 full", ["node/7", ""]) == ["title: disk full", "key: node/7"]
    assert [shown(signature) for signature in signatures_of("Disk 7 full", ["node/7"])] == ["disk full", "node/7"]


@given(st.text(max_size=600))
def test_any_text_has_a_bounded_one_that_is_its_own(text):
    signature = title_signature(text)
    assert len(signature) <= LONGEST + len("title: ")
    assert title_signature(shown(signature)) == signature
    assert title_signature(text.swapcase()).casefold() == title_signature(text.swapcase())


def test_groups_need_so_many():
    rows = [occurrence(number) for number in range(3)]
    assert recurring(rows, least=4) == []
    (group,) = recurring(rows, least=3)
    assert [found.reference for found in group.occurrences] == ["INC-2", "INC-1", "INC-0"]


def test_a_group_within_another_says_nothing_new():
    rows = [occurrence(number, keys=("a",)) for number in range(3)] + [occurrence(3, "Other", ("a",))]
    assert [group.signature for group in recurring(rows, least=3)] == ["key: a"]
    assert [group.signature for group in recurring(rows[:3], least=3)] == ["title: disk full"]


@given(
    st.lists(st.tuples(st.sampled_from(["Disk full", "Slow", "Gone"]), st.sampled_from(["", "a", "b"])), max_size=12)
)
def test_every_group_is_alike_and_as_large_as_it_can_be(drawn):
    rows = [occurrence(number, title, (key,)) for number, (title, key) in enumerate(drawn)]
    groups = recurring(rows, least=2)
    for group in groups:
        alike = {row.pk for row in rows if group.signature in signatures_of(row.title, row.keys)}
        assert group.ids == alike
        assert not any(group.ids < other.ids for other in groups)
    for row in rows:
        same = [other for other in rows if other.title == row.title]
        if len(same) >= 2:
            assert any(row.pk in group.ids for group in groups)

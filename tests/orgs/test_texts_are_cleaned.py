import pytest
from hypothesis import given
from hypothesis import strategies as st

from orgs.text import check_text


def checked(value, **options):
    errors = []
    return check_text(errors, "title", value, **options), [error.code for error in errors]


@given(st.text())
def test_what_is_accepted_can_be_stored_and_is_accepted_again(value):
    text, errors = checked(value)
    if not errors:
        assert "\x00" not in text
        assert text.encode().decode() == text
        assert checked(text) == (text, [])


@pytest.mark.parametrize("code", [*range(9), 11, 12, *range(14, 32), *range(127, 160)])
def test_control_characters_are_refused(code):
    # Some of them count as space and vanish from the ends.
    assert checked(f"a{chr(code)}b")[1] == ["characters"]


@pytest.mark.parametrize("character", "\t\n\r")
def test_tabs_and_line_breaks_are_kept_inside(character):
    assert checked(f"{character}a{character}b{character}") == (f"a{character}b", [])


@pytest.mark.parametrize("value", [None, 7, True, b"x", ["x"], {"x": 1}])
def test_what_is_no_text_is_refused(value):
    assert checked(value) == ("", ["type"])


@pytest.mark.parametrize("value", ["", "  ", "\u200b", "\u2060\ufeff", "\u0300", "\u3164", "\u2800", "\U000e0020"])
def test_what_shows_nothing_is_nothing(value):
    assert checked(value, required=True)[1] == ["required"]
    assert checked(value)[1] == []


@pytest.mark.parametrize("value", ["x", "0", "é", "e\u0301", "漢", "\U0001f525", "-", "x\u200b"])
def test_what_shows_something_is_something(value):
    assert checked(value, required=True) == (value, [])


def test_length_is_counted_in_characters():
    assert checked("\U0001f525" * 5, longest=5)[1] == []
    assert checked("\U0001f525" * 6, longest=5)[1] == ["max_length"]


def test_an_overlong_text_is_refused_without_a_look_at_each_character():
    class Long(str):
        """A text that nobody may walk through."""

        __slots__ = ()

        def strip(self, *args):
            return self

        def __iter__(self):
            raise AssertionError("walked through")

    assert checked(Long("x" * 100), longest=10)[1] == ["max_length"]

"""The tokens' contrast, computed: words at least 4.5 to 1 on every ground, shapes and edges of fields 3 to 1."""

import re
from itertools import product
from pathlib import Path

import pytest

TOKENS = (Path(__file__).resolve().parents[2] / "static" / "css" / "tokens.css").read_text(encoding="utf-8")
PAIRS = {
    name: (light, dark)
    for name, light, dark in re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", TOKENS.partition("@media")[0])
}
GROUNDS = ("paper", "surface", "raised", "sunken", "hover", "flash", "accent-soft")
INKS = ("ink", "ink-2", "ink-3", "accent")
MEANINGS = ("p1", "p2", "p3", "p4", "ok", "info", "hold")
SCHEMES = ("light", "dark")


def colour(name, scheme):
    return PAIRS[name][SCHEMES.index(scheme)]


def luminance(colour):
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_black_on_white_is_21_to_1():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize(("scheme", "ink", "ground"), list(product(SCHEMES, INKS, GROUNDS)))
def test_words_can_be_read(scheme, ink, ground):
    assert contrast(colour(ink, scheme), colour(ground, scheme)) >= 4.5


@pytest.mark.parametrize(("scheme", "meaning"), list(product(SCHEMES, MEANINGS)))
def test_meanings_can_be_read_and_seen(scheme, meaning):
    words, soft, shape = (colour(f"{meaning}{part}", scheme) for part in ("-ink", "-soft", ""))
    for ground in ("paper", "surface", "hover"):
        assert contrast(words, colour(ground, scheme)) >= 4.5
        assert contrast(shape, colour(ground, scheme)) >= 3
    assert contrast(words, soft) >= 4.5
    assert contrast(shape, soft) >= 3


@pytest.mark.parametrize("scheme", SCHEMES)
def test_buttons_and_fields_can_be_seen(scheme):
    assert contrast(colour("p1-on", scheme), colour("p1", scheme)) >= 4.5
    assert contrast(colour("accent-ink", scheme), colour("accent", scheme)) >= 4.5
    for ground in ("paper", "surface", "sunken"):
        assert contrast(colour("control", scheme), colour(ground, scheme)) >= 3

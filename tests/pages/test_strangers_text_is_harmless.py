"""What strangers wrote is shown as text: no markup, no tricks with the direction of writing, no endless work."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents import commands
from incidents.markdown import LONGEST, render
from orgs.neutral import neutral, neutral_lines
from tests.pages.conftest import HOSTILE

MARKDOWN = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<iframe src=javascript:alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](vbscript:x)",
    "[x](file:///etc/passwd)",
    "<javascript:alert(1)>",
    "![x](https://example.org/x.png)",
    "![x](javascript:alert(1))",
    '[x](https://example.org "onmouseover=alert(1)")',
    "[x]: javascript:alert(1)\n\n[x]",
    "`<b>`",
    "    <script>",
    "```html\n<script>alert(1)</script>\n```",
    "| <b> | <i> |\n|---|---|\n| <u> | x |",
    "<details open ontoggle=alert(1)>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "a\u202eb\u2066c",
    "[a](<javascript:alert(1)>)",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<div style=background:url(javascript:alert(1))>",
    "[\u202ecod.exe](https://example.org)",
]
ALLOWED = re.compile(
    r"</?(?:p|br|strong|em|s|code|pre|blockquote|ul|ol|li|hr|a|h[3-6]|table|thead|tbody|tr|th|td)\b", re.IGNORECASE
)


@pytest.mark.parametrize("text", MARKDOWN)
def test_markdown_yields_nothing_but_the_allowed_tags(text):
    html = str(render(text))
    for tag in re.findall(r"<[^>]*>", html):
        assert ALLOWED.match(tag), tag
        assert not re.search(r"\son\w+=|style=|srcdoc=|javascript:", tag, re.IGNORECASE)
    for target in re.findall(r'href="([^"]*)"', html):
        assert target.startswith(("http://", "https://", "mailto:"))
    assert "\u202e" not in html
    assert "<img" not in html


def test_links_do_not_tell_where_they_were_followed_from():
    assert 'rel="noopener nofollow"' in render("[x](https://example.org)")


def test_a_note_s_headings_stand_below_those_of_the_page():
    assert str(render("# A\n\n## B")).count("<h3>A</h3>\n<h4>B</h4>") == 1


@given(st.text(max_size=500))
def test_any_text_can_be_rendered(text):
    html = str(render(text))
    assert "<script" not in html
    assert not re.search(r"<[^>]+\son\w+=", html)


@pytest.mark.parametrize("text", ["[" * 70_000, ">" * 70_000, "*a_ " * 20_000, "![" * 30_000, "<" * 70_000])
def test_long_texts_are_cut_before_they_are_rendered(text):
    html = str(render(text))
    assert len(html) < LONGEST * 6
    assert "The rest is not shown here" in html


@pytest.mark.parametrize(
    "code", [*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x2028, 0x1B, 0, 0xFEFF]
)
def test_what_acts_on_its_surroundings_becomes_a_mark(code):
    assert neutral(f"a{chr(code)}b") in ("a\ufffdb", "a b")
    assert chr(code) not in neutral_lines(f"a{chr(code)}b")


@given(st.text())
def test_neutral_text_is_one_line_and_stays_as_it_is(text):
    shown = neutral(text)
    assert len(shown.splitlines()) <= 1
    assert neutral(shown) == shown


@given(st.text(st.characters(categories=["L", "N", "P", "Zs"])))
def test_ordinary_words_are_not_touched(text):
    assert neutral(text) == text


def test_no_page_prints_markup_of_a_stranger(world, ada):
    assert ada.get("/palette?q=Checkout")["Content-Type"] == "application/json"
    for path in world.paths:
        page = ada.get(path).content.decode()
        assert "<script>window.hurt" not in page, path
        assert "<img src=x" not in page, path
        assert "\u202e" not in page, path


def test_a_search_is_shown_as_text(world, ada):
    page = ada.get("/incidents", {"q": f"{HOSTILE}\"'><svg/onload=alert(1)>"}).content.decode()
    assert "<svg/onload" not in page
    assert "&lt;svg/onload" in page


@pytest.mark.parametrize(("number", "links"), [(300, 300), (500, 0)])
def test_links_are_looked_for_where_that_is_no_endless_work(number, links):
    html = str(render("[it](https://a.org) " * number))
    assert html.count("<a ") == links
    assert html.count("https://a.org") == number


def test_many_long_notes_do_not_make_a_page_endless(world, ada):
    row = world.incidents["open"]
    for _ in range(8):
        commands.add_note(actor=world.actor, incident=row.pk, text="[" * 9_900)
    page = ada.get(f"/incidents/{row.reference}").content.decode()
    # Some are rendered, and those beyond the page's budget are shown as plain text, cut.
    assert page.count('<pre class="raw">') == 2
    assert len(page) < 200_000

"""Whatever is written in Markdown, the HTML of it has only the tags, attributes and addresses that are listed here."""

from html.parser import HTMLParser

import pytest

from incidents.markdown import render
from tests.security.payloads import MARKDOWN, TEXTS

ATTRIBUTES = {"a": {"href", "title", "rel"}, "ol": {"start"}}
TAGS = {
    *("p", "br", "strong", "em", "s", "code", "pre", "blockquote", "ul", "ol", "li", "hr", "a"),
    *("h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
}
AROUND = ("{}", "# {}", "> {}", "* a\n  * {}", "a {} b", "**{}**", "| {} |\n|---|\n| x |", "[{}](https://example.org)")


class Faults(HTMLParser):
    """Collects what is not on the lists."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        if tag not in TAGS:
            self.found.append(tag)
        for name, value in attrs:
            if name not in ATTRIBUTES.get(tag, ()):
                self.found.append(f"{tag} {name}")
            if name == "href" and not value.startswith(("http://", "https://", "mailto:")):
                self.found.append(value)

    def handle_comment(self, data):
        self.found.append(f"<!--{data}")

    def handle_decl(self, decl):
        self.found.append(f"<!{decl}")


def faults(html):
    parser = Faults()
    parser.feed(html)
    parser.close()
    return parser.found


@pytest.mark.parametrize("around", AROUND)
def test_only_listed_markup_comes_out(around):
    for text in (*TEXTS, *MARKDOWN):
        assert not faults(str(render(around.replace("{}", text)))), text


def test_neighbours_do_not_help_each_other():
    for joint in ("", " ", "\n", "\n\n"):
        assert not faults(str(render(joint.join((*TEXTS, *MARKDOWN)))))


def test_the_lists_would_notice():
    assert faults("<p onclick=x>") == ["p onclick"]
    assert faults('<a href="javascript:x">') == ["javascript:x"]
    assert faults("<script>") == ["script"]

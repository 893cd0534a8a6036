"""Markdown that people wrote, as HTML that can be trusted: the one sanitiser, and the only place that marks text safe."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

from orgs.neutral import neutral_lines

LONGEST = 20_000
"""Characters that are rendered; a longer text is cut there, and says so."""

_CUT = "\n\n*The rest is not shown here; the raw events have all of it.*"
_TAGS = {
    *("p", "br", "strong", "em", "s", "code", "pre", "blockquote", "ul", "ol", "li", "hr", "a"),
    *("h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
}
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
_SCHEMES = {"http", "https", "mailto"}
_LINKABLE = ("http://", "https://", "mailto:")
_MAX_NESTING = 20

_MOST_BRACKETS = 400
"""Opening brackets up to which links are looked for; each is tried to the end of its line, twenty deep."""


def _made(*off: str) -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "linkify": False, "maxNesting": _MAX_NESTING})
    parser.enable(["table", "strikethrough"]).disable(["image", "html_block", "html_inline", *off])
    # The sanitiser knows schemes only: an address without one, such as //elsewhere.example, would pass it.
    parser.validateLink = lambda url: url.lower().startswith(_LINKABLE)  # type: ignore[method-assign]
    return parser


_parser, _without_links = _made(), _made("link")


def _lowered(text: str) -> str:
    """Headings of a note stand below those of the page."""
    for level in (2, 1):
        text = text.replace(f"<h{level}>", f"<h{level + 2}>").replace(f"</h{level}>", f"</h{level + 2}>")
    return text


_held: OrderedDict[str, SafeString] = OrderedDict()
_lock = Lock()
_MOST_HELD = 500
_LONGEST_HELD = 4_000


def render(text: str) -> SafeString:
    """A note, decision or resolution as HTML: no raw HTML, no images, links to http, https and mailto only.

    Short texts are remembered, since a war room shows the same ones again and again.
    """
    if len(text) > _LONGEST_HELD:
        return _render(text)
    html = _held.get(text)
    if html is None:
        html = _render(text)
        with _lock:
            _held[text] = html
            if len(_held) > _MOST_HELD:
                _held.popitem(last=False)
    return html


def _render(text: str) -> SafeString:
    source = neutral_lines(text[:LONGEST]) + (_CUT if len(text) > LONGEST else "")
    parser = _parser if source.count("[") <= _MOST_BRACKETS else _without_links
    html = nh3.clean(
        _lowered(parser.render(source)),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        link_rel="noopener nofollow",
    )
    return mark_safe(html)  # noqa: S308 - nh3 has just cleaned it

"""Text of strangers made harmless to look at: what would reorder or hide the words around it is shown as a mark."""

from __future__ import annotations

import re

MARK = "\N{REPLACEMENT CHARACTER}"

# Overrides, embeddings and isolates of writing direction, its marks, control characters, separators of lines and
# paragraphs, zero-width characters and the byte order mark. The joiners U+200C and U+200D are left: scripts need them.
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
_UNSEEN_BUT_LINES = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]"
)


def neutral(text: str) -> str:
    """One line of text in which nothing acts on its surroundings; a line break counts as a blank."""
    if _UNSEEN.search(text) is None:
        return text
    return _UNSEEN.sub(MARK, " ".join(text.replace("\t", " ").splitlines()))


def neutral_lines(text: str) -> str:
    """The same for text of several lines, which stay."""
    if _UNSEEN_BUT_LINES.search(text) is None:
        return text
    return _UNSEEN_BUT_LINES.sub(MARK, text.replace("\r\n", "\n").replace("\r", "\n"))

"""Taking single values out of alerts as they were sent: texts, string maps, links, paths."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.intake.reading import as_text

_LINKABLE = ("http://", "https://")


def text_map(value: Any) -> dict[str, str]:
    """A map of texts; other values become their text. Anything else than a map is an empty one."""
    if not isinstance(value, dict):
        return {}
    return {key: item if isinstance(item, str) else as_text(item) for key, item in value.items()}


def first_text(*values: Any) -> str:
    """The first text that is not blank, without space around it; empty when there is none."""
    for value in values:
        if isinstance(value, str) and (text := value.strip()):
            return text
    return ""


def link(text: str, href: Any) -> list[dict[str, str]]:
    """The link as a list of one, or nothing where it leads to no web page (``javascript:``, ``file:``, relative)."""
    if not isinstance(href, str):
        return []
    address = href.strip()
    if not address.lower().startswith(_LINKABLE) or not address.isprintable():
        return []
    return [{"text": text, "href": address}]


def pick(path: str, labels: Mapping[str, str], member: Mapping[str, Any]) -> str:
    """What a path names: a label, else the value at a dotted path into the alert as sent. Empty when there is none."""
    if path in labels:
        return labels[path].strip()
    value: Any = member
    for step in path.split("."):
        if not isinstance(value, Mapping) or step not in value:
            return ""
        value = value[step]
    return "" if isinstance(value, dict | list) else as_text(value).strip()

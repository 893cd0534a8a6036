"""A column of a record as the admin prints it: the same in a list and on the record's page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.admin.utils import display_for_field, display_for_value, label_for_field, lookup_field
from django.utils.html import format_html
from django.utils.text import capfirst

from orgs.durations import iso, stamp
from orgs.neutral import neutral_lines


@dataclass(frozen=True)
class Fact:
    """One column: its name, its heading, and its value as it is shown."""

    name: str
    heading: str
    value: Any


def fact(name: Any, row: Any, model_admin: Any) -> Fact:
    """A column, or a method of the admin, of one record."""
    field, attribute, value = lookup_field(name, row, model_admin)
    heading = capfirst(str(label_for_field(name, type(row), model_admin=model_admin)))
    return Fact(getattr(name, "__name__", str(name)), heading, _shown(field, attribute, value, model_admin))


def _shown(field: Any, attribute: Any, value: Any, model_admin: Any) -> Any:
    empty = getattr(attribute, "empty_value_display", model_admin.get_empty_value_display())
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return format_html('<time datetime="{}">{}</time>', iso(value), stamp(value))
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return neutral_lines(", ".join(value)) or empty
    if isinstance(value, (dict, list)):
        text = neutral_lines(json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True))
        return format_html('<pre class="raw" tabindex="0">{}</pre>', text) if value else empty
    if field is None:
        return display_for_value(value, empty, getattr(attribute, "boolean", False))
    shown = display_for_field(value, field, empty)
    # What a person typed may turn the words around it; a mark made by Django itself is left as it is.
    return neutral_lines(shown) if type(shown) is str else shown


def sections(model_admin: Any, request: Any, row: Any) -> Iterator[dict[str, Any]]:
    """The fieldsets of a record's page, each with its title and its facts."""
    for title, options in model_admin.get_fieldsets(request, row):
        names = [name for line in options["fields"] for name in (line if isinstance(line, (list, tuple)) else (line,))]
        yield {"title": title, "facts": [fact(name, row, model_admin) for name in names]}

"""The product's own import form in JSON: ``{"cis": [...]}`` or the bare list."""

from __future__ import annotations

from typing import Any

from cmdb.imports.batch import MOST_ROWS, Batch, unreadable
from cmdb.imports.body import UnreadableBody, json_of
from cmdb.imports.form import SOURCE, FormReader

NAME = "json"


def read(raw: bytes) -> Batch:
    """Read a body of the JSON form; what is wrong is in the batch's faults, never an exception."""
    try:
        body = json_of(raw)
    except UnreadableBody as error:
        return unreadable(SOURCE, str(error))
    rows: Any = body.get("cis") if isinstance(body, dict) else body
    if not isinstance(rows, list):
        return unreadable(SOURCE, 'Give {"cis": [...]} or a list of configuration items.')
    if isinstance(body, dict) and (unknown := sorted(body.keys() - {"cis"})):
        return unreadable(SOURCE, f"Unknown member {', '.join(unknown)[:200]} beside cis.", code="unknown")
    if len(rows) > MOST_ROWS:
        return unreadable(
            SOURCE, f"The file has {len(rows):,} rows; import at most {MOST_ROWS:,} at once.", code="too_many"
        )
    reader = FormReader()
    for number, row in enumerate(rows, 1):
        reader.add(number, row)
    return reader.found.batch()

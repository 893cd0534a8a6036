"""The product's own import form as CSV: the JSON form's members as columns.

``attributes`` is a JSON object in a cell, and ``attributes.<name>`` columns hold one each; ``relations`` is a JSON
list, or ``type:target`` separated by semicolons. A cell is a text and nothing else: what looks like a formula is kept
as it is written.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

from cmdb.imports.batch import MOST_ROWS, Batch, unreadable
from cmdb.imports.body import UnreadableBody, text_of
from cmdb.imports.form import FIELDS, SOURCE, FormReader

NAME = "csv"
DELIMITERS = ",;\t"
ATTRIBUTE_PREFIX = "attributes."


def read(raw: bytes) -> Batch:
    """Read a CSV file; what is wrong is in the batch's faults, never an exception."""
    try:
        return _read(text_of(raw))
    except UnreadableBody as error:
        return unreadable(SOURCE, str(error))
    except csv.Error as error:
        return unreadable(SOURCE, f"Not a CSV file: {error}.")


def _read(text: str) -> Batch:
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    numbered = _numbered(lines)
    header = [cell.strip().casefold() for cell in next(numbered, (0, []))[1]]
    if problem := _problem_of(header):
        return unreadable(SOURCE, problem, code="header")
    reader = FormReader()
    for count, (line, cells) in enumerate(numbered, 1):
        if count > MOST_ROWS:
            message = f"The file has more than {MOST_ROWS:,} rows; import it in parts."
            return unreadable(SOURCE, message, code="too_many")
        if len(cells) != len(header):
            message = f"The line has {len(cells)} cells, the header has {len(header)}."
            reader.found.fault(line, "row", "ragged", message)
            reader.found.saw("")
            continue
        reader.add(line, _row(header, cells))
    return reader.found.batch()


def _numbered(lines: Any) -> Iterator[tuple[int, list[str]]]:
    """The lines that are not empty, with the number that a spreadsheet shows."""
    while True:
        start = lines.line_num + 1
        try:
            cells = next(lines)
        except StopIteration:
            return
        if any(cell.strip() for cell in cells):
            yield start, cells


def _delimiter(text: str) -> str:
    first = text.lstrip("\r\n").split("\n", 1)[0]
    return max(DELIMITERS, key=first.count)


def _problem_of(header: list[str]) -> str:
    known = FIELDS
    unknown = [cell for cell in header if cell not in known and not (cell.startswith(ATTRIBUTE_PREFIX) and cell[11:])]
    if unknown:
        names = ", ".join(cell or "(empty)" for cell in unknown)[:200]
        return f"Unknown column {names}; the columns are {', '.join(known)} and {ATTRIBUTE_PREFIX}<name>."
    if twice := sorted({cell for cell in header if header.count(cell) > 1}):
        return f"The column {', '.join(twice)} is there twice."
    return "" if "name" in header else "There is no column name."


def _row(header: list[str], cells: list[str]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    attributes: dict[str, Any] = {}
    for column, cell in zip(header, cells, strict=True):
        if not cell.strip():
            continue
        if column.startswith(ATTRIBUTE_PREFIX):
            attributes[column.removeprefix(ATTRIBUTE_PREFIX)] = cell
        elif column == "attributes":
            row[column] = _json_or_text(cell)
        elif column == "relations":
            row[column] = _json_or_text(cell) if cell.lstrip().startswith("[") else _relations(cell)
        else:
            row[column] = cell
    if attributes and isinstance(row.setdefault("attributes", {}), dict):
        row["attributes"] = {**row["attributes"], **attributes}
    return row


def _json_or_text(cell: str) -> Any:
    """The cell's JSON; a cell that is none stays a text, which the form then refuses by name."""
    try:
        return json.loads(cell)
    except (ValueError, RecursionError):
        return cell


def _relations(cell: str) -> list[dict[str, str]]:
    parts = [part.strip() for part in cell.split(";") if part.strip()]
    pairs = [part.split(":", 1) if ":" in part else ("depends_on", part) for part in parts]
    return [{"type": kind.strip(), "target": target.strip()} for kind, target in pairs]

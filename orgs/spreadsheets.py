"""CSV that a spreadsheet shows as it is and never runs (RFC 4180), streamed row by row."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence

from django.http import StreamingHttpResponse

from orgs.models import Organisation
from orgs.tenancy import org_scope

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0")
GUARD = "'"


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def guarded(value: object) -> str:
    """A cell's text; what a spreadsheet would take for a formula is preceded by an apostrophe, as spreadsheets do it."""
    text = "" if value is None else str(value)
    if text.startswith(FORMULA_STARTS) or (text.startswith(GUARD) and text[1:].startswith((*FORMULA_STARTS, GUARD))):
        text = GUARD + text
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


def unguarded(text: str) -> str:
    """What ``guarded`` was given: an import takes the apostrophe off again."""
    return text[1:] if text.startswith(GUARD) and text[1:].startswith((*FORMULA_STARTS, GUARD)) else text


def lines(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """The lines of a CSV file, each ending in CR LF."""
    writer = csv.writer(_Echo(), lineterminator="\r\n")
    yield writer.writerow(header)
    for row in rows:
        yield writer.writerow([guarded(cell) for cell in row])


def streamed(
    org: Organisation, filename: str, header: Sequence[str], rows: Iterable[Sequence[object]]
) -> StreamingHttpResponse:
    """A download that is made while it is sent; its queries stay inside the organisation."""

    def body() -> Iterator[str]:
        # The middleware's scope has ended by the time the server asks for the first line.
        with org_scope(org):
            yield from lines(header, rows)

    response = StreamingHttpResponse(body(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response

"""Reading configuration items from other systems' bodies: pure, from bytes to rows and the faults of rows.

A reader is one module with ``NAME`` and ``read(raw) -> Batch``; naming it in ``READERS`` is all that a new one needs.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from cmdb.cleaning import BadValue, clean_source
from cmdb.imports import backstage, csv_form, json_form, netbox, servicenow
from cmdb.imports.batch import Batch, combined
from orgs.errors import Invalid

READERS: dict[str, Callable[[bytes], Batch]] = {
    reader.NAME: reader.read for reader in (json_form, csv_form, netbox, servicenow, backstage)
}


def read(form: str, bodies: Sequence[bytes], *, source: str = "") -> Batch:
    """Read the pages of one import. ``source`` replaces the reader's own name for where they come from.

    Raises ``Invalid`` for an unknown form or source; what is wrong inside the bodies is in the batch's faults.
    """
    if form not in READERS:
        raise Invalid.one("format", "choice", f"Choose one of {', '.join(READERS)}.")
    try:
        name = clean_source(source)
    except BadValue as bad:
        raise Invalid.one("source", bad.code, bad.message) from bad
    batch = combined(READERS[form](body) for body in bodies)
    return replace(batch, source=name or batch.source)


__all__ = ["READERS", "Batch", "read"]

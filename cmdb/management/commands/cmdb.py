"""``manage.py cmdb import FILE... --org SLUG [--format F] [--commit]``: configuration items from the command line."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cmdb.commands import ImportReport, import_cis
from cmdb.imports import READERS, read
from cmdb.imports.batch import BODY_BYTES, RowFault
from orgs.actor import Actor
from orgs.errors import DomainError
from orgs.queries import find_organisation


class Command(BaseCommand):
    """Preview an import, or commit it with ``--commit``."""

    help = "Import configuration items from files: pages of one listing, or the product's own JSON or CSV form."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Describe the one verb that there is."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        verb = verbs.add_parser("import", help="show what files would change; --commit changes it")
        verb.add_argument("files", nargs="+", metavar="FILE", help="the pages of one import; - reads standard input")
        verb.add_argument("--org", required=True, help="slug or id of the organisation")
        verb.add_argument(
            "--format", choices=READERS, help="what wrote the files; json and csv are known by their suffix"
        )
        verb.add_argument("--source", default="", help="name of the source, where there are several of one format")
        verb.add_argument("--commit", action="store_true", help="write; without it nothing changes")
        verb.add_argument("--complete", action="store_true", help="mark what the files no longer list as missing")
        verb.add_argument("--strict", action="store_true", help="write nothing unless every row is good")
        verb.add_argument("--json", action="store_true", help="print the whole report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, import, report. Exits 1 when the import is refused or nothing could be read."""
        try:
            org = find_organisation(options["org"])
            form = options["format"] or Path(options["files"][0]).suffix.lower().removeprefix(".")
            batch = read(form, [_bytes_of(name) for name in options["files"]], source=options["source"])
            report = import_cis(
                actor=Actor.system(org.pk, "manage.py cmdb import"),
                batch=batch,
                commit=options["commit"],
                complete=options["complete"],
                strict=options["strict"],
            )
        except (DomainError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(json.dumps(report.as_dict(), indent=2) if options["json"] else _summary(report))
        for fault in report.faults:
            self.stderr.write(_line(fault, options["files"]))
        if report.fault_count > len(report.faults):
            self.stderr.write(f"… and {report.fault_count - len(report.faults):,} more faults")
        if not batch.items and not batch.relations and report.fault_count:
            raise CommandError("Nothing could be read.")


def _bytes_of(name: str) -> bytes:
    """The file's bytes, one more than may be read at most, so that the reader can say that it is too large."""
    if name == "-":
        return sys.stdin.buffer.read(BODY_BYTES + 1)
    with Path(name).open("rb") as file:
        return file.read(BODY_BYTES + 1)


def _summary(report: ImportReport) -> str:
    counts = ", ".join(f"{count:,} {action}" for action, count in report.counts.items())
    relations = f"{report.relations_added:,} relations added, {report.relations_ended:,} ended"
    notes = "".join(f"\n{_line(note, [])}" for note in report.notes)
    done = "Imported" if report.committed else "Would import (add --commit)"
    return f"{done} from {report.source}: {counts}; {relations}; {report.fault_count:,} faults{notes}"


def _line(fault: RowFault, files: list[str]) -> str:
    file = f"{files[fault.page - 1]}: " if len(files) > 1 else ""
    row = f"row {fault.row}, " if fault.row else ""
    return f"{file}{row}{fault.field}: {fault.message}"

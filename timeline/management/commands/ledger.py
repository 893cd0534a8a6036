"""``manage.py ledger``: verify, rebuild, export, seal and erase."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from orgs.errors import DomainError
from orgs.models import Organisation, User
from orgs.queries import find_organisation
from timeline.checkpoints import seal
from timeline.erasure import erase_person
from timeline.export import export, public_key_pem
from timeline.rebuild import rebuild
from timeline.verify import verify


class Command(BaseCommand):
    """Work on the ledger as a whole."""

    help = "Verify, rebuild, export, seal the ledger; erase a person's text from it."

    def add_arguments(self, parser: CommandParser) -> None:
        """One subcommand per job; --org narrows to one organisation."""
        sub = parser.add_subparsers(dest="what", required=True)
        jobs = {
            "verify": "check chains, sequences, seals, and that rows are the folds of their events; exit 1 on a fault",
            "rebuild": "write rows anew from their events where they differ",
            "export": "write a signed file of one organisation's events",
            "seal": "seal the changed heads now",
            "erase": "erase a person's name and personal text from the events; the chains stay whole",
            "public-key": "print the public key that verifies exports",
        }
        parsers = {name: sub.add_parser(name, help=text) for name, text in jobs.items()}
        for name in ("verify", "rebuild", "seal"):
            parsers[name].add_argument("--org", help="slug or id; all organisations where it is left out")
        parsers["rebuild"].add_argument("--check", action="store_true", help="only report; exit 1 on a difference")
        for name in ("export", "erase"):
            parsers[name].add_argument("--org", required=True, help="slug or id")
        parsers["export"].add_argument(
            "--out", required=True, type=Path, help="file to write, or - for standard output"
        )
        parsers["erase"].add_argument("--user", required=True, help="sign-in name")

    def handle(self, *args: Any, **options: Any) -> None:
        """Dispatch to the job."""
        try:
            getattr(self, "_" + options["what"].replace("-", "_"))(options)
        except DomainError as error:
            raise CommandError(error.detail) from error

    def _organisations(self, options: dict[str, Any]) -> list[Organisation]:
        return [find_organisation(options["org"])] if options["org"] else list(Organisation.objects.all())

    def _verify(self, options: dict[str, Any]) -> None:
        count = 0
        for org in self._organisations(options):
            for fault in verify(org, self._progress(f"verifying {org.slug}")):
                self.stdout.write(self.style.ERROR(str(fault)))
                count += 1
        self._verdict(count, "The ledger is whole: chains, sequences, seals and rows agree.")

    def _rebuild(self, options: dict[str, Any]) -> None:
        differing = broken = 0
        for org in self._organisations(options):
            for fault in rebuild(org, check=options["check"], progress=self._progress(f"replaying {org.slug}")):
                end = "" if options["check"] else "; written anew" if fault.mendable else "; left as it is"
                self.stdout.write(f"{fault}{end}")
                differing, broken = differing + fault.mendable, broken + (not fault.mendable)
        if not options["check"]:
            self.stdout.write(f"{differing} {'difference' if differing == 1 else 'differences'} mended.")
        left = differing + broken if options["check"] else broken
        self._verdict(left, "Every row is what its events fold into.")

    def _verdict(self, faults: int, sentence: str) -> None:
        if faults:
            raise CommandError(f"{faults} {'fault' if faults == 1 else 'faults'} found.", returncode=1)
        self.stdout.write(self.style.SUCCESS(sentence))

    def _export(self, options: dict[str, Any]) -> None:
        org = find_organisation(options["org"])
        if str(options["out"]) == "-":
            export(org, self.stdout)
            return
        with options["out"].open("w", encoding="utf-8", newline="\n") as file:
            written = export(org, file, self._progress(f"exporting {org.slug}"))
        self.stdout.write(f"{written} events written to {options['out']}.")

    def _seal(self, options: dict[str, Any]) -> None:
        for org in self._organisations(options):
            self.stdout.write(f"{org.slug}: {'sealed' if seal(org) else 'nothing has changed since the last seal'}")

    def _erase(self, options: dict[str, Any]) -> None:
        user = User.objects.filter(username=options["user"]).first()
        if user is None:
            raise CommandError(f"There is no user {options['user']}.")
        count = erase_person(find_organisation(options["org"]), user_id=user.pk)
        self.stdout.write(f"The personal text of {count} events is erased.")

    def _public_key(self, options: dict[str, Any]) -> None:
        self.stdout.write(public_key_pem())

    def _progress(self, label: str) -> Callable[[int, int], None]:
        """A line on standard error: rewritten four times a second on a terminal, a new one every 5 s elsewhere."""
        pause = 0.25 if self.stderr.isatty() else 5.0
        last = time.monotonic()

        def show(done: int, total: int) -> None:
            nonlocal last
            if time.monotonic() - last >= pause or (done == total and self.stderr.isatty()):
                last = time.monotonic()
                self.stderr.write(f"{label}: {done} of {total}", ending="\r" if self.stderr.isatty() else "\n")

        return show

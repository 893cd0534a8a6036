"""`manage.py demo`: a believable organisation with live alerts; and the check that drives the product over HTTP."""

import logging
import os
import sys
import tempfile
from argparse import SUPPRESS, ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from itsm_site.demo.check import Check
from itsm_site.demo.console import Console
from itsm_site.demo.runner import Demonstration
from itsm_site.demo.surroundings import for_check, for_demo
from itsm_site.environment import ConfigurationError
from itsm_site.serving import CannotServe


class Command(BaseCommand):
    """Both need an environment of their own, so the command begins anew in it where it has another."""

    help = "Show the product with a believable organisation, or check it from alert to closed incident (--check)."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, help="The port of the web process, instead of PORT.")
        parser.add_argument("--no-traffic", action="store_true", help="Send no alerts.")
        parser.add_argument("--reset", action="store_true", help="Make the data anew.")
        parser.add_argument(
            "--check", action="store_true", help="Drive alert to closed incident over HTTP; exit 0 or 1."
        )
        parser.add_argument("--inside", type=Path, help=SUPPRESS)

    def handle(self, *args: Any, **options: Any) -> None:
        # What goes on is told step by step; the processes write logs of their own.
        logging.getLogger().setLevel(logging.WARNING)
        console = Console(sys.stdout)
        try:
            if options["inside"] is not None:
                if not Check(console, options["inside"]).run():
                    raise SystemExit(1)
            elif options["check"]:
                directory = Path(tempfile.mkdtemp(prefix="opsledger-check-"))
                _begin_anew(for_check(os.environ, directory), "--inside", str(directory))
            else:
                wanted = for_demo(os.environ, settings.ENVIRONMENT, options["port"])
                if wanted != dict(os.environ):
                    _begin_anew(wanted)
                console.line("\n  Opsledger demo\n")
                Demonstration(console, reset=options["reset"], traffic=not options["no_traffic"]).run()
        except (CannotServe, ConfigurationError) as error:
            self.stderr.write(f"  {error}\n")
            raise SystemExit(1) from None


def _begin_anew(environment: dict[str, str], *further: str) -> None:
    """Become the same command in another environment: settings are read once, at the start of a process."""
    sys.stdout.flush()
    os.execve(sys.executable, [sys.executable, *sys.argv, *further], environment)  # noqa: S606 - ourselves

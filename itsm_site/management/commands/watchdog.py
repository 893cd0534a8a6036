"""`manage.py watchdog`: audit once (for cron or a systemd timer), or for ever with --loop."""

import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import close_old_connections

from itsm_site.watch import watch_once


class Command(BaseCommand):
    """Find what is silent or late, do its work, and tell the dead-man URL only when nothing was found."""

    help = (
        "Audit the installation without a broker: exit code 1 and a sentence for each finding. Work that silent "
        "workers left is done here. --loop SECONDS repeats until stopped."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--loop", type=float, metavar="SECONDS", help="Repeat after so many seconds.")

    def handle(self, *args: Any, **options: Any) -> None:
        pause = options["loop"]
        if pause is None:
            if wrong := watch_once():
                raise CommandError("\n".join(wrong), returncode=1)
            self.stdout.write("Nothing is wrong.")
            return
        if pause <= 0:
            message = "--loop takes a number of seconds above 0."
            raise CommandError(message)
        stopping = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stopping.set())
        while not stopping.is_set():
            close_old_connections()
            watch_once()
            stopping.wait(pause)

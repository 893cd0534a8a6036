"""`manage.py serve`: the whole product on one machine, until Ctrl-C."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from itsm_site.serving import CannotServe, claim_port, prepare, wait_until_ready, web, worker
from itsm_site.supervisor import Supervisor


class Command(BaseCommand):
    """Prepare, start the web process and the worker, keep them alive, stop them together."""

    help = "Run the web process and one worker with beat, and keep both alive until Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-worker", action="store_true", help="Start the web process alone.")

    def handle(self, *args: Any, **options: Any) -> None:
        host, port = settings.ENVIRONMENT.bind, settings.PORT
        children = [web()] if options["no_worker"] else [web(), worker()]
        supervisor = Supervisor(children, directory=settings.BASE_DIR, say=self._say)
        supervisor.stop_on_signals()
        try:
            claim_port(host, port)
            prepare(self._say)
            self._say("Starting " + " and ".join(child.name for child in children))
            supervisor.start()
            wait_until_ready(supervisor, port)
            if not supervisor.stopping.is_set():
                self._say(f"Ready: {settings.ITSM_PUBLIC_URL}  (Ctrl-C stops everything)")
            supervisor.run()
        except CannotServe as error:
            raise CommandError(str(error)) from None
        finally:
            supervisor.stop()
            self._say("Stopped.")

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()

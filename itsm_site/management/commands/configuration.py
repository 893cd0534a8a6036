"""`manage.py configuration`: print or write the page that documents the settings."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from itsm_site.configuration_page import example, page


class Command(BaseCommand):
    """Print docs/configuration.md, or write it and .env.example."""

    help = "Print the page of all settings; --write updates docs/configuration.md and .env.example."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--write", action="store_true", help="Write the files instead of printing.")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["write"]:
            self.stdout.write(page())
            return
        for name, text in (("docs/configuration.md", page()), (".env.example", example())):
            (settings.BASE_DIR / name).write_text(text, encoding="utf-8")
            self.stdout.write(f"Wrote {name}")

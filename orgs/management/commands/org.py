"""``manage.py org create SLUG --name N``: organisations from the command line."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from orgs.commands import create_organisation
from orgs.errors import DomainError
from orgs.models import Organisation


class Command(BaseCommand):
    """Create and list organisations."""

    help = "Create an organisation (org create SLUG --name N) or list them (org list)."

    def add_arguments(self, parser: CommandParser) -> None:
        """Two subcommands: create and list."""
        sub = parser.add_subparsers(dest="what", required=True)
        create = sub.add_parser("create", help="create an organisation")
        create.add_argument("slug")
        create.add_argument("--name", default="", help="what people read; the slug where it is left out")
        sub.add_parser("list", help="list the organisations")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the slug and id of what was created or found."""
        if options["what"] == "list":
            for org in Organisation.objects.all():
                self.stdout.write(f"{org.slug}\t{org.id}\t{org.name}")
            return
        try:
            org = create_organisation(slug=options["slug"], name=options["name"])
        except DomainError as error:
            raise CommandError(error.detail) from error
        self.stdout.write(f"{org.slug}\t{org.id}")

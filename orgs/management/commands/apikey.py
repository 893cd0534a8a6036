"""``manage.py apikey create --org SLUG --name N --role R``: API keys from the command line."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from orgs.clock import now
from orgs.commands import issue_key
from orgs.commands.keys import LONGEST_LIFE
from orgs.errors import DomainError
from orgs.queries import find_organisation


def _days(text: str) -> int:
    """A number of days, bounded so that a date can be reckoned with it; the command says what is too long."""
    return max(-1, min(int(text), LONGEST_LIFE.days + 1))


class Command(BaseCommand):
    """Issue API keys; the token alone goes to standard output, so that a script can catch it."""

    help = "Issue an API key: apikey create --org SLUG --name N --role R [--role R] [--days D] [--routing]."

    def add_arguments(self, parser: CommandParser) -> None:
        """One subcommand: create."""
        sub = parser.add_subparsers(dest="what", required=True)
        create = sub.add_parser("create", help="issue a key and print its token alone on standard output")
        create.add_argument("--org", required=True, help="the organisation's slug or id")
        create.add_argument("--name", required=True, help="what the key is for")
        create.add_argument("--role", action="append", required=True, dest="roles", help="repeat for several")
        create.add_argument("--scope", action="append", default=[], dest="scopes", help="narrow to single actions")
        create.add_argument("--days", type=_days, default=365, help="how long it lives, at most 366 (default 365)")
        create.add_argument("--routing", action="store_true", help="32 characters, as PagerDuty clients demand")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the token; everything else goes to standard error."""
        try:
            _, token = issue_key(
                actor=None,
                org=find_organisation(options["org"]),
                name=options["name"],
                roles=options["roles"],
                scopes=options["scopes"],
                expires_at=now() + timedelta(days=options["days"]),
                routing=options["routing"],
            )
        except DomainError as error:
            raise CommandError(error.detail) from error
        self.stdout.write(token)

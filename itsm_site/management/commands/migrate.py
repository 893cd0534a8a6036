"""`manage.py migrate`: Django's own, without the limit that keeps statements of requests short."""

from typing import Any

from django.core.management.commands.migrate import Command as DjangosMigrate
from django.db import connections


class Command(DjangosMigrate):
    """An index over a large table takes longer than any request may; waiting for a lock stays bounded."""

    def handle(self, *args: Any, **options: Any) -> str | None:
        connection = connections[options["database"]]
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET statement_timeout = 0")
                cursor.execute("SET idle_in_transaction_session_timeout = 0")
        return super().handle(*args, **options)

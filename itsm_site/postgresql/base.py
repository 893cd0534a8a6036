"""Django's own backend for PostgreSQL, but times are read by psycopg's compiled code.

Django reads each time with a loader in Python, so as to show it in whichever zone a connection is set to. Here it is
always UTC, and that loader was the largest single cost of a list: 250 times in a page of 50 incidents.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.backends.postgresql import base
from django.db.backends.postgresql.psycopg_any import get_adapters_template
from psycopg.types.datetime import TimestamptzLoader


class DatabaseWrapper(base.DatabaseWrapper):
    """What `DATABASES` names by this package."""

    def get_connection_params(self) -> dict[str, Any]:
        """Called before each connection, and before a pool is opened: both read by the one template of this process."""
        params: dict[str, Any] = super().get_connection_params()
        # psycopg puts its compiled loader in this one's place.
        get_adapters_template(settings.USE_TZ, self.timezone).register_loader("timestamptz", TimestamptzLoader)
        return params

    def create_cursor(self, name: str | None = None) -> Any:
        """As Django does, without comparing the loader's zone to the connection's, which is UTC."""
        if name:
            # A cursor that is read in pieces, on the server.
            return base.ServerSideCursor(  # type: ignore[call-arg]  # the stubs know of psycopg 2 only
                self.connection, name=name, scrollable=False, withhold=self.connection.autocommit
            )
        return self.connection.cursor()

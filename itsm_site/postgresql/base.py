"""Django's own backend for PostgreSQL, in two places quicker: how times are read, and how often a connection is tried.

Django reads each time with a loader in Python, so as to show it in whichever zone a connection is set to. Here it is
always UTC, and that loader was the largest single cost of a list: 250 times in a page of 50 incidents.
"""

from __future__ import annotations

import math
import time
from typing import Any

from django.conf import settings
from django.db.backends.postgresql import base
from django.db.backends.postgresql.psycopg_any import get_adapters_template
from psycopg.types.datetime import TimestamptzLoader

CHECKED_FOR = 1.0
"""Seconds for which a connection that was usable is taken to be so still. A query that fails closes it anyhow."""


class DatabaseWrapper(base.DatabaseWrapper):
    """What `DATABASES` names by this package."""

    health_check_enabled: bool
    health_check_done: bool
    _found_usable = -math.inf
    """When this connection last answered a health check, on the clock that never runs back."""

    def connect(self) -> None:
        """A new connection has still to show that it is usable."""
        self._found_usable = -math.inf
        super().connect()

    def close_if_health_check_failed(self) -> None:
        """As Django does before a request's first query, which costs a round trip, but not again within a second."""
        if not self.health_check_enabled or self.health_check_done:
            return
        if time.monotonic() - self._found_usable < CHECKED_FOR:
            # Done for this request: inside its transaction would be too late to ask.
            self.health_check_done = True
            return
        super().close_if_health_check_failed()
        self._found_usable = time.monotonic()

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

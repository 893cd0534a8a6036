"""Database triggers that refuse UPDATE and DELETE on append-only tables, and the guard that maintenance opens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation

GUARD_TABLE = "ledger_maintenance"

_POSTGRES_FUNCTION = """
CREATE OR REPLACE FUNCTION ledger_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('opsledger.maintenance', true) = 'on' THEN
        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
        IF TG_OP = 'UPDATE' THEN RETURN NEW; END IF;
        RETURN NULL;
    END IF;
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'raise_exception';
END $$
"""


class AppendOnly(Operation):
    """Migration operation: put the triggers on a model's table (of another app with ``label``). Reversible."""

    reversible = True

    def __init__(self, model_name: str, label: str | None = None) -> None:
        self.model_name = model_name
        self.label = label

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        """How the operation is written down."""
        return (self.__class__.__name__, [self.model_name], {"label": self.label} if self.label else {})

    def state_forwards(self, app_label: str, state: Any) -> None:
        """The models stay as they are."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        """Create the triggers."""
        table = to_state.apps.get_model(self.label or app_label, self.model_name)._meta.db_table
        for statement in _create(schema_editor.connection.vendor, table):
            schema_editor.execute(statement, params=None)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        """Drop the triggers."""
        table = from_state.apps.get_model(self.label or app_label, self.model_name)._meta.db_table
        for statement in _drop(schema_editor.connection.vendor, table):
            schema_editor.execute(statement, params=None)

    def describe(self) -> str:
        """What ``showmigrations`` and friends print."""
        return f"Make {self.model_name} append-only"


def _create(vendor: str, table: str) -> list[str]:
    if vendor == "postgresql":
        return [
            _POSTGRES_FUNCTION,
            (
                f'CREATE TRIGGER "{table}_append_only" BEFORE UPDATE OR DELETE ON "{table}" '
                "FOR EACH ROW EXECUTE FUNCTION ledger_append_only()"
            ),
            (
                f'CREATE TRIGGER "{table}_no_truncate" BEFORE TRUNCATE ON "{table}" '
                "FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only()"
            ),
        ]
    return [
        f'CREATE TABLE IF NOT EXISTS "{GUARD_TABLE}" (opened_at text NOT NULL)',
        *(_refuse_on_sqlite(table, verb) for verb in ("UPDATE", "DELETE")),
    ]


def _refuse_on_sqlite(table: str, verb: str) -> str:
    return (
        f'CREATE TRIGGER "{table}_no_{verb.lower()}" BEFORE {verb} ON "{table}" '  # noqa: S608 - our own tables
        f'WHEN NOT EXISTS (SELECT 1 FROM "{GUARD_TABLE}") '
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only: {verb} refused'); END"
    )


def _drop(vendor: str, table: str) -> list[str]:
    if vendor == "postgresql":
        return [
            f'DROP TRIGGER IF EXISTS "{table}_append_only" ON "{table}"',
            f'DROP TRIGGER IF EXISTS "{table}_no_truncate" ON "{table}"',
        ]
    return [f'DROP TRIGGER IF EXISTS "{table}_no_{verb}"' for verb in ("update", "delete")]


@contextmanager
def maintenance() -> Iterator[None]:
    """Let this transaction, and no other, change append-only rows: for retention, erasure and test clean-up.

    PostgreSQL keeps the guard in a setting of the transaction. SQLite has none, so it is a row that is written and
    removed in the same transaction, which holds the only write lock meanwhile.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL opsledger.maintenance = 'on'")
            yield
            cursor.execute("SET LOCAL opsledger.maintenance = 'off'")
        else:
            cursor.execute(f'INSERT INTO "{GUARD_TABLE}" VALUES (CURRENT_TIMESTAMP)')  # noqa: S608 - our own table
            yield
            cursor.execute(f'DELETE FROM "{GUARD_TABLE}"')  # noqa: S608 - our own table

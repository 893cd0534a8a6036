"""A database trigger that refuses a foreign key across organisations: the second wall behind the scoped managers.

A composite foreign key would say the same on PostgreSQL, but SQLite can only take one when a table is made. Mind that
Django rebuilds a SQLite table to alter it, which drops its triggers: such a migration must add them again.
"""

from __future__ import annotations

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation


class SameOrganisation(Operation):
    """Migration operation: rows and what a field of theirs points at belong to one organisation. Reversible."""

    reversible = True

    def __init__(self, model_name: str, field_name: str) -> None:
        self.model_name = model_name
        self.field_name = field_name

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        """How the operation is written down."""
        return (self.__class__.__name__, [self.model_name, self.field_name], {})

    def state_forwards(self, app_label: str, state: Any) -> None:
        """The models stay as they are."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        """Create the triggers."""
        model = to_state.apps.get_model(app_label, self.model_name)
        field = model._meta.get_field(self.field_name)
        table, target = model._meta.db_table, field.remote_field.model._meta.db_table
        for statement in _create(schema_editor.connection.vendor, table, field.column, target):
            schema_editor.execute(statement, params=None)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        """Drop the triggers."""
        model = from_state.apps.get_model(app_label, self.model_name)
        column = model._meta.get_field(self.field_name).column
        for statement in _drop(schema_editor.connection.vendor, model._meta.db_table, column):
            schema_editor.execute(statement, params=None)

    def describe(self) -> str:
        """What ``showmigrations`` and friends print."""
        return f"Keep {self.field_name} of {self.model_name} within one organisation"


def _create(vendor: str, table: str, column: str, target: str) -> list[str]:
    name = f"{table}_{column}_same_org"
    refusal = f"{table}.{column} is of another organisation"
    theirs = f'SELECT org_id FROM "{target}" WHERE id = NEW."{column}"'  # noqa: S608 - names of our own tables
    if vendor == "postgresql":
        function = f"""
            CREATE FUNCTION "{name}"() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF NEW."{column}" IS NOT NULL AND NEW.org_id IS DISTINCT FROM ({theirs}) THEN
                    RAISE EXCEPTION '{refusal}' USING ERRCODE = 'foreign_key_violation';
                END IF;
                RETURN NEW;
            END $$
        """
        trigger = f"""
            CREATE TRIGGER "{name}" BEFORE INSERT OR UPDATE OF org_id, "{column}" ON "{table}"
            FOR EACH ROW EXECUTE FUNCTION "{name}"()
        """
        return [function, trigger]
    return [
        f"""
            CREATE TRIGGER "{name}_{suffix}" BEFORE {verb} ON "{table}"
            WHEN NEW."{column}" IS NOT NULL AND NEW.org_id IS NOT ({theirs})
            BEGIN SELECT RAISE(ABORT, '{refusal}'); END
        """
        for suffix, verb in (("insert", "INSERT"), ("update", f'UPDATE OF org_id, "{column}"'))
    ]


def _drop(vendor: str, table: str, column: str) -> list[str]:
    name = f"{table}_{column}_same_org"
    if vendor == "postgresql":
        return [f'DROP TRIGGER IF EXISTS "{name}" ON "{table}"', f'DROP FUNCTION IF EXISTS "{name}"()']
    return [f'DROP TRIGGER IF EXISTS "{name}_{suffix}"' for suffix in ("insert", "update")]

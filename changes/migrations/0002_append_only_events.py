"""Make the changes' streams append-only, and their titles quick to search on PostgreSQL."""

from typing import Any

from django.db import migrations

from timeline.triggers import AppendOnly

INDEXES = {
    "changes_title_words": "upper(title)",
    "changes_reference_words": "upper(reference)",
}


def create_search(apps: Any, schema_editor: Any) -> None:
    """Trigram indexes make a search within a text cost the same at any size; SQLite reads the table."""
    if schema_editor.connection.vendor != "postgresql":
        return
    schema_editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    for name, expression in INDEXES.items():
        schema_editor.execute(f"CREATE INDEX {name} ON changes_change USING gin (({expression}) gin_trgm_ops)")


def drop_search(apps: Any, schema_editor: Any) -> None:
    """Drop the indexes; the extension stays, since others may use it."""
    if schema_editor.connection.vendor == "postgresql":
        for name in INDEXES:
            schema_editor.execute(f"DROP INDEX IF EXISTS {name}")


class Migration(migrations.Migration):
    dependencies = [
        ("changes", "0001_changes_and_streams"),
        ("timeline", "0001_append_only_checkpoints"),
    ]

    operations = [
        AppendOnly("changeevent"),
        migrations.RunPython(create_search, drop_search),
    ]

"""Leave room in the pages of alerts, so that counting a repeat touches no index (PostgreSQL's heap-only updates)."""

from django.db import migrations


def _set(schema_editor, storage):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"ALTER TABLE integrations_alert {storage}")


def leave_room(apps, schema_editor):
    _set(schema_editor, "SET (fillfactor = 75)")


def leave_none(apps, schema_editor):
    _set(schema_editor, "RESET (fillfactor)")


class Migration(migrations.Migration):
    dependencies = [("integrations", "0001_alert_intake")]

    operations = [migrations.RunPython(leave_room, leave_none)]

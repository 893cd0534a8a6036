"""`manage.py rehearse_migrations`: every migration forward, back and forward again, on a database made for it."""

from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

Key = tuple[str, str]

# What the names of everything in a database are, so that a step back that leaves something behind shows.
_NAMES = {
    "sqlite": "SELECT type, name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'",
    "postgresql": """
        SELECT 'column', table_name || '.' || column_name || ' ' || data_type FROM information_schema.columns
        WHERE table_schema = 'public'
        UNION SELECT 'index', indexname FROM pg_indexes WHERE schemaname = 'public'
        UNION SELECT 'constraint', conrelid::regclass || '.' || conname FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace
        UNION SELECT 'trigger', tgrelid::regclass || '.' || tgname FROM pg_trigger WHERE NOT tgisinternal
    """,
}
# Shared by the triggers of several tables, so no single step back may remove it.
_SHARED = frozenset({("table", "ledger_maintenance")})


class Command(BaseCommand):
    """Make an empty database, rehearse in it, remove it; the configured one is not touched."""

    help = "Apply, revert and apply again each migration of this project on a scratch database."

    def handle(self, *args: Any, **options: Any) -> None:
        name = connection.settings_dict["NAME"]
        # Django's own way to a scratch database, short of migrating it: that is what we are here for.
        connection.settings_dict["TEST"]["NAME"] = None if settings.SQLITE else f"rehearsal_{name}"[:63]
        scratch = connection.creation._create_test_db(verbosity=0, autoclobber=True)  # type: ignore[attr-defined]
        connection.close()
        connection.settings_dict["NAME"] = scratch
        try:
            count = self._rehearse()
        finally:
            connection.creation.destroy_test_db(name, verbosity=0)
        self.stdout.write(f"{count} migrations went forward, back and forward again on {connection.vendor}.")

    def _rehearse(self) -> int:
        executor = MigrationExecutor(connection)
        ours = {config.label for config in apps.get_app_configs() if settings.BASE_DIR in _parents(config.path)}
        plan = [
            (migration.app_label, migration.name)
            for migration, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())
        ]
        rehearsed = 0
        for key in plan:
            before = _names()
            _go_to(key)
            if key[0] not in ours:
                continue
            after = _names()
            _go_back_before(key)
            if left := _difference(_names(), before):
                message = f"{'.'.join(key)} does not undo what it did: {left}"
                raise CommandError(message)
            _go_to(key)
            if lost := _difference(_names(), after):
                message = f"{'.'.join(key)} does something else the second time: {lost}"
                raise CommandError(message)
            rehearsed += 1
        return rehearsed


def _parents(path: str) -> list[Any]:
    return [settings.BASE_DIR] if path.startswith(str(settings.BASE_DIR)) and "site-packages" not in path else []


def _go_to(key: Key) -> None:
    MigrationExecutor(connection).migrate([key])


def _go_back_before(key: Key) -> None:
    """Revert one migration, and with it what was applied after it."""
    executor = MigrationExecutor(connection)
    executor.migrate([parent if (parent := _parent(executor, key)) else (key[0], None)])


def _parent(executor: MigrationExecutor, key: Key) -> Key | None:
    """The migration before this one in its own app."""
    parents = executor.loader.graph.node_map[key].parents
    return next(((node.key[0], node.key[1]) for node in parents if node.key[0] == key[0]), None)


def _names() -> set[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(_NAMES[connection.vendor])
        return set(cursor.fetchall()) - _SHARED


def _difference(found: set[tuple[Any, ...]], expected: set[tuple[Any, ...]]) -> str:
    extra, missing = sorted(found - expected), sorted(expected - found)
    return "; ".join([f"left behind {extra}"] * bool(extra) + [f"gone {missing}"] * bool(missing))

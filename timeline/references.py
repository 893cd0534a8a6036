"""People-facing references such as ``INC-20261121-007``: unique per organisation, and nobody waits for a number."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import connection

from timeline.aggregates import Aggregate

PER_DAY = 1_000_000
_FREE_NUMBER = """
    WITH RECURSIVE head AS (
        SELECT coalesce(max(ref_number), %s) AS last FROM {table} WHERE org_id = %s AND ref_number BETWEEN %s AND %s
    ), pick (number, got) AS (
        SELECT last + 1, pg_try_advisory_xact_lock(hashtextextended(%s, last + 1)) FROM head
        UNION ALL
        SELECT number + 1, pg_try_advisory_xact_lock(hashtextextended(%s, number + 1)) FROM pick WHERE NOT got
    )
    SELECT number FROM pick WHERE got
"""


def next_reference(model: type[Aggregate], org_id: UUID, moment: datetime) -> tuple[str, int]:
    """A free reference of the day and its number.

    On PostgreSQL each creator takes the first number that no unfinished transaction holds, by an advisory lock that
    is tried and never waited for; one that was committed in the meantime shows as a clash on the unique constraint,
    and the command starts anew. SQLite has one writer at a time, so the next number is free.
    """
    day = moment.strftime("%Y%m%d")
    low = int(day) * PER_DAY
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            key = f"{model._meta.label_lower} {org_id}"
            cursor.execute(_FREE_NUMBER.format(table=table), [low, org_id, low, low + PER_DAY - 1, key, key])
        else:
            org = model._meta.get_field("org").get_db_prep_value(org_id, connection)
            cursor.execute(
                f"SELECT coalesce(max(ref_number), %s) + 1 FROM {table} "  # noqa: S608 - our own table
                "WHERE org_id = %s AND ref_number BETWEEN %s AND %s",
                [low, org, low, low + PER_DAY - 1],
            )
        number = int(cursor.fetchone()[0])
    return f"{model.PREFIX}-{day}-{number - low:03d}", number

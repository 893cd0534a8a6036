"""Statements made once and sent often: an insert for each accepted body, inserts and updates of many rows in one go.

PostgreSQL takes all rows of a batch as one JSON parameter, which costs a fraction of a parameter for each value;
SQLite takes them one after another, which is what is fast there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import connection, models


def insert_row(row: models.Model) -> None:
    """Insert a new row, with its key. A third of the cost of ``save``, which builds the same statement each time."""
    with connection.cursor() as cursor:
        cursor.execute(_insert_one(type(row)), _prepared(_fields(type(row)), _values(row)))
    row._state.adding = False


def insert_rows(rows: Sequence[models.Model]) -> None:
    """Insert new rows of one model, with their keys, in one go."""
    if not rows:
        return
    model = type(rows[0])
    fields = _fields(model)
    with connection.cursor() as cursor:
        if _takes_json():
            cursor.execute(_insert_many(model), [_as_json(fields, map(_values, rows))])
        else:
            cursor.executemany(_insert_one(model), [_prepared(fields, _values(row)) for row in rows])
    for row in rows:
        row._state.adding = False


def update_rows(
    model: type[models.Model], columns: Sequence[str], rows: Sequence[Sequence[Any]], *, add: Sequence[str] = ()
) -> None:
    """Set columns of rows by primary key. Each row is the columns' values, then those to add to ``add``, then the key."""
    if not rows:
        return
    statement, fields = _update(model, tuple(columns), tuple(add), _takes_json())
    with connection.cursor() as cursor:
        if _takes_json():
            cursor.execute(statement, [_as_json(fields, rows)])
        else:
            cursor.executemany(statement, [_prepared(fields, row) for row in rows])


def _takes_json() -> bool:
    return connection.vendor == "postgresql"


def _values(row: models.Model) -> list[Any]:
    return [getattr(row, field.attname) for field in _fields(type(row))]


def _prepared(fields: Sequence[Any], values: Sequence[Any]) -> list[Any]:
    return [field.get_db_prep_save(value, connection) for field, value in zip(fields, values, strict=True)]


def _as_json(fields: Sequence[Any], rows: Iterable[Sequence[Any]]) -> str:
    names = [field.column for field in fields]
    return json.dumps([dict(zip(names, row, strict=True)) for row in rows], default=_plain)


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} is not kept in bulk")


@lru_cache
def _fields(model: type[models.Model]) -> list[Any]:
    return list(model._meta.concrete_fields)


@lru_cache
def _insert_one(model: type[models.Model]) -> str:
    fields = _fields(model)
    places = ", ".join(["%s"] * len(fields))
    return f"INSERT INTO {_table(model)} ({_columns(fields)}) VALUES ({places})"  # noqa: S608 - our own columns' names


@lru_cache
def _insert_many(model: type[models.Model]) -> str:
    fields = _fields(model)
    return (
        f"INSERT INTO {_table(model)} ({_columns(fields)}) "  # noqa: S608 - our own columns' names
        f"SELECT {_columns(fields)} FROM json_to_recordset(%s::json) AS new({_typed(fields)})"
    )


@lru_cache
def _update(
    model: type[models.Model], columns: tuple[str, ...], add: tuple[str, ...], as_json: bool
) -> tuple[str, list[Any]]:
    fields: list[Any] = [model._meta.get_field(name) for name in (*columns, *add)]
    fields.append(model._meta.pk)
    *names, key = (connection.ops.quote_name(field.column) for field in fields)
    table = _table(model)
    new = [f"new.{name}" if as_json else "%s" for name in names]
    old = [f"{table}.{name}" if as_json else name for name in names]
    plain = len(columns)
    assigned = [f"{name} = {value}" for name, value in zip(names[:plain], new[:plain], strict=True)]
    assigned += [
        f"{name} = {before} + {value}"
        for name, before, value in zip(names[plain:], old[plain:], new[plain:], strict=True)
    ]
    statement = f"UPDATE {table} SET {', '.join(assigned)}"  # noqa: S608 - our own columns' names
    if as_json:
        rows = f"json_to_recordset(%s::json) AS new({_typed(fields)})"
        return f"{statement} FROM {rows} WHERE {table}.{key} = new.{key}", fields
    return f"{statement} WHERE {key} = %s", fields


def _table(model: type[models.Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)


def _columns(fields: Iterable[Any]) -> str:
    return ", ".join(connection.ops.quote_name(field.column) for field in fields)


def _typed(fields: Iterable[Any]) -> str:
    """The columns with their types, as a record set is declared."""
    return ", ".join(f"{connection.ops.quote_name(field.column)} {field.db_type(connection)}" for field in fields)

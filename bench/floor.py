"""The floor: a bare WSGI function that does the same work in one SQL statement, under the same server."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterable
from typing import Any
from uuid import uuid4

import psycopg

_local = threading.local()

SCHEMA = """
DROP TABLE IF EXISTS floor_outbox, floor_event, floor_incident, floor_inbox;
CREATE TABLE floor_incident (id uuid PRIMARY KEY, title text, severity text, status text,
    created_at timestamptz DEFAULT now(), body jsonb);
CREATE INDEX ON floor_incident (status, created_at DESC, id);
CREATE TABLE floor_event (id bigserial PRIMARY KEY, incident uuid REFERENCES floor_incident, seq int, type text,
    payload jsonb, UNIQUE (incident, seq));
CREATE TABLE floor_outbox (id bigserial PRIMARY KEY, event bigint, due timestamptz DEFAULT now());
CREATE TABLE floor_inbox (id uuid PRIMARY KEY, raw bytea, received_at timestamptz DEFAULT now());
"""
CREATE = """
WITH i AS (INSERT INTO floor_incident (id, title, severity, status, body) VALUES (%s, %s, %s, 'open', %s) RETURNING id),
     e AS (INSERT INTO floor_event (incident, seq, type, payload) SELECT id, 1, 'created', %s FROM i RETURNING id)
INSERT INTO floor_outbox (event) SELECT id FROM e
"""
LIST = """
SELECT coalesce(json_agg(t), '[]')::text FROM (
    SELECT id, title, severity, status, created_at FROM floor_incident
    WHERE status = 'open' ORDER BY created_at DESC, id LIMIT 50) t
"""
DETAIL = """
SELECT json_build_object('incident', to_json(i), 'events',
    (SELECT json_agg(e ORDER BY seq) FROM floor_event e WHERE e.incident = i.id))::text
FROM floor_incident i WHERE i.id = %s
"""
ACCEPT = "INSERT INTO floor_inbox (id, raw) VALUES (%s, %s)"


def prepare(url: str) -> str:
    """Make the tables with 1,000 incidents, one of them with 100 events; returns that one's id."""
    with psycopg.connect(url) as connection:
        connection.execute(SCHEMA)
        ids = [uuid4() for _ in range(1000)]
        with connection.cursor() as cursor:
            for pk in ids:
                cursor.execute(CREATE, (pk, "Disk full on db-7", "P1", "{}", '{"title": "Disk full"}'))
            cursor.executemany(
                "INSERT INTO floor_event (incident, seq, type, payload) VALUES (%s, %s, 'note', %s)",
                [(ids[0], seq, '{"text": "Looked at it"}') for seq in range(2, 101)],
            )
    return str(ids[0])


def _connection() -> psycopg.Connection[Any]:
    if not hasattr(_local, "connection"):
        _local.connection = psycopg.connect(os.environ["FLOOR_URL"], autocommit=True, prepare_threshold=0)
    connection: psycopg.Connection[Any] = _local.connection
    return connection


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """POST /create, POST /accept, GET /list, GET /detail/<id>."""
    path, run = environ["PATH_INFO"], _connection().execute
    status, answer = "200 OK", "{}"
    if path == "/create":
        body = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
        pk = uuid4()
        run(CREATE, (pk, body["title"], body["severity"], "{}", json.dumps(body)))
        status, answer = "201 Created", json.dumps({"id": str(pk)})
    elif path == "/accept":
        pk = uuid4()
        run(ACCEPT, (pk, environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))))
        status, answer = "202 Accepted", json.dumps({"id": str(pk)})
    else:
        row = (run(LIST) if path == "/list" else run(DETAIL, (path.rsplit("/", 1)[1],))).fetchone()
        answer = row[0] if row else "{}"
    data = answer.encode()
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(data)))])
    return [data]

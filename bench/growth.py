"""Growth: the same questions at 1,000, 100,000 and 1,000,000 incidents; what they cost must not grow with the store."""

from __future__ import annotations

import json
import os
import urllib.parse
from collections.abc import Callable
from uuid import UUID

import psycopg

from bench.client import drive, request_bytes
from bench.product import WEB_PORT, Bench, running

SIZES = [int(size) for size in os.environ.get("GROWTH_SIZES", "1000,100000,1000000").split(",")]
EVENTS = int(os.environ.get("GROWTH_EVENTS", "10"))
LIVE = 500
SECONDS = 2.0

# The filled rows have no true hashes: they are there to be in the way, not to be verified.
FILL = """
INSERT INTO incidents_incident (
    id, org_id, reference, ref_number, version, head_hash, created_at, updated_at, title, description, severity, status,
    environment, service_name, services, source, detected_by, assigned_to, assignee_name, hold_reason, hold_note,
    root_cause, resolution, runbook_path, external_refs, correlation_keys, tags, links, impact, affected_names, acknowledged_at, mitigated_at,
    resolved_at, closed_at, signal_count, firing_count, reopen_count, sla, ack_due_at, resolve_due_at, next_due_at,
    ack_breached, resolve_breached)
SELECT gen_random_uuid(), %(org)s, 'INC-20200101-' || lpad(n::text, greatest(3, length(n::text)), '0'),
    20200101000000 + n, %(events)s, '', at, at,
    (ARRAY['Disk full on','Latency high on','Packet loss at','Certificate expires on'])[1 + n %% 4] || ' host-' || n,
    '', 'P' || 1 + n %% 4, CASE WHEN live THEN 'open' ELSE 'closed' END, 'production', 'service-' || n %% 20, '[]',
    'alertmanager', '', (ARRAY['','Storage','Network','Platform'])[1 + n %% 4], '', '', '', '', '', '',
    '[]', '[]', '[]', '[]', '{}', '[]', CASE WHEN live THEN NULL ELSE at END, NULL, CASE WHEN live THEN NULL ELSE at END,
    CASE WHEN live THEN NULL ELSE at END, 0, 0, 0, %(sla)s, NULL, NULL, CASE WHEN live THEN now() END, false, false
FROM (SELECT n, n > %(last)s - %(live)s AS live, now() - (%(last)s - n) * interval '20 seconds' AS at
      FROM generate_series(%(first)s::bigint, %(last)s::bigint) n) numbers
"""
FILL_EVENTS = """
INSERT INTO incidents_incidentevent (
    org_id, aggregate_id, seq, type, version, payload, personal, personal_digest, actor_kind, actor_ref, request_id,
    occurred_at, recorded_at, prev_hash, hash)
SELECT org_id, id, seq, 'INCIDENT_NOTE_ADDED', 1, '{"kind": "note"}', '{}', '', 'system', 'bench', '',
    created_at, created_at, '', md5(id::text || seq)
FROM incidents_incident, generate_series(1, %(events)s::int) seq
WHERE ref_number BETWEEN 20200101000000 + %(first)s AND 20200101000000 + %(last)s
"""
SETTLE = "UPDATE incidents_incident SET status = 'closed', resolved_at = created_at, closed_at = created_at WHERE status = 'open'"


def _clock() -> dict[str, object]:
    return {"target": 900, "used": 0, "since": None, "met_at": None, "breached_at": None, "warned": []}


def fill(bench: Bench, first: int, last: int) -> None:
    """Add incidents by SQL, the newest 500 of them live, and analyse the tables."""
    with psycopg.connect(bench.database_url, autocommit=True) as connection:
        org: UUID = connection.execute("SELECT id FROM orgs_organisation").fetchone()[0]  # type: ignore[index]
        sla = json.dumps({"acknowledge": _clock(), "resolve": _clock()})
        values = {"org": org, "first": first, "last": last, "live": LIVE, "events": EVENTS, "sla": sla}
        connection.execute(SETTLE)
        connection.execute(FILL, values)
        connection.execute(FILL_EVENTS, values)
        connection.execute("VACUUM ANALYZE incidents_incident")
        connection.execute("VACUUM ANALYZE incidents_incidentevent")
        # Writing all that out is not to be felt in what is measured next.
        connection.execute("CHECKPOINT")


def questions(bench: Bench) -> dict[str, Callable[[int], bytes]]:
    """What is asked at every size."""

    def get(path: str) -> Callable[[int], bytes]:
        return lambda _: request_bytes("GET", path, WEB_PORT, Authorization=f"Bearer {bench.token}")

    def create(number: int) -> bytes:
        body = json.dumps({"title": f"Growth {number}", "severity": "P3"}).encode()
        return request_bytes("POST", "/itsm/incidents", WEB_PORT, body, Authorization=f"Bearer {bench.token}")

    search = urllib.parse.quote("Certificate host-1")
    return {
        "live, first page": get("/itsm/incidents?status=open"),
        "everything, first page": get("/itsm/incidents"),
        "one severity, closed": get("/itsm/incidents?severity=P1&status=closed"),
        "one service": get("/api/orgs/bench/incidents?serviceName=service-7"),
        "search of two words": get(f"/itsm/incidents?q={search}"),
        "one with its events": get("/api/orgs/bench/incidents/INC-20200101-007"),
        "create": create,
    }


def main() -> None:
    """Print milliseconds at the median for each question and size, and how much the largest costs over the smallest."""
    with running() as bench:
        table: dict[str, list[float]] = {}
        filled = 0
        for size in SIZES:
            fill(bench, filled + 1, size)
            filled = size
            for name, make in questions(bench).items():
                drive(WEB_PORT, make, connections=1, seconds=1.5)
                table.setdefault(name, []).append(drive(WEB_PORT, make, connections=1, seconds=SECONDS).percentile(0.5))
        print(f"{'ms at the median':26}" + "".join(f"{size:>12,}" for size in SIZES) + f"{'growth':>9}")
        for name, medians in table.items():
            print(f"{name:26}" + "".join(f"{ms:12.1f}" for ms in medians) + f"{medians[-1] / medians[0]:8.2f}x")


if __name__ == "__main__":
    main()

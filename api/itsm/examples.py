"""Examples of `/itsm/incidents`, shown in the documentation and checked against their schemas by a test."""

from __future__ import annotations

from typing import Any

NEW: dict[str, Any] = {
    "title": "Checkout answers 502",
    "severity": "P2",
    "description": "Three in ten requests fail since 08:28.",
    "affected_cis": ["checkout-api"],
    "assigned_to": "platform",
}
CHANGES: dict[str, Any] = {"status": "in_progress", "assigned_to": "network"}
RESOLUTION: dict[str, Any] = {
    "resolution": "Rolled back checkout-api to 4.12.",
    "root_cause": "4.13 opened a connection for every request.",
}
INCIDENT: dict[str, Any] = {
    "id": "7f0c1f0e-8d5b-4a55-9c39-0f2a3c2a6a11",
    "reference": "INC-20261120-001",
    "title": "Checkout answers 502",
    "description": "Three in ten requests fail since 08:28.",
    "severity": "P2",
    "status": "open",
    "assigned_to": "Platform",
    "services": ["checkout"],
    "source": "",
    "created_at": "2026-11-20T08:30:00.125000Z",
    "updated_at": "2026-11-20T08:30:00.125000Z",
    "acknowledged_at": None,
    "resolved_at": None,
    "resolution": "",
    "root_cause": "",
    "version": 1,
    "affected_cis": [{"id": "0b9d5f5e-52a7-4d0e-9a5d-6a8f4f3f5b10", "name": "checkout-api"}],
    "sla": {
        "acknowledge": {
            "target_seconds": 1800,
            "due_at": "2026-11-20T09:00:00.125000Z",
            "met_at": None,
            "breached_at": None,
            "state": "running",
        },
        "resolve": {
            "target_seconds": 86400,
            "due_at": "2026-11-21T08:30:00.125000Z",
            "met_at": None,
            "breached_at": None,
            "state": "running",
        },
    },
    "links": {
        "incidents": [],
        "problems": [],
        "changes": [],
        "tickets": [],
        "alerts": "/api/v1/alerts?incident=INC-20261120-001",
        "timeline": "/api/orgs/2f0e6a0c-7a43-4c0b-8f6d-8d7f5d1f9a01/incidents/INC-20261120-001/events",
    },
}
CREATED: dict[str, Any] = {
    **INCIDENT,
    "impact": {
        "dependents": 2,
        "truncated": False,
        "by_distance": {"1": 1, "2": 1},
        "services": ["shop"],
        "teams": ["Platform"],
        "highest_criticality": "critical",
        "cis": [
            {
                "id": "5d0c1c2e-0c43-4c11-8f2e-8d7f5d1f9a02",
                "name": "shop",
                "kind": "service",
                "criticality": "critical",
                "distance": 1,
            }
        ],
    },
    "suspect_changes": [],
}
RESOLVED: dict[str, Any] = {
    **INCIDENT,
    "status": "resolved",
    "acknowledged_at": "2026-11-20T08:41:10Z",
    "resolved_at": "2026-11-20T09:12:45Z",
    **RESOLUTION,
    "version": 4,
    "sla": {
        name: {**clock, "due_at": None, "met_at": met, "state": "met"}
        for (name, clock), met in zip(
            INCIDENT["sla"].items(), ("2026-11-20T08:41:10Z", "2026-11-20T09:12:45Z"), strict=True
        )
    },
}
PAGE: dict[str, Any] = {
    "items": [{name: value for name, value in INCIDENT.items() if name != "links"}],
    "next_cursor": None,
}

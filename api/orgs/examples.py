"""Examples of `/api/orgs/{orgId}`, shown in the documentation and checked against their schemas by a test."""

from __future__ import annotations

from typing import Any

NEW: dict[str, Any] = {
    "title": "API Gateway 500 errors spike",
    "serviceName": "api-gateway",
    "severity": "SEV1",
    "environment": "production",
    "detectedBy": "grafana",
    "initialCorrelationKey": "api-gw-500-spike",
}
STATUS: dict[str, Any] = {"newStatus": "INVESTIGATING", "reason": "Team is looking into the root cause"}
SEVERITY: dict[str, Any] = {"newSeverity": "SEV3", "reason": "Only one region is hit"}
NEW_ACTION: dict[str, Any] = {
    "actionKind": "NOTE",
    "label": "Investigating database connection pool",
    "details": "Checking if connection pool is exhausted",
}
NEW_SIGNAL: dict[str, Any] = {
    "signalType": "ALERT",
    "source": "grafana",
    "summary": "5xx ratio above 20 %",
    "correlationKey": "api-gw-500-spike",
    "traceId": "4bf92f3577b34da6a3ce929d0e0e4736",
    "data": {"ratio": 0.23},
    "ts": "2026-11-20T08:29:30Z",
}
NEW_VIOLATION: dict[str, Any] = {
    "sloId": "gateway-availability",
    "windowStart": "2026-11-20T08:00:00Z",
    "windowEnd": "2026-11-20T09:00:00Z",
    "errorBudgetConsumed": "0.35",
    "thresholdBreached": True,
}
SNAPSHOT: dict[str, Any] = {
    "id": "7f0c1f0e-8d5b-4a55-9c39-0f2a3c2a6a11",
    "reference": "INC-20261120-001",
    "orgId": "2f0e6a0c-7a43-4c0b-8f6d-8d7f5d1f9a01",
    "projectId": None,
    "title": "API Gateway 500 errors spike",
    "description": "",
    "serviceName": "api-gateway",
    "services": ["api-gateway"],
    "status": "INVESTIGATING",
    "severity": "SEV1",
    "environment": "production",
    "detectedBy": "grafana",
    "assignedTo": "",
    "primarySignalId": None,
    "runbookPath": "",
    "externalRefs": [],
    "correlationKeys": ["api-gw-500-spike"],
    "tags": [],
    "resolution": "",
    "rootCause": "",
    "createdAt": "2026-11-20T08:30:00Z",
    "updatedAt": "2026-11-20T08:33:00Z",
    "acknowledgedAt": "2026-11-20T08:33:00Z",
    "mitigatedAt": None,
    "resolvedAt": None,
    "version": 2,
}
ACTION: dict[str, Any] = {
    "id": "9a52a1e0-5a3a-4f53-9d0f-3f1a0b7c1d21",
    "actorType": "API_KEY",
    "actorRef": "ops_x7Qd",
    **NEW_ACTION,
    "ts": "2026-11-20T08:34:00Z",
}
SIGNAL: dict[str, Any] = {
    "id": "c6d9e0f1-1b7b-4a9e-8f0e-4c5d6e7f8a31",
    "serviceName": "",
    "environment": "",
    **NEW_SIGNAL,
    "firing": None,
}
VIOLATION: dict[str, Any] = {
    "id": "e1f2a3b4-2c8c-4bad-9f1f-5d6e7f8a9b41",
    **NEW_VIOLATION,
    "errorBudgetConsumed": "0.350000",
    "details": "",
}
ENTRY: dict[str, Any] = {
    "seq": 2,
    "type": "INCIDENT_STATUS_CHANGED",
    "ts": "2026-11-20T08:33:00Z",
    "recordedAt": "2026-11-20T08:33:00Z",
    "actorType": "USER",
    "actorRef": "3",
    "actorName": "Mara Lindt",
    "requestId": "0b7e1c52-6a44-4f0e-9a53-0a1d2c3b4e5f",
    "payload": {"before": "OPEN", "after": "INVESTIGATING", "reason": "Team is looking into the root cause"},
}
EVENT: dict[str, Any] = {
    **ENTRY,
    "payload": {"before": "open", "after": "investigating", "reason": "Team is looking into the root cause"},
    "version": 1,
    "prevHash": "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0",
    "hash": "a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796",
}
DETAIL: dict[str, Any] = {**SNAPSHOT, "signals": [SIGNAL], "actions": [ACTION], "timeline": [ENTRY]}

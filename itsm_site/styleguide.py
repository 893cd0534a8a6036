"""What the style guide shows: one sample of every part, through the same templates that the pages use."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.template.loader import render_to_string
from django.templatetags.static import static

from cmdb.graph import GraphNode, draw
from itsm_site.charts import Pair, pair_bars
from orgs.clock import now
from orgs.durations import clock, iso

SEVERITIES = (("P1", "Critical"), ("P2", "High"), ("P3", "Medium"), ("P4", "Low"))
STATUSES = ("open", "acknowledged", "investigating", "identified", "mitigated", "resolved", "closed", "cancelled")
SLAS = (
    ("ok", "resolve 3 h 12 m left", 22),
    ("warn", "resolve 1 h 40 m left", 58),
    ("risk", "ack 4 m left", 81),
    ("breached", "resolve 12 m over", 100),
    ("paused", "paused: vendor", 40),
)
ROWS = (
    ("P1", "open", "Checkout returns 502 in eu-west", "payments-api +3", "Payments", "148", "risk", "ack", 81, 11),
    ("P2", "investigating", "Replica lag on orders-db above 90 s", "orders-db", "Ada Kim", "12", "warn", "resolve", 55, 96),
    ("P2", "identified", "Certificate of edge-lb-02 expires", "edge-lb-02", "Unassigned", "1", "ok", "resolve", 20, 310),
    ("P3", "mitigated", "Batch import slower than usual \u202eyad", "batch-etl", "Data platform", "3", "paused", "", 40, 1800),
    ("P4", "resolved", "Disk of build-17 at 85 %", "build-17", "Tools", "2", "", "", 0, 5200),
)  # fmt: skip


def _row(at: int, row: tuple[str, str, str, str, str, str, str, str, int, int]) -> dict[str, Any]:
    severity, status, title, place, owner, alerts, tone, clock_name, meter, minutes = row
    moment = now()
    return {
        "ref": f"INC-20261121-{at:03}",
        "version": 3,
        "url": "#rows",
        "severity": severity,
        "status": status,
        "status_word": status.capitalize(),
        "title": title.replace("\u202e", "\u2423"),
        "place": place,
        "owner": owner,
        "unowned": owner == "Unassigned",
        "alerts": alerts,
        "unit": " alerts",
        "sla": "paused: vendor" if tone == "paused" else clock_name,
        "sla_tone": tone,
        "sla_due": iso(moment + timedelta(minutes=100 - meter)) if clock_name else "",
        "sla_left": f"{100 - meter} m left",
        "sla_meter": meter,
        "sla_rel": "left",
        "created": iso(moment - timedelta(minutes=minutes)),
        "age": f"{minutes} m",
        "marks": [{"word": "reopened", "tone": " mark-warn"}] if at == 2 else [],
        "can_acknowledge": status == "open",
    }


def _graph() -> dict[str, object]:
    names = (
        ("rack-b4", "rack", "high", -2),
        ("hv-07", "hypervisor", "high", -1),
        ("orders-db", "database", "critical", 0),
        ("orders-api", "service", "critical", 1),
        ("billing", "service", "medium", 1),
        ("checkout", "application", "critical", 2),
    )
    nodes = [
        GraphNode(UUID(int=at), name, kind, criticality, column, "#rows", name == "orders-api")
        for at, (name, kind, criticality, column) in enumerate(names)
    ]
    return draw(nodes, [(UUID(int=a), UUID(int=b)) for a, b in ((1, 0), (2, 1), (3, 2), (4, 2), (5, 3))])


def samples() -> dict[str, Any]:
    """The context of `styleguide.html`."""
    moment = now()
    entries = (
        ("alert", 1, "", "HighErrorRate on payments-api", "", "", "alert from alertmanager, firing"),
        ("status", 2, "Ada Kim", "acknowledged it", "", "", ""),
        ("human", 5, "Ada Kim", "wrote", "Hypothesis", "The 14:02 rollout doubled the pool size.", ""),
        ("sla", 6, "", "Half of the time to resolve is used", "", "", ""),
        ("hold", 7, "Jo Ruiz", "put it on hold: vendor", "", "", "Ticket 88213 with the carrier"),
        ("done", 9, "Ada Kim", "resolved it", "", "", "Rolled back to 41.2"),
    )  # fmt: skip
    ledger: list[dict[str, Any]] = [
        {
            "tone": tone, "number": number, "who": who, "what": what, "tag": tag, "note": note, "detail": detail,
            "at": iso(moment), "clock": clock(moment),
        }
        for tone, number, who, what, tag, note, detail in entries
    ]  # fmt: skip
    ledger.insert(2, {"fold": "2 system entries"})
    return {
        "severities": [{"code": code, "word": word} for code, word in SEVERITIES],
        "statuses": [{"code": code, "word": code.capitalize()} for code in STATUSES],
        "slas": [{"tone": tone, "words": words, "meter": meter} for tone, words, meter in SLAS],
        "rows": [
            render_to_string("incidents/_row.html", {"r": _row(at, row), "icons": static("img/icons.svg")})
            for at, row in enumerate(ROWS, start=1)
        ],
        "fields": [
            {"name": "title", "label": "Title", "value": "", "error": "Say in a few words what is wrong."},
            {"name": "ci", "label": "Configuration item", "value": "orders-db", "hint": "Its name or its id."},
            {
                "name": "severity",
                "label": "Severity",
                "kind": "select",
                "value": "P2",
                "choices": [{"value": code, "label": f"{code} {word}"} for code, word in SEVERITIES],
            },
            {"name": "text", "label": "Description", "kind": "textarea", "value": "", "hint": "Markdown."},
        ],
        "facets": [
            {
                "name": "Severity",
                "options": [
                    {"label": f"{code} {word}", "count": 3 + at, "url": "#rows", "current": at == 0}
                    for at, (code, word) in enumerate(SEVERITIES)
                ],
            },
            {
                "name": "State",
                "options": [
                    {"label": name.capitalize(), "count": 4, "url": "#rows", "current": False} for name in STATUSES[:5]
                ],
            },
        ],
        "tiles": [
            {"number": 14, "label": "Live incidents", "words": "2 more than an hour ago", "hot": False},
            {"number": 1, "label": "P1", "words": "open for 11 m", "hot": True},
            {"number": 2, "label": "Past target", "words": "1 to acknowledge", "hot": True},
            {"number": 5, "label": "Unassigned", "words": "oldest 3 h 10 m", "hot": False},
        ],
        "chart": pair_bars(
            [Pair(f"{day} Nov", 3 + day * 7 % 11, 2 + day * 5 % 9) for day in range(1, 22)],
            names=("opened", "resolved"),
            every=3,
        ),
        "graph": _graph(),
        "entries": ledger,
        "raw": '{\n  "status": "firing",\n  "labels": {\n    "alertname": "HighErrorRate",\n    "severity": "critical"\n  }\n}',
        "empty": {
            "title": "No alert has arrived yet",
            "words": "Send a test alert from any shell. It appears here within two seconds.",
            "curl": "curl -H 'Authorization: Bearer …' -d '{\"title\":\"Test\"}' http://localhost:8000/api/v1/webhooks/alerts/generic",
        },
    }

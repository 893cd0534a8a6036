"""What is going on as the demonstration begins, told by hand so that every kind of state can be seen."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from itsm_site.demo.alertmanager import CRITICAL, HIGH, WARNING, Alert, alert_on
from itsm_site.demo.datacenter import DATABASES, DESK, FACILITIES, NETWORK, PAYMENTS, PLATFORM, QUAYSIDE_TEAM
from itsm_site.demo.story import CLEAR, FIRE, INTAKE, Step, Story

HOUR, DAY = 60.0, 1440.0

_When = tuple[float, str, str, dict[str, Any]]
"""Minutes ago, who, which command, with what."""


class _Present:
    """Tells stories by how many minutes ago things happened."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def alerted(self, began: float, alert: Alert, *steps: _When, who: str = INTAKE) -> Story:
        """A story that begins with an alert; ``who`` makes an incident of it where the policy does not."""
        return Story(0, self._ago(began), who, steps=self._steps(steps), alert=alert)

    def told(self, began: float, who: str, given: dict[str, Any], *steps: _When) -> Story:
        """A story that begins with somebody who writes it down."""
        return Story(0, self._ago(began), who, {"environment": "production", **given}, self._steps(steps))

    def _steps(self, steps: tuple[_When, ...]) -> tuple[Step, ...]:
        return tuple(Step(self._ago(minutes), actor, command, values) for minutes, actor, command, values in steps)

    def _ago(self, minutes: float) -> datetime:
        return self.now - timedelta(minutes=minutes)


def northgate_now(now: datetime) -> list[Story]:
    """The live work of the first organisation, and what has just been finished."""
    present = _Present(now)
    tellers = (_provider, _array, _router, _memory, _portal, _auditor, _batteries, _replica, _just_resolved)
    return [teller(present) for teller in tellers]


def _provider(present: _Present) -> Story:
    """P1, acknowledged in time, being worked on."""
    cause = "payments/provider-eu-2"
    slow = alert_on(
        "PaymentProviderSlow",
        "payments-02",
        CRITICAL,
        "payments: card payments time out at the provider's second site",
        "One card payment in nine ends with a time-out. Wallets and transfers are not affected.",
        cause=cause,
        service="payments",
    )
    queue = alert_on(
        "PaymentQueueLong", "payments-01", WARNING, "payments: 1,240 calls wait", "Usually none.", cause=cause
    )
    return present.alerted(
        34,
        slow,
        (33, INTAKE, FIRE, {"alert": queue}),
        (31, "daniel", "acknowledge", {}),
        (30.5, "daniel", "assign", {"to": PAYMENTS}),
        (30.2, "daniel", "change_status", {"to": "investigating"}),
        (28.6, "tom", "add_tag", {"tag": "customer-impact"}),
        (27, "daniel", "add_note", {"text": "Only `eu-2` is slow; `eu-1` answers in 300 ms.", "kind": "hypothesis"}),
        (24, "amara", "add_note", {"text": "Bridge is open. Next update at half past.", "kind": "decision"}),
        (18, "daniel", "link_ticket", {"platform": "Payment provider", "ticket": "CASE-58213"}),
        (11, "daniel", "add_action",
         {"kind": "CHANGE", "label": "Sent three quarters of the calls to eu-1", "details": "Now 1 in 40 times out."}),
        (6, "tom", "add_note", {"text": "Seventeen calls so far; the status page is up to date."}),
    )  # fmt: skip


def _array(present: _Present) -> Story:
    """P2, cause known, waiting for the vendor with stopped clocks."""
    slow = alert_on(
        "StorageWriteLatencyHigh",
        "san-b",
        HIGH,
        "san-b: write latency 22 ms on one of two controllers",
        "Machines of hall B wait for their disks.",
        cause="storage/san-b/controller-2",
    )
    return present.alerted(
        5 * HOUR,
        slow,
        (4.8 * HOUR, "jonas", "acknowledge", {}),
        (4.75 * HOUR, "jonas", "assign", {"to": PLATFORM}),
        (4.7 * HOUR, "jonas", "change_status", {"to": "investigating"}),
        (4.1 * HOUR, "jonas", "change_status",
         {"to": "identified", "reason": "Controller 2 reports a degraded cache module."}),
        (4.0 * HOUR, "jonas", "link_ticket", {"platform": "Array support", "ticket": "AS-771204"}),
        (3.9 * HOUR, "amara", "hold", {"reason": "vendor", "note": "A cache module is due this evening."}),
        (2.2 * HOUR, "jonas", "add_note", {"text": "Courier is booked; the module arrives at the north gate."}),
    )  # fmt: skip


def _router(present: _Present) -> Story:
    """P2 that nobody has acknowledged or taken: its clock is running out."""
    cause = "transit/edge-router-2/carrier"
    flapping = alert_on(
        "BgpSessionFlapping",
        "edge-router-2",
        HIGH,
        "edge-router-2: transit session changed 14 times in ten minutes",
        "Traffic leaves by the first router; the second adds and removes its routes all the time.",
        cause=cause,
    )
    churn = alert_on(
        "RouteChurnHigh", "edge-router-2", WARNING, "edge-router-2: more than 500 routes a minute", "", cause=cause
    )
    return present.alerted(21, flapping, (14, INTAKE, FIRE, {"alert": churn}))


def _memory(present: _Present) -> Story:
    """P2, impact gone, being watched."""
    failing = alert_on(
        "MemoryErrorsRising",
        "hv-a04",
        HIGH,
        "hv-a04: 410 correctable memory errors in an hour",
        "The orders database runs on this machine.",
        cause="hardware/hv-a04/memory",
    )
    return present.alerted(
        3 * HOUR,
        failing,
        (2.9 * HOUR, "jonas", "acknowledge", {}),
        (2.85 * HOUR, "jonas", "assign", {"to": "jonas"}),
        (2.4 * HOUR, "jonas", "add_action",
         {"kind": "RUNBOOK_STEP", "label": "Moved db-01 and orders-01 to hv-a05", "details": "No interruption."}),
        (2.3 * HOUR, "jonas", "change_status", {"to": "identified", "reason": "Module in slot B7 fails."}),
        (50, "jonas", "change_status", {"to": "mitigated", "reason": "Nothing runs on it any more; spare is ordered."}),
    )  # fmt: skip


def _portal(present: _Present) -> Story:
    """P3 from a telephone call, given to nobody yet."""
    return present.told(
        52,
        "tom",
        {
            "title": "Portal: two customers see an empty page after signing in",
            "severity": "P3",
            "description": "Both have accounts in more than one organisation. Other browsers make no difference.",
            "affected_cis": ["customer-portal"],
            "services": ["customer-portal"],
            "source": "service desk",
            "detected_by": "telephone",
            "tags": ["customer-reported"],
            "impact_started_at": present.now - timedelta(hours=2),
        },
        (20, "tom", "add_note", {"text": "A third customer called; all three changed their e-mail address last week."}),
    )


def _auditor(present: _Present) -> Story:
    """P4 that waits for a customer."""
    return present.told(
        2.2 * DAY,
        "tom",
        {
            "title": "Access for the auditor to last year's change records",
            "severity": "P4",
            "description": "The auditor needs read access for a week.",
            "affected_cis": ["remote-access"],
            "source": "service desk",
            "detected_by": "e-mail",
        },
        (2.15 * DAY, "mateo", "acknowledge", {}),
        (2.1 * DAY, "mateo", "assign", {"to": DESK}),
        (2.0 * DAY, "amara", "hold", {"reason": "customer", "note": "The auditor is to send a signed agreement."}),
    )


def _batteries(present: _Present) -> Story:
    """P3 that has missed its target."""
    return present.told(
        4.1 * DAY,
        "ewa",
        {
            "title": "ups-a: battery string 3 below 80 % of its capacity",
            "severity": "P3",
            "description": "Autonomy is seven minutes instead of eight and a half. The replacement is ordered.",
            "affected_cis": ["ups-a"],
            "assigned_to": FACILITIES,
            "source": "inspection",
            "detected_by": "yearly battery test",
            "tags": ["power"],
        },
        (4.08 * DAY, "ewa", "acknowledge", {}),
        (4.0 * DAY, "ewa", "change_status", {"to": "identified", "reason": "String 3 is five years old."}),
        (1.1 * DAY, "ewa", "add_note", {"text": "Delivery slipped again; the supplier names Thursday."}),
    )


def _replica(present: _Present) -> Story:
    """An alert of P3, of which the policy makes no incident but a person did."""
    behind = alert_on(
        "ReplicationBehind",
        "orders-db-replica",
        WARNING,
        "orders-db-replica: replication is 11 minutes behind",
        "Reports show the past; nothing is lost.",
        cause="database/orders-db-replica/lag",
        service="reporting",
    )
    return present.alerted(
        95,
        behind,
        (72, "yuki", "acknowledge", {}),
        (70, "yuki", "assign", {"to": DATABASES}),
        (66, "yuki", "change_status", {"to": "investigating"}),
        (58, "yuki", "add_note",
         {"text": "A report without a date filter has been running for two hours.", "kind": "hypothesis"}),
        who="yuki",
    )  # fmt: skip


def _just_resolved(present: _Present) -> Story:
    """P2, resolved and not closed yet: it can still be reopened."""
    slow = alert_on(
        "DnsLatencyHigh",
        "dns-02",
        HIGH,
        "dns-02: name resolution takes 600 ms at the 99th percentile",
        "What is cached answers at once; names outside are slow.",
        cause="dns/dns-02/forwarder",
        service="dns",
    )
    return present.alerted(
        2.5 * HOUR,
        slow,
        (2.4 * HOUR, "mateo", "acknowledge", {}),
        (2.3 * HOUR, "mateo", "assign", {"to": NETWORK}),
        (2.1 * HOUR, "mateo", "add_action",
         {"kind": "CHANGE", "label": "Took the broken forwarder out of the rotation", "details": ""}),
        (64, INTAKE, CLEAR, {"alert": slow}),
        (61, "mateo", "resolve",
         {"resolution": "Forwarder replaced; both answer over UDP and TCP.",
          "root_cause": "The upstream operator had closed port 53/tcp during their maintenance."}),
    )  # fmt: skip


def quayside_now(now: datetime) -> list[Story]:
    """One live incident of the second organisation."""
    present = _Present(now)
    given = {
        "title": "row-1 warmer than usual",
        "severity": "P3",
        "description": "Two kelvin above yesterday.",
        "affected_cis": ["row-1"],
        "assigned_to": QUAYSIDE_TEAM,
        "source": "inspection",
        "detected_by": "round",
    }
    return [present.told(3 * HOUR, "ruth", given, (2.5 * HOUR, "ben", "acknowledge", {}))]

"""How an alert reads in an incident: bounded texts without control characters, and the evidence that goes with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from incidents.commands import Signal
from integrations.models import Alert

NAMELESS = "Alert without a name"
LONGEST_TITLE = 500
LONGEST_SUMMARY = 2000
LONGEST_TEXT = 60_000
LONGEST_PATH = 500
MOST_LABELS = 100
LONGEST_LABEL = 500
_CONTROL = {code: "\ufffd" for code in (*range(32), 127) if chr(code) not in "\t\n\r"}


def presentable(text: str, longest: int) -> str:
    """The text as people may read it: control characters replaced, the end cut with an ellipsis."""
    shown = text[: longest * 2].translate(_CONTROL).strip()
    return shown if len(shown) <= longest else shown[: longest - 1].rstrip() + "…"


def title_of(alert: Alert) -> str:
    """The alert's title on one line."""
    line = " ".join(presentable(alert.title, LONGEST_TITLE * 4).split())
    return presentable(line, LONGEST_TITLE) if any(character.isalnum() for character in line) else NAMELESS


def description_of(alert: Alert) -> str:
    """The alert's description, and the whole of a title that had to be cut."""
    shown = presentable(alert.description, LONGEST_TEXT)
    if len(alert.title) > LONGEST_TITLE:
        shown = f"{presentable(alert.title, LONGEST_TEXT // 4)}\n\n{presentable(shown, LONGEST_TEXT // 2)}".strip()
    return shown


def runbook_of(alerts: Sequence[Alert]) -> str:
    """The first runbook that any of the alerts links to."""
    links = [link["href"] for alert in alerts for link in alert.links if link.get("text") == "Runbook"]
    return next((href for href in links if len(href) <= LONGEST_PATH), "")


def signal_of(alert: Alert, *, firing: bool) -> Signal:
    """The alert as the observation that an incident keeps. Its key is the alert's own id: one signal an episode."""
    return Signal(
        signal_type="ALERT",
        source=alert.source,
        summary=presentable(title_of(alert), LONGEST_SUMMARY),
        key=str(alert.pk),
        correlation_key=presentable(alert.correlation_key, 500),
        service_name=presentable(alert.service, 200),
        environment=presentable(alert.environment, 100),
        data=_evidence(alert),
        ts=alert.starts_at,
        firing=firing,
    )


def _evidence(alert: Alert) -> dict[str, Any]:
    labels = dict(list(alert.labels.items())[:MOST_LABELS])
    evidence: dict[str, Any] = {
        "alert": str(alert.pk),
        "fingerprint": alert.fingerprint,
        "episode": alert.episode,
        "severity": alert.severity,
        "labels": {name[:LONGEST_LABEL]: text[:LONGEST_LABEL] for name, text in labels.items()},
        "links": alert.links[:20],
    }
    if unnamed := alert.details.get("unnamed_alerts_in_group"):
        evidence["unnamed_alerts_in_group"] = unnamed
    return evidence

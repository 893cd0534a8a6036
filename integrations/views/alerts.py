"""The alerts: their list, one alert, and making an incident of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from incidents.states import Severity
from integrations.commands import promote_alert
from integrations.intake.wording import title_of
from integrations.models import Alert
from integrations.queries import (
    OPEN_STATES,
    AlertFilter,
    alerts,
    episodes_of,
    find_alert,
)
from integrations.views.lists import ALERT_WORDS, PAGE_SIZE, list_context, sample_alert
from orgs.clock import now
from orgs.durations import ago, iso, stamp
from orgs.errors import DomainError
from orgs.facets import MOST_COUNTED, Address, Facet, count, read_address
from orgs.neutral import neutral, neutral_lines
from orgs.pages import PageRequest, refusal_words, signed_in
from orgs.paging import Column, page_of
from orgs.policy import allows

ALERT_FACETS = (
    Facet("state", "State", ALERT_WORDS),
    Facet("severity", "Severity", {value: str(label) for value, label in Severity.choices}),
    Facet("incident", "Incident", {"none": "Without one"}),
    Facet("source", "Source"),
    Facet("service", "Service"),
)
_ALERT_COLUMNS = {"state": 0, "severity": 1, "incident": 2, "source": 3, "service": 4}
_ALERT_ORDER = (Column("created_at", descending=True), Column("id", descending=True))
_ALERT_FIELDS = (
    "id", "source", "state", "severity", "severity_known", "title", "service", "environment", "count", "created_at",
    "last_seen_at", "error", "ci__name", "ci_id", "incident__reference",
)  # fmt: skip


@require_safe
@signed_in
def alert_list(request: PageRequest) -> HttpResponse:
    """Alerts, whether or not they made an incident; those that are open unless a state is chosen."""
    address = read_address(reverse("integrations:alerts"), request.GET, ALERT_FACETS)
    moment = now()
    rows = alerts(_alert_filter(address))
    page = page_of(
        rows, order="newest", columns=_ALERT_ORDER, fields=_ALERT_FIELDS, cursor=address.cursor, size=PAGE_SIZE
    )
    states = address.values("state")
    base = AlertFilter(states=OPEN_STATES if set(states) <= set(OPEN_STATES) else tuple(ALERT_WORDS), q=address.q)
    counted = [
        (state, severity, "" if incident else "none", source, service)
        for state, severity, incident, source, service in alerts(base)
        .order_by("-created_at")
        .values_list("state", "severity", "incident", "source", "service")[:MOST_COUNTED]
    ]
    may_promote = allows(request.actor, "alert.promote")
    context = {
        **list_context(address, ALERT_FACETS, count(counted, _ALERT_COLUMNS, address), len(counted), page.next_cursor),
        "rows": [_alert_row(row, moment, may_promote) for row in page.rows],
        "back": request.get_full_path(),
        "empty": _no_alerts(request, address) if not page.rows else None,
    }
    return render(request, "integrations/alerts.html", context)


def _alert_filter(address: Address) -> AlertFilter:
    return AlertFilter(
        states=address.values("state") or OPEN_STATES,
        severities=address.values("severity"),
        sources=address.values("source"),
        services=address.values("service"),
        without_incident=bool(address.values("incident")),
        q=address.q,
    )


def _alert_row(row: dict[str, Any], moment: datetime, may_promote: bool) -> dict[str, Any]:
    reference = row["incident__reference"]
    return {
        "id": str(row["id"]),
        "url": reverse("integrations:alert", args=(row["id"],)),
        "severity": row["severity"],
        "state": row["state"],
        "state_word": ALERT_WORDS[row["state"]],
        "title": neutral(row["title"])[:300] or "Alert without a name",
        "source": neutral(row["source"]),
        "place": neutral(row["ci__name"] or row["service"]),
        "environment": neutral(row["environment"]),
        "count": str(row["count"]),
        "incident": reference or "",
        "incident_url": reverse("incidents:detail", args=(reference,)) if reference else "",
        "trouble": neutral(row["error"])[:200] or ("" if row["severity_known"] else "severity not known to us"),
        "seen": iso(row["last_seen_at"]),
        "ago": ago(row["last_seen_at"], moment),
        "may_promote": may_promote and not reference,
    }


def _no_alerts(request: PageRequest, address: Address) -> dict[str, str]:
    if address.pairs:
        return {
            "title": "No alert matches",
            "words": "Nothing fits all of these filters at once.",
            "url": address.path,
            "action": "Clear the filters",
        }
    if Alert.objects.exists():
        return {
            "title": "Nothing fires",
            "words": "Every alert is resolved.",
            "url": f"{address.path}?state=resolved",
            "action": "Show resolved alerts",
        }
    return {
        "title": "No alert has arrived yet",
        "words": "Send one from a shell, with an API key of yours. It appears here within two seconds.",
        "curl": sample_alert(request),
    }


@require_safe
@signed_in
def alert_detail(request: PageRequest, pk: UUID) -> HttpResponse:
    """One alert: what the sender said, its other episodes, the incident it belongs to, the body it came in."""
    alert = find_alert(pk)
    moment = now()
    context = {
        "alert": {
            "id": str(alert.pk),
            "title": neutral(title_of(alert)),
            "description": neutral_lines(alert.description)[:20_000],
            "severity": alert.severity,
            "state": alert.state,
            "state_word": ALERT_WORDS[alert.state],
            "incident": alert.incident.reference if alert.incident else "",
            "body_url": reverse("integrations:body", args=(alert.inbox_id,)) if alert.inbox_id else "",
            "error": neutral(alert.error),
        },
        "facts": _alert_facts(alert),
        "labels": [{"name": neutral(name), "value": neutral(str(value))} for name, value in alert.labels.items()],
        "links": [
            {"text": neutral(link.get("text", "")) or "Link", "href": link["href"]}
            for link in alert.links
            if str(link.get("href", "")).startswith(("https://", "http://"))
        ],
        "episodes": [
            {
                "url": reverse("integrations:alert", args=(other.pk,)),
                "number": other.episode,
                "state": other.state,
                "state_word": ALERT_WORDS[other.state],
                "at": iso(other.starts_at),
                "ago": ago(other.starts_at, moment),
            }
            for other in episodes_of(alert, limit=20)
        ],
        "may_promote": allows(request.actor, "alert.promote") and alert.incident is None,
        "back": reverse("integrations:alert", args=(alert.pk,)),
    }
    return render(request, "integrations/alert.html", context)


def _alert_facts(alert: Alert) -> list[dict[str, str]]:
    pairs = (
        ("Source", alert.source),
        ("Service", alert.service),
        ("Item", alert.ci.name if alert.ci else ""),
        ("The sender calls it", ", ".join(alert.ci_names[:5])),
        ("Environment", alert.environment),
        ("Severity given", alert.severity_given),
        ("Correlation", alert.correlation_key),
        ("Fingerprint", alert.fingerprint),
        ("Episode", str(alert.episode)),
        ("Told", f"{alert.count} times"),
        ("Began", stamp(alert.starts_at)),
        ("Ended", stamp(alert.ends_at) if alert.ends_at else ""),
        ("Last heard of", stamp(alert.last_seen_at)),
    )
    return [{"name": name, "value": neutral(value)} for name, value in pairs if value]


@require_POST
@signed_in
def promote(request: PageRequest, pk: UUID) -> HttpResponse:
    """Make an incident of an alert, or let it join the one of its correlation key."""
    try:
        incident = promote_alert(actor=request.actor, alert=pk)
    except DomainError as error:
        if error.status == 404:
            raise
        messages.error(request, refusal_words(error, request.actor))
        return redirect("integrations:alert", pk=pk)
    messages.success(request, f"The alert belongs to {incident.reference} now.")
    return redirect("incidents:detail", ref=incident.reference)

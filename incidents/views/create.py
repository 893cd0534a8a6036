"""Opening an incident by hand: a title and a configuration item are enough; what it may duplicate shows while typing."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.http import require_safe

from cmdb.queries import CIFilter, impact_summary, list_cis, resolve_cis
from incidents.commands import create_incident
from incidents.queries import likely_duplicates
from incidents.states import Severity
from incidents.views.assignees import assignees
from incidents.views.panels import short
from orgs.clock import now
from orgs.errors import DomainError, Invalid
from orgs.neutral import neutral
from orgs.pages import PageRequest, refusal_words, signed_in
from orgs.policy import require

FIELDS = ("title", "affected_cis", "severity", "assigned_to", "description", "service_name", "environment")


def _names(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _fields(values: dict[str, str], errors: dict[str, str]) -> list[dict[str, Any]]:
    severities = [{"value": value, "label": label} for value, label in Severity.choices]
    found: list[dict[str, Any]] = [
        {"name": "title", "label": "Title", "max": 500, "required": True, "autofocus": True},
        {
            "name": "affected_cis", "label": "Configuration items", "kind": "textarea", "rows": 2,
            "hint": "One name or id a line.",
        },
        {"name": "severity", "label": "Severity", "kind": "select", "choices": severities},
        {"name": "assigned_to", "label": "Assign to", "max": 200, "list": "new-assignees"},
        {"name": "service_name", "label": "Service", "max": 200},
        {"name": "environment", "label": "Environment", "max": 100},
        {"name": "description", "label": "Description", "kind": "textarea", "rows": 4, "hint": "Markdown."},
    ]  # fmt: skip
    for field in found:
        field["value"] = values.get(field["name"], "")
        field["error"] = errors.get(field["name"], "")
    return found


@method_decorator(signed_in, name="dispatch")
class NewIncident(View):
    """The form in the drawer or as a page."""

    http_method_names = ["get", "head", "post"]

    def get(self, request: PageRequest) -> HttpResponse:
        """The empty form; ``ci`` and ``title`` may be given in the address."""
        require(request.actor, "incident.create")
        values = {"severity": Severity.P3.value, "affected_cis": request.GET.get("ci", "")[:200]}
        values["title"] = request.GET.get("title", "")[:500]
        return self._page(request, values, {})

    def post(self, request: PageRequest) -> HttpResponse:
        """Open it, or show the form again as it was typed."""
        values = {name: request.POST.get(name, "") for name in FIELDS}
        try:
            row = create_incident(
                actor=request.actor,
                title=values["title"],
                severity=values["severity"],
                description=values["description"],
                affected_cis=_names(values["affected_cis"]),
                assigned_to=values["assigned_to"],
                service_name=values["service_name"],
                environment=values["environment"],
                source="page",
                detected_by=request.actor.name,
            )
        except Invalid as error:
            return self._page(request, values, {fault.field: fault.message for fault in error.fields}, status=400)
        except DomainError as error:
            return self._page(request, values, {"": refusal_words(error, request.actor)}, status=error.status)
        url = reverse("incidents:detail", args=(row.reference,))
        if request.htmx:
            return HttpResponse(status=204, headers={"HX-Redirect": url})
        messages.success(request, f"{row.reference} is open.")
        return redirect(url)

    def _page(
        self, request: PageRequest, values: dict[str, str], errors: dict[str, str], status: int = 200
    ) -> HttpResponse:
        context = {
            "fields": _fields(values, errors),
            "refusal": " ".join(message for name, message in errors.items() if name not in FIELDS),
            "in_drawer": bool(request.htmx),
            "layout": "layouts/drawer.html" if request.htmx else "layouts/page.html",
            "assignees": assignees(request.org.id),
        }
        return render(request, "incidents/new.html", context, status=status)


@require_safe
@signed_in
def hints(request: PageRequest) -> HttpResponse:
    """While the form is filled in: what it may duplicate, and what depends on the items that are named."""
    title = request.GET.get("title", "").replace("\0", "")[:500]
    names = _names(request.GET.get("affected_cis", "").replace("\0", ""))[:50]
    unknown: list[str] = []
    ids = []
    for name in names:
        try:
            ids += [ci.pk for ci in resolve_cis([name])]
        except Invalid:
            unknown.append(neutral(name)[:100])
    moment = now()
    duplicates = [short(row, moment) for row in likely_duplicates(title=title, ci_ids=ids)] if title or ids else []
    suggestions: list[str] = []
    if unknown:
        suggestions = [ci.name for ci in list_cis(CIFilter(q=unknown[-1]))[:5]]
    impact = impact_summary(ids) if ids else None
    context = {
        "duplicates": duplicates,
        "impact": impact,
        "services": ", ".join(neutral(name) for name in impact["services"][:8]) if impact else "",
        "unknown": unknown,
        "suggestions": [neutral(name) for name in suggestions],
    }
    return render(request, "incidents/_hints.html", context)

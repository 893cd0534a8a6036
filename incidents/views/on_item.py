"""The incidents of one configuration item, as a part of that item's page."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from cmdb.queries import find_ci
from incidents.queries import IncidentFilter, incidents
from incidents.views.panels import short
from orgs.clock import now
from orgs.pages import PageRequest, signed_in
from orgs.policy import allows

SHOWN = 10


@require_safe
@signed_in
def incidents_on(request: PageRequest, pk: UUID) -> HttpResponse:
    """The newest incidents on the item, with the way to all of them and to a new one."""
    ci = find_ci(pk)
    moment = now()
    rows = incidents(IncidentFilter(ci=ci.pk)).order_by("-created_at", "-id")[:SHOWN]
    context = {
        "others": [short(row, moment) for row in rows],
        "all_url": f"{reverse('incidents:list')}?state=all&ci={ci.pk}",
        "new_url": f"{reverse('incidents:new')}?ci={ci.pk}" if allows(request.actor, "incident.create") else "",
    }
    return render(request, "incidents/_on_item.html", context)

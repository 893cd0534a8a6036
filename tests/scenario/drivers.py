"""The five doors: each driver carries out the script's deeds as its clients would, as the same people."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from api.vocabulary import ORGS, V1
from incidents.models import Incident
from orgs.models import Organisation
from tests.scenario.script import OUTCOMES, Step


class Driver:
    """A door. A deed is a method; what it has no method for, it cannot do."""

    name = ""

    def __init__(self, org: Organisation, clients: dict[str, Client]) -> None:
        self.org = org
        self.clients = clients
        self.incident: Incident | None = None

    def can(self, deed: str) -> bool:
        return hasattr(self, deed)

    def play(self, step: Step) -> str:
        """Do it; returns the outcome."""
        deed: Callable[..., HttpResponse] = getattr(self, step.deed)
        before = Incident.all_orgs_unsafe.count()
        answer = deed(self.clients[step.who], **step.words)
        if Incident.all_orgs_unsafe.count() > before:
            self.incident = Incident.all_orgs_unsafe.order_by("created_at").last()
        return OUTCOMES[answer.status_code]

    @property
    def row(self) -> Incident:
        return Incident.all_orgs_unsafe.get(pk=self.incident.pk)


class Rest(Driver):
    """A client of the REST API."""

    base = ""

    @property
    def one(self) -> str:
        return f"{self.base}/{self.row.reference}"

    def send(self, client: Client, method: str, address: str, body: dict[str, Any], version: str = "") -> HttpResponse:
        headers = {"if-match": f'"{version}"'} if version else {}
        return client.generic(method, address, json.dumps(body), content_type="application/json", headers=headers)


class Itsm(Rest):
    """`/itsm`."""

    name = "itsm"
    base = "/itsm/incidents"

    def create(self, client, **words):
        return self.send(client, "POST", self.base, words)

    def status(self, client, word):
        """This dialect has no call of its own for a status; in a PATCH, the one that is shown already is no change."""
        version = self.row.version
        answer = self.send(client, "PATCH", self.one, {"status": word})
        if answer.status_code == 200 and self.row.version == version:
            return HttpResponse(status=409)
        return answer

    def investigate(self, client):
        return self.status(client, "in_progress")

    def resolve(self, client, resolution, version=""):
        return self.send(client, "POST", f"{self.one}/resolve", {"resolution": resolution}, version)

    def reopen(self, client):
        return self.status(client, "open")

    def close(self, client):
        return self.status(client, "closed")

    def severity(self, client, severity):
        return self.send(client, "PATCH", self.one, {"severity": severity})

    def assign(self, client, assigned_to, version=""):
        return self.send(client, "PATCH", self.one, {"assigned_to": assigned_to}, version)


class Services(Rest):
    """`/api/v1`."""

    name = "v1"
    base = "/api/v1/incidents"

    def create(self, client, **words):
        words["severity"] = V1.severities.get(words["severity"], words["severity"])
        return self.send(client, "POST", self.base, words)

    def status(self, client, word, reason="", version=""):
        return self.send(client, "PUT", f"{self.one}/status", {"status": word, "reason": reason}, version)

    def investigate(self, client):
        return self.status(client, "INVESTIGATING")

    def resolve(self, client, resolution, version=""):
        return self.status(client, "RESOLVED", resolution, version)

    def reopen(self, client):
        return self.status(client, "OPEN")

    def close(self, client):
        return self.status(client, "CLOSED")


class Organisations(Rest):
    """`/api/orgs/{orgId}`."""

    name = "orgs"

    @property
    def base(self) -> str:
        return f"/api/orgs/{self.org.slug}/incidents"

    def create(self, client, **words):
        words["severity"] = ORGS.severities.get(words["severity"], words["severity"])
        return self.send(client, "POST", self.base, words)

    def status(self, client, word, reason="", version=""):
        return self.send(client, "POST", f"{self.one}/status", {"newStatus": word, "reason": reason}, version)

    def investigate(self, client):
        return self.status(client, "INVESTIGATING")

    def resolve(self, client, resolution, version=""):
        return self.status(client, "RESOLVED", resolution, version)

    def reopen(self, client):
        return self.status(client, "OPEN")

    def severity(self, client, severity):
        return self.send(
            client, "POST", f"{self.one}/severity", {"newSeverity": ORGS.severities.get(severity, severity)}
        )


class Pages(Driver):
    """The pages for people."""

    name = "pages"

    def post(self, client: Client, address: str, values: dict[str, Any]) -> HttpResponse:
        org = client.session_org if hasattr(client, "session_org") else self.org
        return client.post(address, {**values, "org": str(org.pk)})

    def create(self, client, **words):
        return self.post(client, reverse("incidents:new"), words)

    def deed(self, client, deed, version="", **values):
        address = reverse("incidents:do", args=(self.row.reference,))
        return self.post(client, address, {"deed": deed, "version": version or self.row.version, **values})

    def investigate(self, client):
        return self.deed(client, "step", to="investigating")

    def resolve(self, client, resolution, version=""):
        return self.deed(client, "resolve", version, resolution=resolution)

    def reopen(self, client):
        return self.deed(client, "reopen")

    def close(self, client):
        return self.deed(client, "step", to="closed")

    def severity(self, client, severity):
        return self.deed(client, "severity", severity=severity)

    def assign(self, client, assigned_to, version=""):
        return self.deed(client, "assign", version, assigned_to=assigned_to)


class Admin(Pages):
    """Django's admin."""

    name = "admin"

    def create(self, client, **words):
        return self.post(client, reverse("admin:incidents_incident_add"), words)

    def deed(self, client, deed, version="", **values):
        address = reverse("admin:incidents_incident_do", args=(self.row.pk, deed))
        return self.post(client, address, {"version": version or self.row.version, **values})

    def investigate(self, client):
        return self.deed(client, "investigate")

    def close(self, client):
        return self.deed(client, "close")


DRIVERS = (Itsm, Services, Organisations, Pages, Admin)

"""People who may enter the admin, and forms sent as its pages send them."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from incidents.commands import create_incident
from incidents.models import Incident
from orgs.models import Organisation, User
from orgs.tenancy import org_scope

Desk = Callable[..., "Browser"]


class Browser:
    """A session in the admin of one organisation; `do` presses a record's button with the version that it shows."""

    def __init__(self, user: User, org: Organisation) -> None:
        self.user, self.org = user, org
        self.client = Client()
        self.client.force_login(user)

    def get(self, address: str, *args: Any, **query: Any) -> HttpResponse:
        path = address if address.startswith("/") else reverse(f"admin:{address}", args=args)
        return self.client.get(path, query)

    def post(self, address: str, *args: Any, **values: Any) -> HttpResponse:
        path = address if address.startswith("/") else reverse(f"admin:{address}", args=args)
        return self.client.post(path, {"org": str(self.org.pk), **values})

    def do(self, row: Any, command: str, **values: Any) -> HttpResponse:
        name = f"{row._meta.app_label}_{row._meta.model_name}"
        seen = {"version": row.version} if hasattr(row, "version") else {}
        return self.post(f"{name}_do", row.pk, command, **{**seen, **values})

    def told(self, response: HttpResponse) -> list[str]:
        """The sentences that the next page shows."""
        page = self.client.get(response.url) if response.status_code == 302 else response
        return [re.sub(r"\s+", " ", text) for text in sentences(page)]


def sentences(page: HttpResponse) -> list[str]:
    """The notes and errors of a page, as text."""
    html = page.content.decode()
    found = re.findall(r'<div class="note[^"]*"[^>]*><span>(.*?)</span></div>', html, re.DOTALL)
    found += re.findall(r'<p class="error"[^>]*>(.*?)</p>', html, re.DOTALL)
    for block in re.findall(r'<div class="errors"[^>]*>(.*?)</div>', html, re.DOTALL):
        found += re.findall(r"<p>(.*?)</p>", block, re.DOTALL)
    return found


@pytest.fixture
def desk(org: Organisation, user_with: Callable[..., User]) -> Desk:
    """`desk("SRE_LEAD")`: a new member of staff with these roles in `org` (or `org=`), in the admin."""

    def make(*roles: str, org: Organisation = org, **options: Any) -> Browser:
        return Browser(user_with(*roles, org=org, staff=True, **options), org)

    return make


@pytest.fixture
def incident(lead: Any) -> Incident:
    """An open incident of `org`."""
    return create_incident(actor=lead, title="Checkout returns 502", severity="P2", service_name="checkout")


@pytest.fixture
def foreign(other_org: Organisation, actor_with: Callable[..., Any]) -> Incident:
    """An open incident of the other organisation."""
    actor = actor_with("SRE_LEAD", "MEMBER", org=other_org)
    return create_incident(actor=actor, title="Secret of Globex", severity="P1")


@pytest.fixture
def fresh() -> Callable[[Any], Any]:
    """The row as it stands in the database."""

    def read(row: Any) -> Any:
        with org_scope(row.org_id):
            return type(row).objects.get(pk=row.pk)

    return read

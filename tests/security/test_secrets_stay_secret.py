"""Canary secrets, used as people and programs use them, show nowhere: not in a log, an answer, a page or an event."""

import io
import json
import logging
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from integrations.intake.drain import drain
from integrations.intake.handover import hand_over
from integrations.models import InboxItem
from itsm_site.logging import configure
from orgs.commands import issue_key
from orgs.roles import Role
from timeline.export import signing_key

ENQUEUE = "/api/v1/webhooks/alerts/pagerduty/v2/enqueue"
PASSWORD = "kanarienvogel im bergwerk 7"


@pytest.fixture
def log():
    """Everything that was written to the log so far, as one text."""
    stream = io.StringIO()
    configure(level="debug", as_json=True)
    logging.getLogger().handlers[0].setStream(stream)
    yield stream.getvalue
    configure(level="info", as_json=True)


@pytest.fixture
def person(user_with):
    user = user_with(*Role.values, staff=True)
    user.set_password(PASSWORD)
    user.save()
    return user


def page_event(key, **more):
    payload = {"summary": "Disk full", "source": "db-1", "severity": "critical"}
    return {"routing_key": key, "event_action": "trigger", "dedup_key": "disk", "payload": payload, **more}


def send(path, body, token="", **headers):
    if token:
        headers["Authorization"] = f"Bearer {token}"
    text = body if isinstance(body, str) else json.dumps(body)
    return Client(raise_request_exception=False, headers=headers).post(path, text, content_type="application/json")


def pages_of(client, person):
    """The text of every page that shows what was delivered and who may deliver."""
    found = ["/", "/incidents", "/alerts", "/alerts/inbox", "/keyboard"]
    for item in InboxItem._base_manager.all():
        found += [f"/alerts/inbox/{item.pk}", f"/api/v1/intake/{item.pk}"]
    for row in apps.get_model("integrations.Alert")._base_manager.all():
        found += [f"/alerts/{row.pk}", f"/api/v1/alerts/{row.pk}"]
    for row in apps.get_model("incidents.Incident")._base_manager.all():
        found += [f"/incidents/{row.reference}{tab}" for tab in ("", "?tab=signals", "?tab=events")]
        found.append(f"/api/orgs/acme/incidents/{row.pk}/events")
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        found.append(reverse(f"{name}_changelist"))
        found += [reverse(f"{name}_change", args=[row.pk]) for row in model._base_manager.all()[:5]]
    for path in found:
        response = client.get(path)
        assert response.status_code == 200, path
        yield path, response.content.decode()


@pytest.mark.filterwarnings("ignore")
def test_no_canary_is_seen_after_a_day_s_work(org, person, log):
    _, token = issue_key(actor=None, org=org, name="api", roles=list(Role.values))
    _, routing = issue_key(actor=None, org=org, name="pager", roles=["MEMBER"], routing=True)
    browser = Client(headers={"Host": "testserver"})
    form = {"username": person.username, "password": PASSWORD}
    assert browser.post("/sign-in", {**form, "password": PASSWORD + "!"}).status_code != 302
    assert browser.post("/sign-in", form).status_code == 302
    session = browser.cookies[settings.SESSION_COOKIE_NAME].value
    answers = [
        send("/itsm/incidents", {"title": "Down", "severity": "P1"}, token),
        send("/itsm/incidents", {"title": "Down", "severity": token}, token),
        send("/itsm/incidents", "{", token),
        send("/itsm/nowhere", {}, token),
        send("/api/v1/webhooks/alerts/generic", {"title": "Hot"}, token),
        send(f"/api/v1/webhooks/alerts/generic/{token}", {"title": "Hotter"}),
        send(ENQUEUE, page_event(routing)),
        send(ENQUEUE, page_event(routing, payload="no payload")),
        send("/api/v1/webhooks/alerts/pagerduty", page_event(routing)),
        send(ENQUEUE, page_event(token + "x")),
        send("/itsm/incidents", {"title": "x"}, token + "x"),
        browser.get(f"/incidents?q=x&key={token}"),
        browser.get("/nowhere"),
    ]
    drain()
    hand_over()
    secrets = {
        "token": token,
        "routing key": routing,
        "password": PASSWORD,
        "session": session,
        "secret key": settings.SECRET_KEY,
        "signing key": Path(settings.LEDGER_SIGNING_KEY_FILE).read_text().splitlines()[1] if signing_key() else "",
        "hash": org and apps.get_model("orgs.ApiKey").all_orgs_unsafe.first().hash,
        "password's hash": person.password,
    }
    seen = [("log", log()), *((answer.request["PATH_INFO"][:20], answer.content.decode()) for answer in answers)]
    seen += pages_of(browser, person)
    events = apps.get_model("incidents.IncidentEvent")._base_manager.values("payload", "personal", "actor_ref")
    seen.append(("events", json.dumps(list(events), default=str)))
    alerts = apps.get_model("integrations.Alert")._base_manager.values()
    seen.append(("alerts", json.dumps(list(alerts), default=str)))
    assert len(seen) > 60
    assert log().count('"event": "request"') > 15
    assert [(name, where) for name, secret in secrets.items() for where, text in seen if secret in text] == []


@pytest.mark.parametrize(
    ("path", "options"),
    [
        ("/api/v1/webhooks/alerts/generic/{}", {}),
        ("/api/v1/webhooks/alerts/generic/{}", {"headers": {"Content-Encoding": "gzip"}}),
        ("/api/v1/webhooks/alerts/generic/{}", {"headers": {"Host": "evil.example"}}),
        ("/api/v1/webhooks/alerts/generic/{}/", {}),
        ("/api/v1/webhooks/alerts/pagerduty/{}/v2/enqueue", {}),
        ("/api/v1/webhooks/alerts/pagerduty/{}/v2/enqueue/", {}),
        ("/api/v1/webhooks/alerts/pagerduty/{}/v2", {}),
        ("/choose-password/MQ/{}", {}),
        ("/choose-password/MQ/{}/", {}),
    ],
)
def test_a_key_in_an_address_is_not_logged_however_the_request_ends(db, log, path, options):
    canary = "0123456789abcdef0123456789abcdef"
    Client(enforce_csrf_checks=True).post(path.format(canary), b"{}", content_type="application/json", **options)
    assert '"event": "request"' in log()
    assert canary not in log()


def test_a_view_that_fails_does_not_log_the_key_of_its_address(db, log, monkeypatch):
    canary = "0123456789abcdef0123456789abcdef"
    monkeypatch.setattr("api.v1.webhooks._presented", lambda request: 1 / 0)
    client = Client(raise_request_exception=False)
    answer = client.post(f"/api/v1/webhooks/alerts/generic/{canary}", b"{}", content_type="application/json")
    assert answer.status_code == 500
    assert "unhandled exception" in log()
    assert canary not in log()

"""What tests of pages share: an organisation with something in every corner, and a browser."""

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from cmdb.commands import create_ci, set_dependencies
from incidents import commands
from incidents.commands import Signal
from incidents.models import Incident
from incidents.views import assignees, counts, listing, rows, timeline
from integrations.intake.drain import drain
from integrations.intake.handover import hand_over
from integrations.intake.inbox import accept
from integrations.models import Alert, InboxItem
from integrations.views import lists as intake_views
from itsm_site import views as site_views
from orgs.actor import Actor
from orgs.authentication import actor_for_user
from orgs.clock import now
from orgs.commands import create_team
from orgs.models import Organisation, User
from orgs.roles import Role
from orgs.tenancy import org_scope
from tests.browser import CHROMIUM, SWITCHES

HOSTILE = "<script>window.hurt=1</script><img src=x onerror=window.hurt=1> \u202egnihton"


@pytest.fixture(autouse=True)
def _nothing_counted() -> None:
    """What one test let the pages remember is not shown to the next: ids begin anew in each."""
    for memory in (
        assignees._names,
        assignees._own,
        counts._counts,
        counts._live,
        listing._printed_facets,
        rows._printed,
        timeline._printed,
        intake_views._counts,
        site_views._per_day,
        site_views._sources,
    ):
        memory.forget()


@dataclass
class World:
    """An organisation in which every page has something to show."""

    org: Organisation
    person: User
    actor: Actor
    incidents: dict[str, Incident] = field(default_factory=dict)
    item: str = ""
    alert: str = ""
    body: str = ""
    signal: str = ""

    @property
    def paths(self) -> list[str]:
        """The addresses of all pages and of their fragments."""
        live = self.incidents["open"].reference
        rich = self.incidents["rich"].reference
        return [
            "/",
            "/incidents",
            "/incidents?state=all&order=newest",
            "/incidents?q=nothing+of+the+kind",
            "/incidents/new",
            f"/incidents/{rich}",
            f"/incidents/{rich}?offset=60",
            f"/incidents/{rich}?show=human",
            f"/incidents/{rich}?tab=signals",
            f"/incidents/{rich}?tab=slo",
            f"/incidents/{rich}?tab=people",
            f"/incidents/{rich}?tab=events",
            f"/incidents/{rich}/why",
            f"/incidents/{rich}/around",
            f"/incidents/{rich}/signals/{self.signal}",
            f"/incidents/{live}",
            f"/incidents/{live}/act",
            "/cis",
            f"/cis/{self.item}",
            "/alerts",
            f"/alerts/{self.alert}",
            "/alerts/inbox",
            f"/alerts/inbox/{self.body}",
            "/keyboard",
        ]


@pytest.fixture
def world(org: Organisation, user_with: Callable[..., User]) -> World:
    """The organisation, filled through commands."""
    person = user_with(*Role.values, username="ada")
    actor = actor_for_user(person, org)
    assert actor is not None
    made = World(org, person, actor)
    with org_scope(org):
        _fill(made)
    return made


def _fill(world: World) -> None:
    actor = world.actor
    create_team(actor=actor, org=world.org, name="Payments", members=[world.person])
    rack = create_ci(actor=actor, name="rack-b4", kind="rack", criticality="high")
    database = create_ci(
        actor=actor, name="orders-db", kind="database", criticality="critical", environment="production"
    )
    service = create_ci(actor=actor, name="checkout", kind="service", criticality="low", attributes={"note": HOSTILE})
    set_dependencies(actor=actor, ci=database, depends_on=[rack.name])
    set_dependencies(actor=actor, ci=service, depends_on=[database.name])
    # A cycle, which graphs must survive.
    set_dependencies(actor=actor, ci=rack, depends_on=[service.name])
    world.item = str(database.pk)
    start = now() - timedelta(hours=5)
    with time_machine.travel(start, tick=False) as clock:
        rich = commands.create_incident(
            actor=actor,
            title=f"Checkout fails {HOSTILE}",
            severity="P1",
            description=f"It **fails**. {HOSTILE}",
            affected_cis=["orders-db"],
            service_name="checkout",
            environment="production",
            source="alertmanager",
            detected_by="alertmanager",
            correlation_key="checkout/eu",
            assigned_to="Payments",
            signals=[
                Signal("ALERT", "alertmanager", f"HighErrorRate {HOSTILE}", key="a", firing=True, data={"x": HOSTILE})
            ],
        )
        clock.shift(timedelta(minutes=3))
        commands.acknowledge(actor=actor, incident=rich.pk)
        commands.add_note(actor=actor, incident=rich.pk, text=f"A *thought*. {HOSTILE}", kind="hypothesis")
        commands.add_action(actor=actor, incident=rich.pk, kind="ROLLBACK", label="Rolled back", occurred_at=start)
        commands.add_tag(actor=actor, incident=rich.pk, tag=HOSTILE[:50])
        commands.link_ticket(
            actor=actor, incident=rich.pk, platform="Jira", ticket="PAY-1", url="https://jira.example/1"
        )
        commands.record_slo_violation(
            actor=actor,
            incident=rich.pk,
            slo_id="checkout",
            window_start=start - timedelta(hours=1),
            window_end=start,
            error_budget_consumed=Decimal("0.4"),
            threshold_breached=True,
        )
        commands.hold(actor=actor, incident=rich.pk, reason="vendor", note="Carrier")
        world.incidents["rich"] = rich
    for name, severity in (("open", "P2"), ("other", "P3"), ("done", "P4")):
        world.incidents[name] = commands.create_incident(
            actor=actor, title=f"The {name} one", severity=severity, service_name="checkout", affected_cis=["checkout"]
        )
    commands.resolve(actor=actor, incident=world.incidents["done"].pk, resolution="Done.", root_cause="Dust.")
    for key, row in world.incidents.items():
        world.incidents[key] = Incident.objects.get(pk=row.pk)
    world.signal = str(Incident.objects.get(pk=rich.pk).signals.get().pk)
    _deliver(world)


def _deliver(world: World) -> None:
    sender = Actor.integration(world.org.id, "alertmanager")
    good = b'{"version":"4","alerts":[{"status":"firing","labels":{"alertname":"Disk full <b>","severity":"info"}}]}'
    for raw in (good, b'{"broken'):
        accept(actor=sender, source="alertmanager", raw=raw, headers={}, given={})
    drain()
    hand_over()
    world.alert = str(Alert.objects.get().pk)
    world.body = str(InboxItem.objects.get(state="quarantined").pk)


@pytest.fixture
def ada(world: World) -> Client:
    """A session of somebody who may do everything."""
    client = Client()
    client.force_login(world.person)
    return client


Posting = Callable[..., object]


@pytest.fixture
def post(world: World) -> Callable[..., object]:
    """`post(client, path, {...})`: a form of the world's organisation; `htmx=True` as a fragment's request."""

    def send(client: Client, path: str, data: dict[str, object], *, htmx: bool = False, target: str = "record"):
        headers = {"HX-Request": "true", "HX-Target": target} if htmx else {}
        return client.post(path, {"org": str(world.org.id), **data}, headers=headers)

    return send


# --- the browser ----------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's browser, headless."""
    # Playwright's event loop lives in this thread, beside the ORM.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


PageFor = Callable[..., Page]
UNFINISHED = "[hx-trigger^='load'][hx-swap='outerHTML'], .htmx-request"


def visit(page: Page, path: str) -> None:
    """Open a path and wait until the parts that the page asks for by itself have come."""
    page.goto(path)
    page.wait_for_function("(unfinished) => !document.querySelector(unfinished)", arg=UNFINISHED)


@pytest.fixture
def page_for(live_server, chromium: Browser) -> Iterator[PageFor]:
    """`page_for(user, width=390, scheme="dark")`: a page of a signed-in browser; its complaints are in `page.wrong`."""
    contexts: list[BrowserContext] = []

    def make(user: User | None, *, width: int = 1440, scheme: str = "light", scripts: bool = True, **options) -> Page:
        context = chromium.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            reduced_motion="reduce",
            java_script_enabled=scripts,
            **options,
        )
        contexts.append(context)
        if user is not None:
            client = Client()
            client.force_login(user)
            cookie = client.cookies[settings.SESSION_COOKIE_NAME]
            context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
        page = context.new_page()
        page.wrong = []
        page.on("console", lambda said: page.wrong.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: page.wrong.append(str(error)))
        page.on(
            "response",
            lambda answer: page.wrong.append(f"{answer.status} {answer.url}") if answer.status >= 500 else None,
        )
        return page

    yield make
    for context in contexts:
        context.close()
    # What the pages had still asked for is answered before the database is emptied under it.
    for thread in threading.enumerate():
        if "process_request_thread" in thread.name:
            thread.join(10)


Violations = Callable[[Page, str], Iterator[str]]
EVERYTHING: dict[str, object] = {"resultTypes": ["violations"]}
COLOURS = EVERYTHING | {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}


@pytest.fixture(scope="session")
def violations() -> Violations:
    """`violations(page, place)`: what the accessibility checker finds on the page.

    Everything is looked at in one scheme; in the other the colours alone can differ.
    """
    axe = Axe()

    def found(page: Page, place: str) -> Iterator[str]:
        for scheme, options in (("light", EVERYTHING), ("dark", COLOURS)):
            page.emulate_media(color_scheme=scheme)
            for violation in axe.run(page, options=options).response["violations"]:
                yield f"{place}, {scheme}: {violation['id']} {[node['target'] for node in violation['nodes'][:3]]}"

    return found

"""The admin's pages are accessible and fit their window, in both schemes and both widths."""

import pytest
from django.contrib import admin
from django.urls import reverse

from orgs.commands import issue_key
from timeline.checkpoints import seal

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def paths(world):
    """Every list and form, and a record of each kind with its buttons."""
    world.person.is_staff = True
    world.person.save()
    issue_key(actor=None, org=world.org, name="Grafana", roles=["MEMBER"])
    seal(world.org)
    found = [reverse("admin:index"), reverse("admin:password_change")]
    for model, model_admin in admin.site._registry.items():
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        found.append(reverse(f"{name}_changelist"))
        if model_admin.adder is not None and model_admin.adder.is_open_to(world.actor, None):
            found.append(reverse(f"{name}_add"))
    rich = world.incidents["rich"]
    record = "admin:incidents_incident"
    found += [reverse(f"{record}_change", args=[rich.pk]), reverse(f"{record}_history", args=[rich.pk])]
    # One form of each make: texts and a choice, a moment, a tick and a number, nothing at all.
    return [*found, *(reverse(f"{record}_do", args=[rich.pk, name]) for name in ("resolve", "note", "slo", "verify"))]


def faults(page, axe, path):
    """What is wrong with the page that is open."""
    for violation in axe.run(page).response["violations"]:
        yield f"{path}: {violation['id']} {[node['target'] for node in violation['nodes'][:3]]}"
    if page.evaluate(WIDER) > 0:
        yield f"{path}: wider than its window"


@pytest.mark.timeout(300)
@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_passes_axe(paths, world, page_for, axe, scheme, width):
    page = page_for(world.person, width=width, scheme=scheme)
    found = []
    for path in paths:
        page.goto(path)
        assert page.title(), path
        found += faults(page, axe, path)
        if page.locator("tbody a.title").count() and path != reverse("admin:incidents_incident_changelist"):
            page.locator("tbody a.title").first.click()
            found += faults(page, axe, f"the first record of {path}")
    assert not found
    assert not page.wrong


@pytest.mark.parametrize("width", [1440, 390])
def test_an_incident_is_worked_in_the_admin(paths, world, page_for, axe, width):
    """As a person does it: a form that opens on the page, a refusal with what was typed, ticks and one press for all."""
    page = page_for(world.person, width=width)
    row = world.incidents["open"]
    page.goto(reverse("admin:incidents_incident_change", args=[row.pk]))
    page.click("button:has-text('Acknowledge')")
    assert "is acknowledged now" in page.inner_text(".notes")
    page.click("summary:has-text('Resolve')")
    page.fill("textarea[name=resolution]", "Rolled back")
    assert not list(faults(page, axe, "the open form"))
    other = page_for(world.person)
    other.goto(page.url)
    other.click("summary:has-text('Assign')")
    other.fill("[name=assigned_to]", "Payments")
    other.click("form[action$='/assign/'] button")
    page.click("form[action$='/resolve/'] button")
    assert "Somebody changed this record" in page.inner_text("[role=alert]")
    assert "assigned it to Payments" in page.inner_text(".note-warn")
    assert page.input_value("textarea[name=resolution]") == "Rolled back"
    assert not list(faults(page, axe, "the refusal"))
    page.click("form button:has-text('Resolve')")
    assert "is resolved" in page.inner_text(".notes")
    page.goto(f"{reverse('admin:incidents_incident_changelist')}?state=any")
    for tick in page.locator("tbody .tick input").all():
        tick.check()
    page.click(".bulk button[value=acknowledge]")
    notes = page.inner_text(".notes")
    assert "Acknowledged: 1." in notes
    assert "already acknowledged" in notes
    assert not list(faults(page, axe, "the told refusals"))

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


@pytest.fixture
def faults(violations):
    """`faults(page, place)`: what is wrong with the page that is open."""

    def found(page, place):
        yield from violations(page, place)
        if page.evaluate(WIDER) > 0:
            yield f"{place}: wider than its window"

    return found


@pytest.mark.timeout(300)
@pytest.mark.parametrize("width", [1440, 390])
def test_every_page_passes_axe(paths, world, page_for, faults, width):
    page = page_for(world.person, width=width)
    found = []
    for path in paths:
        page.goto(path)
        assert page.title(), path
        found += faults(page, path)
        if page.locator("tbody a.title").count() and path != reverse("admin:incidents_incident_changelist"):
            with page.expect_navigation():
                page.locator("tbody a.title").first.click()
            found += faults(page, f"the first record of {path}")
    assert not found
    assert not page.wrong


@pytest.mark.parametrize("width", [1440, 390])
def test_an_incident_is_worked_in_the_admin(paths, world, page_for, faults, width):
    """As a person does it: a form that opens on the page, a refusal with what was typed, ticks and one press for all."""
    page = page_for(world.person, width=width)
    row = world.incidents["open"]
    page.goto(reverse("admin:incidents_incident_change", args=[row.pk]))
    page.click("button:has-text('Acknowledge')")
    assert "is acknowledged now" in page.inner_text(".notes")
    page.click("summary:has-text('Resolve')")
    page.fill("textarea[name=resolution]", "Rolled back")
    assert not list(faults(page, "the open form"))
    other = page_for(world.person)
    other.goto(page.url)
    other.click("summary:has-text('Assign')")
    other.fill("[name=assigned_to]", "Payments")
    other.click("form[action$='/assign/'] button")
    page.click("form[action$='/resolve/'] button")
    assert "Somebody changed this record" in page.inner_text("[role=alert]")
    assert "assigned it to Payments" in page.inner_text(".note-warn")
    assert page.input_value("textarea[name=resolution]") == "Rolled back"
    assert not list(faults(page, "the refusal"))
    page.click("form button:has-text('Resolve')")
    assert "is resolved" in page.inner_text(".notes")
    page.goto(f"{reverse('admin:incidents_incident_changelist')}?state=any")
    for tick in page.locator("tbody .tick input").all():
        tick.check()
    page.click(".bulk button[value=acknowledge]")
    notes = page.inner_text(".notes")
    assert "Acknowledged: 1." in notes
    assert "already acknowledged" in notes
    assert not list(faults(page, "the told refusals"))

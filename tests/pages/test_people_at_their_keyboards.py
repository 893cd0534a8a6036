"""What happens in a browser: keys, drawers, the palette, live changes, conflicts, and the same without scripts."""

import re

import pytest
from playwright.sync_api import expect

from incidents import commands
from incidents.models import Incident
from orgs.tenancy import org_scope

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def ask_for_news(page):
    """What the list asks every few seconds, at once."""
    page.evaluate(
        "const news = document.querySelector('#news');"
        "htmx.ajax('GET', news.getAttribute('hx-get'), {source: news, target: news})"
    )


def stored(world, name="open"):
    with org_scope(world.org):
        return Incident.objects.get(pk=world.incidents[name].pk)


def test_one_presses_acknowledge_in_a_row_and_the_row_changes_in_place(world, page_for):
    page = page_for(world.person)
    page.goto("/incidents")
    row = page.locator(f"#{world.incidents['open'].reference}")
    row.get_by_role("button", name="Acknowledge").click()
    expect(row.locator(".st")).to_have_text("Acknowledged")
    expect(page.locator("#outcome")).to_contain_text("acknowledged.")
    expect(row.locator("td.flash").first).to_be_attached()
    assert stored(world).status == "acknowledged"


def test_keys_move_select_open_and_jump(world, page_for):
    page = page_for(world.person)
    page.goto("/incidents")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("x")
    second = page.locator("tbody tr").nth(1)
    expect(second).to_have_attribute("data-at", "")
    expect(second.locator("input")).to_be_checked()
    expect(page.locator(".bulk")).to_be_visible()
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/incidents/{world.incidents['rich'].reference}")
    page.keyboard.press("g")
    page.keyboard.press("c")
    page.wait_for_url("**/cis")
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()


def test_the_key_a_acknowledges_and_c_writes(world, page_for):
    page = page_for(world.person)
    page.goto(f"/incidents/{world.incidents['open'].reference}")
    page.keyboard.press("a")
    expect(page.locator("#head .st")).to_have_text("Acknowledged")
    page.keyboard.press("c")
    page.keyboard.type("Seen it, a b c.")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".ledger")).to_contain_text("Seen it, a b c.")
    assert stored(world).version == 3


def test_what_is_final_is_asked_first_and_no_key_does_it(world, page_for):
    page = page_for(world.person)
    page.goto(f"/incidents/{world.incidents['done'].reference}")
    page.keyboard.press("a")
    page.get_by_role("button", name="Close", exact=True).click()
    expect(page.locator("#confirm")).to_contain_text("Closing is final")
    page.get_by_role("button", name="No, keep it").click()
    expect(page.locator("#confirm")).to_be_hidden()
    assert stored(world, "done").status == "resolved"
    page.get_by_role("button", name="Close", exact=True).click()
    page.get_by_role("button", name="Yes, go on").click()
    expect(page.locator("#head .st")).to_have_text("Closed")
    assert stored(world, "done").status == "closed"


def test_single_keys_can_be_switched_off(world, page_for):
    page = page_for(world.person)
    page.goto("/incidents")
    page.keyboard.press("?")
    page.get_by_role("button", name="Keys off").click()
    expect(page.locator("html")).to_have_attribute("data-keys", "off")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    expect(page.locator("tr[data-at]")).to_have_count(0)
    page.keyboard.press("Control+k")
    expect(page.locator("#palette")).to_be_visible()
    page.reload()
    page.keyboard.press("j")
    expect(page.locator("tr[data-at]")).to_have_count(0)


def test_the_palette_jumps_to_a_record_by_its_reference(world, page_for):
    page = page_for(world.person)
    page.goto("/")
    page.keyboard.press("Control+k")
    page.keyboard.type(world.incidents["other"].reference)
    expect(page.locator("#palette [role=option]").first).to_contain_text("The other one")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/incidents/{world.incidents['other'].reference}")


def test_the_open_drawer_stands_in_the_address_and_back_closes_it(world, page_for):
    page = page_for(world.person)
    page.goto("/incidents")
    page.get_by_role("link", name="New incident").click()
    expect(page.locator("#new-title")).to_be_focused()
    assert "panel=%2Fincidents%2Fnew" in page.url
    page.reload()
    expect(page.locator("#new-title")).to_be_visible()
    page.go_back()
    expect(page.locator("#drawer")).to_be_hidden()


def test_a_drawer_opens_no_address_of_another_site(world, page_for):
    page = page_for(world.person)
    for panel in ("//evil.example/x", "https://evil.example", "/\\evil.example"):
        page.goto(f"/incidents?panel={panel}")
        expect(page.locator("#drawer")).to_be_hidden()


def test_a_new_incident_from_the_drawer_and_its_hints(world, page_for):
    page = page_for(world.person)
    page.goto("/incidents")
    page.get_by_role("link", name="New incident").click()
    page.fill("#new-title", "Checkout fails once more")
    page.fill("#new-affected_cis", "orders-db")
    expect(page.locator("#hints")).to_contain_text("items depend on")
    expect(page.locator("#hints")).to_contain_text(world.incidents["rich"].reference)
    page.get_by_role("button", name="Open the incident").click()
    page.wait_for_url("**/incidents/INC-*")
    expect(page.locator("h1")).to_have_text("Checkout fails once more")


def test_the_first_error_of_a_form_takes_the_focus(world, page_for):
    page = page_for(world.person)
    page.goto("/incidents")
    page.get_by_role("link", name="New incident").click()
    page.fill("#new-title", "Fine")
    page.fill("#new-affected_cis", "no such thing")
    page.get_by_role("button", name="Open the incident").click()
    expect(page.locator("#new-affected_cis")).to_be_focused()
    expect(page.locator("#new-title")).to_have_value("Fine")


def test_two_people_at_one_record_see_both_values(world, page_for):
    page = page_for(world.person)
    page.goto(f"/incidents/{world.incidents['open'].reference}")
    page.locator("summary", has_text="Assign").click()
    commands.assign(actor=world.actor, incident=world.incidents["open"].pk, to="Payments")
    page.fill("#assignassigned_to", "Night shift")
    page.locator("details[open] button.btn-main").click()
    expect(page.locator("#record")).to_contain_text("Changed while you were writing")
    expect(page.locator("#record table")).to_contain_text("Night shift")
    expect(page.locator("#record table")).to_contain_text("Payments")
    assert stored(world).assigned_to == "Payments"
    page.get_by_role("button", name="Assign all the same").click()
    expect(page.locator("#facts")).to_contain_text("Night shift")


def test_actions_in_the_drawer_of_a_list_change_its_row(world, page_for):
    page = page_for(world.person)
    page.goto("/incidents")
    row = page.locator(f"#{world.incidents['open'].reference}")
    row.get_by_role("link", name="Actions for").click()
    page.locator("#drawer summary", has_text="Change the severity").click()
    page.select_option("#severityseverity", "P1")
    page.get_by_role("button", name="Change it").click()
    expect(page.locator("#drawer")).to_be_hidden()
    expect(row.locator(".sev")).to_have_text("P1")


def test_news_is_announced_and_does_not_jump_in(world, page_for):
    page = page_for(world.person)
    page.goto("/incidents")
    expect(page.locator("tbody tr")).to_have_count(3)
    commands.create_incident(actor=world.actor, title="Fresh trouble", severity="P1")
    commands.acknowledge(actor=world.actor, incident=world.incidents["open"].pk)
    # The clock of the page is run on, instead of waiting for it.
    ask_for_news(page)
    expect(page.locator("#news")).to_have_text("1 new, show")
    expect(page.locator("tbody tr")).to_have_count(3)
    row = page.locator(f"#{world.incidents['open'].reference}")
    expect(row.locator(".st")).to_have_text("Acknowledged")
    expect(row.locator("td.flash").first).to_be_attached()
    page.locator("#news a").click()
    expect(page.locator("tbody tr")).to_have_count(4)


def test_lost_contact_is_marked_and_taken_back(world, page_for):
    page = page_for(world.person)
    page.goto("/incidents")
    expect(page.locator(".stale")).to_be_hidden()
    page.context.set_offline(True)
    expect(page.locator(".stale")).to_be_visible()
    expect(page.locator(".stale")).to_contain_text(re.compile(r"known at \d\d:\d\d:\d\d"))
    page.context.set_offline(False)
    expect(page.locator(".stale")).to_be_hidden(timeout=20_000)


def test_a_theme_of_one_s_own_outweighs_the_system_and_lasts(world, page_for):
    page = page_for(world.person, scheme="light")
    page.goto("/")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.locator(".rail-foot summary").click()
    page.get_by_role("button", name="Dark").click()
    dark = page.evaluate(ground)
    assert dark != light
    page.wait_for_timeout(300)
    page.reload()
    assert page.evaluate(ground) == dark


def test_times_switch_between_utc_and_the_reader_s_own(world, page_for):
    page = page_for(world.person, timezone_id="Asia/Kathmandu")
    page.goto(f"/incidents/{world.incidents['rich'].reference}?tab=people")
    first = page.locator("td time").first
    utc = first.inner_text()
    assert utc.endswith("UTC")
    page.locator(".rail-foot summary").click()
    page.get_by_role("button", name="Local").click()
    expect(first).to_contain_text("local")
    minutes = [int(text[14:16]) for text in (utc, first.inner_text())]
    assert (minutes[1] - minutes[0]) % 60 == 45


def test_the_curl_of_the_empty_state_can_be_copied(page_for, user_with):
    page = page_for(user_with("MEMBER"), permissions=["clipboard-read", "clipboard-write"])
    page.goto("/")
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").startswith("curl -sS http")


def test_without_scripts_everything_still_works(world, page_for):
    page = page_for(world.person, scripts=False)
    page.goto("/incidents")
    page.locator(f"#{world.incidents['open'].reference}").get_by_role("button", name="Acknowledge").click()
    assert "acknowledged." in page.inner_text(".notes")
    page.click(f"#{world.incidents['open'].reference} a.title")
    page.locator("summary", has_text="Resolve").click()
    page.fill("#resolveresolution", "Fixed by hand")
    page.locator("details[open] button.btn-main").click()
    assert stored(world).status == "resolved"
    page.click("text=More")
    page.locator("summary", has_text="Reopen").click()
    page.locator("details[open] button.btn-main").click()
    assert stored(world).status == "investigating"
    page.fill("textarea[name=text]", "By hand")
    page.click("button:has-text('Write')")
    assert "By hand" in page.inner_text(".ledger")
    page.click("text=Affected items, related and similar incidents")
    assert page.locator("svg.graph").count() == 1


def test_a_printed_record_has_its_timeline_and_no_controls(world, page_for):
    page = page_for(world.person)
    page.goto(f"/incidents/{world.incidents['rich'].reference}")
    page.emulate_media(media="print")
    expect(page.locator(".ledger")).to_be_visible()
    for control in (".rail", ".compose", ".tabs", "#head .btn"):
        expect(page.locator(control).first).to_be_hidden()


def test_the_permanent_link_of_an_entry_leads_to_it(world, page_for):
    page = page_for(world.person)
    page.goto(f"/incidents/{world.incidents['rich'].reference}?event=2#e2")
    assert page.evaluate("document.querySelector(':target').id") == "e2"

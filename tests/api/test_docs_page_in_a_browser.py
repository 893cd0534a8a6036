"""`/api/docs` in a browser: every operation shows, and the strict content policy has nothing to object to."""

import pytest
from playwright.sync_api import sync_playwright

from api.documentation import document

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_operation_is_shown_and_nothing_is_refused(scheme, live_server):
    complaints = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page(color_scheme=scheme)
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{live_server.url}/api/docs")
        page.wait_for_selector(".opblock-tag")
        for tag in page.locator(".opblock-tag").all():
            tag.click()
        count = sum(len(methods) for methods in document()["paths"].values())
        page.wait_for_function(f"document.querySelectorAll('.opblock').length === {count}")
        page.locator(".opblock-patch .opblock-summary").first.click()
        page.get_by_text("Try it out").first.click()
        page.wait_for_selector("textarea")
        browser.close()
    assert not complaints

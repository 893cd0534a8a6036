"""`/api/docs` in a browser: every operation shows, and the strict content policy has nothing to object to."""

import pytest

from api.documentation import document

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_operation_is_shown_and_nothing_is_refused(page_for, scheme):
    page = page_for(None, scheme=scheme)
    page.goto("/api/docs")
    page.wait_for_selector(".opblock-tag")
    for tag in page.locator(".opblock-tag").all():
        tag.click()
    count = sum(len(methods) for methods in document()["paths"].values())
    page.wait_for_function(f"document.querySelectorAll('.opblock').length === {count}")
    page.locator(".opblock-patch .opblock-summary").first.click()
    page.get_by_text("Try it out").first.click()
    page.wait_for_selector("textarea")
    assert not page.wrong

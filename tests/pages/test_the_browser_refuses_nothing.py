"""A crawl over every link: the strict policy is never broken, no script fails, and no stored text runs."""

from urllib.parse import urldefrag, urlsplit

import pytest
from playwright.sync_api import Error

from tests.pages.conftest import visit

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

MOST_PAGES = 150
LINKS = "[...document.querySelectorAll('a[href]')].map((link) => new URL(link.getAttribute('href'), location).href)"
# One address of a family is enough: its siblings differ by a filter, a cursor or a record alone.
WATCH = """
window.refused = [];
document.addEventListener("securitypolicyviolation", (event) =>
    window.refused.push(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
"""


def _family(url):
    parts = urlsplit(url)
    names = sorted({pair.partition("=")[0] for pair in parts.query.split("&") if pair})
    steps = ["*" if len(step) > 20 or any(c.isdigit() for c in step) else step for step in parts.path.split("/")]
    return "/".join(steps), tuple(names)


@pytest.mark.timeout(600)
def test_a_crawl_breaks_no_policy_and_runs_no_stored_text(world, page_for, live_server):
    world.person.is_staff = True
    world.person.save()
    page = page_for(world.person)
    page.context.add_init_script(WATCH)
    waiting, known, found = [live_server.url + path for path in [*world.paths, "/admin/"]], set(), []
    visited = 0
    while waiting and visited < MOST_PAGES:
        url = waiting.pop(0)
        if _family(url) in known or not url.startswith(live_server.url) or "/static/" in url or ".csv" in url:
            continue
        known.add(_family(url))
        visited += 1
        try:
            visit(page, url)
        except Error as error:  # a download is no page
            if "Download is starting" not in str(error):
                raise
            continue
        found += [f"{url}: {line}" for line in page.evaluate("window.refused ?? []")]
        if page.evaluate("window.hurt"):
            found.append(f"{url}: a stored text was run")
        waiting += [urldefrag(link)[0] for link in page.evaluate(LINKS)]
    assert visited > 60
    assert not found
    assert not page.wrong


def test_it_is_really_the_strict_policy(world, page_for):
    page = page_for(world.person)
    page.goto("/")
    page.evaluate("document.body.setAttribute('onclick', 'window.hurt = 1')")
    page.click("h1")
    page.evaluate(
        "const s = document.createElement('script'); s.textContent = 'window.hurt = 1'; document.body.append(s)"
    )
    assert page.evaluate("window.hurt") is None
    assert any("Content Security Policy" in line for line in page.wrong)

"""Q9 for the admin: nothing inline that the content policy would have to allow, and nothing stored that runs."""

import re
from html.parser import HTMLParser

import pytest
from django.contrib import admin
from django.urls import reverse

from incidents.commands import Signal, add_action, add_note, add_tag, attach_signal, create_incident
from orgs.commands import create_project, create_team, issue_key
from orgs.roles import Role

NASTY = "<img src=x onerror=alert(1)>\"'</script><script>alert(2)</script>{{7*7}}"


class Inline(HTMLParser):
    """Finds what `default-src 'self'` refuses."""

    def __init__(self):
        super().__init__()
        self.found = []
        self.inside = ""

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.found += [f"{tag} {name}" for name in attributes if name.startswith("on") or name == "style"]
        for name in ("src", "href", "action", "formaction"):
            if re.match(r"\s*(javascript|data|vbscript):", attributes.get(name) or "", re.IGNORECASE):
                self.found.append(f"{tag} {attributes[name]}")
        if tag == "style" or (tag == "script" and "src" not in attributes):
            self.found.append(tag)
        if tag in ("img", "iframe", "object", "embed"):
            source = attributes.get("src") or ""
            if not source.startswith("/static/"):
                self.found.append(f"{tag} {source}")


def inline(html):
    parser = Inline()
    parser.feed(html)
    return parser.found


@pytest.fixture
def furnished(org, lead, administrator, desk):
    """An organisation in which every text that a person can type is hostile."""
    row = create_incident(
        actor=lead, title=NASTY, severity="P1", description=NASTY, service_name=NASTY, environment=NASTY[:90],
        assigned_to=NASTY, tags=[NASTY[:60]], correlation_key=NASTY, runbook_path=NASTY,
    )  # fmt: skip
    add_note(actor=lead, incident=row.pk, text=NASTY)
    add_action(actor=lead, incident=row.pk, kind=NASTY[:40], label=NASTY, details=NASTY)
    add_tag(actor=lead, incident=row.pk, tag=NASTY[:60])
    attach_signal(
        actor=lead, incident=row.pk, signal=Signal(signal_type=NASTY[:40], source=NASTY, summary=NASTY, data=NASTY)
    )
    team = create_team(actor=administrator, org=org, name=NASTY)
    create_project(actor=administrator, slug="p", name=NASTY)
    issue_key(actor=administrator, org=org, name=NASTY, roles=["MEMBER"])
    there = desk(*Role.values)
    there.do(org, "rename", name=NASTY)
    return there, row, team


def crawl(there):
    """Every page of the admin that a link of it leads to, once a kind of address."""
    seen, waiting = set(), [reverse("admin:index")]
    while waiting:
        path = waiting.pop()
        place, _, query = path.partition("?")
        names = tuple(sorted({pair.partition("=")[0] for pair in query.split("&")}))
        kind = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d+", "…", place), names
        if kind in seen:
            continue
        seen.add(kind)
        response = there.client.get(path)
        yield path, response
        if response.status_code == 200:
            html = response.content.decode()
            waiting += [p.replace("&amp;", "&") for p in re.findall(r'href="(/admin/[^"#]*)"', html)]
            waiting += [path.split("?")[0] + p.replace("&amp;", "&") for p in re.findall(r'href="(\?[^"#]*)"', html)]
            waiting += re.findall(r'action="(/admin/[^"]*)"', html)


def test_no_page_needs_more_than_the_policy_allows(furnished):
    there, *_ = furnished
    visited = 0
    for path, response in crawl(there):
        assert response.status_code == 200, path
        html = response.content.decode()
        assert not inline(html), path
        assert "<script>alert" not in html, path
        assert "onerror=alert(1)>" not in re.sub(r"&lt;img src=x onerror=alert\(1\)&gt;", "", html), path
        assert "49" not in re.findall(r"\{\{7\*7\}\}|49\b(?=</title>)", html), path
        policy = response["Content-Security-Policy"]
        assert "unsafe" not in policy, path
        assert "frame-ancestors 'none'" in policy, path
        assert "no-store" in response["Cache-Control"], path
        visited += 1
    assert visited > 60, "the crawl reached the whole admin"


def test_looking_changes_nothing(furnished):
    there, *_ = furnished
    before = {model: list(model._base_manager.order_by("pk").values()) for model in admin.site._registry}
    for _ in crawl(there):
        pass
    after = {model: list(model._base_manager.order_by("pk").values()) for model in admin.site._registry}
    assert before == after


def test_what_was_typed_comes_back_escaped_after_a_refusal(furnished):
    there, row, team = furnished
    for response in (
        there.do(row, "resolve", resolution=NASTY, version="1"),
        there.do(team, "rename", name=NASTY + "\x07"),
        there.post("incidents_incident_add", title=NASTY, severity=NASTY),
    ):
        assert response.status_code in (400, 412)
        assert not inline(response.content.decode())
        assert "<script>alert" not in response.content.decode()


@pytest.mark.parametrize("text", ["\u202eyad", "a\u2028b", "x\u200by"])
def test_words_that_turn_their_surroundings_are_shown_as_marks(lead, desk, text):
    row = create_incident(actor=lead, title=f"Title {text}", severity="P1")
    there = desk("VIEWER")
    for page in (there.get("incidents_incident_changelist"), there.get("incidents_incident_change", row.pk)):
        assert text not in page.content.decode()


@pytest.mark.parametrize("path", ["/admin/", "/admin/incidents/incident/", "/admin/orgs/apikey/add/"])
def test_pages_say_their_headers(desk, path):
    response = desk(*Role.values).client.get(path)
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"

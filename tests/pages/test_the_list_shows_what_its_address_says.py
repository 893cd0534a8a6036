"""The incident list: its address is its state; nothing more and nothing less than it names is shown."""

import re

import pytest

from incidents import commands
from incidents.models import Incident
from incidents.views.listing import PAGE_SIZE
from orgs.tenancy import org_scope

ROW = re.compile(r'<tr id="(INC-[\d-]+)"')


def shown(client, query=""):
    answer = client.get(f"/incidents{query}")
    assert answer.status_code == 200
    return ROW.findall(answer.content.decode())


def refs(world, *names):
    return [world.incidents[name].reference for name in names]


def test_by_default_it_shows_what_is_live_the_worst_first(world, ada):
    assert shown(ada) == refs(world, "rich", "open", "other")


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("?state=resolved", ["done"]),
        ("?state=all&order=oldest", ["rich", "open", "other", "done"]),
        ("?severity=P2&severity=P3", ["open", "other"]),
        ("?state=open", ["open", "other"]),
        ("?team=TEAM", ["rich"]),
        ("?owner=nobody", ["open", "other"]),
        ("?sla=held", ["rich"]),
        ("?service=checkout", ["rich", "open", "other"]),
        ("?environment=production", ["rich"]),
        ("?source=alertmanager", ["rich"]),
        ("?age=hour", ["rich"]),
        ("?q=the+other", ["other"]),
        ("?ci=ITEM", ["rich"]),
    ],
)
def test_every_filter_narrows(world, ada, query, names):
    query = query.replace("TEAM", str(world.incidents["rich"].assigned_team_id)).replace("ITEM", world.item)
    assert shown(ada, query) == refs(world, *names)


@pytest.mark.parametrize(
    "query",
    ["?sevrity=P1", "?severity=P9", "?state=", "?owner=me", "?team=1", "?order=password", "?age=-1", "?service=%00"],
)
def test_a_filter_that_does_not_exist_is_refused_instead_of_showing_everything(world, ada, query):
    answer = ada.get(f"/incidents{query}")
    assert answer.status_code == (200 if query == "?state=" else 400)


def test_the_number_beside_each_choice_is_what_choosing_it_shows(world, ada):
    page = ada.get("/incidents").content.decode()
    options = re.findall(
        r'<a href="/incidents([^"]*)"[^>]*><span class="clip">([^<]+)</span><span class="n">(\d+)</span>', page
    )
    assert len(options) > 15
    for query, label, number in options:
        assert len(shown(ada, query.replace("&amp;", "&"))) == int(number), label


def test_everybody_has_views_of_their_own(world, ada):
    page = ada.get("/incidents").content.decode()
    views = {
        label: url.replace("&amp;", "&")
        for url, label in re.findall(r'<a href="/incidents([^"]*)"(?: aria-current="page")?>([^<]+)</a>', page)
    }
    assert {"Live", "Mine", "Payments", "Unassigned", "At risk", "Past target"} <= set(views)
    assert shown(ada, views["Payments"]) == refs(world, "rich")
    assert shown(ada, views["Unassigned"]) == refs(world, "open", "other")


def test_numbers_follow_the_ledger_at_once(world, ada):
    def live():
        return re.search(
            r'<span class="clip">Live</span><span class="n">(\d+)', ada.get("/incidents").content.decode()
        )[1]

    assert live() == "3"
    commands.create_incident(actor=world.actor, title="One more", severity="P4")
    assert live() == "4"


def test_pages_follow_each_other_without_gap_or_repeat(world, ada):
    with org_scope(world.org):
        for number in range(PAGE_SIZE + 7):
            commands.create_incident(actor=world.actor, title=f"Number {number}", severity=f"P{number % 4 + 1}")
    for order in ("deadline", "newest", "oldest", "updated"):
        seen, url = [], f"/incidents?order={order}"
        while url:
            page = ada.get(url).content.decode()
            seen += ROW.findall(page)
            found = re.search(r'href="([^"]+)" rel="next"', page)
            url = found[1].replace("&amp;", "&") if found else ""
        assert len(seen) == len(set(seen)) == PAGE_SIZE + 10, order


def test_a_forged_cursor_shows_the_first_page(world, ada):
    assert shown(ada, "?cursor=nonsense") == shown(ada)


def test_no_match_offers_to_clear_the_filters(world, ada):
    page = ada.get("/incidents?q=nothing+of+the+kind").content.decode()
    assert "No incident matches" in page
    assert "Clear the filters" in page


def test_the_first_run_teaches_how_to_send_an_alert(signed_in):
    page = signed_in("MEMBER").get("/incidents").content.decode()
    assert "No incident yet" in page
    assert "/api/v1/webhooks/alerts/generic" in page


def test_live_changes_bring_only_what_changed(world, ada):
    first = shown(ada)
    with org_scope(world.org):
        versions = dict(Incident.objects.values_list("reference", "version"))
    seen = ",".join(f"{ref}:{versions[ref]}" for ref in first)
    quiet = ada.get("/incidents/changes", {"seen": seen}).content.decode()
    assert not ROW.findall(quiet)
    assert "new, show" not in quiet
    commands.acknowledge(actor=world.actor, incident=first[1])
    commands.create_incident(actor=world.actor, title="News", severity="P1")
    news = ada.get("/incidents/changes", {"seen": seen}).content.decode()
    assert ROW.findall(news) == [first[1]]
    assert 'hx-swap-oob="true"' in news
    assert "1 new, show" in news


@pytest.mark.parametrize("seen", ["x", "INC:1", ",,,", "INC-1:9999999999999999999", "a:b,c", "\ud83d:1"])
def test_odd_words_about_what_was_seen_do_no_harm(world, ada, seen):
    assert ada.get("/incidents/changes", {"seen": seen.encode("utf-8", "replace")}).status_code == 200


def test_the_curves_beside_the_alerts_belong_to_the_rows(world, ada):
    ref = world.incidents["rich"].reference
    curves = ada.get("/incidents/sparks", {"seen": f"{ref}:1"}).content.decode()
    assert f'id="k-{ref}"' in curves
    assert "1 in the last day" in curves

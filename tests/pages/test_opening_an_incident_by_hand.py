"""A title and a configuration item are enough; what it may duplicate and what depends on it shows while typing."""

from incidents.models import Incident
from orgs.tenancy import org_scope


def newest(world):
    with org_scope(world.org):
        return Incident.objects.order_by("-created_at").first()


def test_a_title_and_an_item_are_enough(world, ada, post):
    answer = post(ada, "/incidents/new", {"title": "Disk full", "affected_cis": "ORDERS-DB", "severity": "P3"})
    row = newest(world)
    assert answer["Location"] == f"/incidents/{row.reference}"
    assert (row.title, row.affected_names, row.source) == ("Disk full", ["orders-db"], "page")


def test_in_the_drawer_the_browser_is_led_to_the_new_record(world, ada, post):
    answer = post(ada, "/incidents/new", {"title": "Disk full", "severity": "P3"}, htmx=True)
    assert answer.status_code == 204
    assert answer["HX-Redirect"] == f"/incidents/{newest(world).reference}"


def test_every_bad_field_is_named_and_what_was_typed_stays(world, ada, post):
    answer = post(ada, "/incidents/new", {"title": "Disk <full>", "affected_cis": "no such thing", "severity": "P3"})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "Disk &lt;full&gt;" in page
    assert "no configuration item" in page
    assert page.count('aria-invalid="true"') == 1


def test_likely_duplicates_and_the_impact_show_while_typing(world, ada):
    page = ada.get(
        "/incidents/new/hints", {"title": "Checkout fails again", "affected_cis": "orders-db"}
    ).content.decode()
    assert world.incidents["rich"].reference in page
    assert "2 items depend on these; services: checkout." in page


def test_an_unknown_item_is_said_with_what_was_perhaps_meant(world, ada):
    page = ada.get("/incidents/new/hints", {"title": "", "affected_cis": "orders"}).content.decode()
    assert "No configuration item is called orders" in page
    assert "orders-db" in page


def test_a_reader_cannot_open_one(world, signed_in, post):
    reader = signed_in("VIEWER")
    assert reader.get("/incidents/new").status_code == 403
    assert post(reader, "/incidents/new", {"title": "x", "severity": "P1"}).status_code == 403
    assert "New incident" not in reader.get("/incidents").content.decode()

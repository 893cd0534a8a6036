"""What `/itsm` promises of incidents and configuration items, field by field."""

import pytest

from orgs.commands import create_team
from tests.api.conftest import fields


@pytest.fixture
def graph(caller):
    """shop depends on checkout-api, which depends on pg-main."""
    rows = (
        ("pg-main", "database", []),
        ("checkout-api", "host", ["pg-main"]),
        ("shop", "service", ["checkout-api"]),
    )
    for name, kind, below in rows:
        answer = caller.post("/itsm/cis", {"name": name, "kind": kind, "criticality": "high", "depends_on": below})
        assert answer.status_code == 201, answer.content


def new(caller, **more):
    return caller.post("/itsm/incidents", {"title": "Database slow", "severity": "P2", **more})


def test_creating_answers_the_impact(caller, graph):
    answer = new(caller, affected_cis=["pg-main"])
    assert answer.status_code == 201
    shown = answer.json()
    assert shown["status"] == "open"
    assert [ci["name"] for ci in shown["affected_cis"]] == ["pg-main"]
    assert shown["impact"]["by_distance"] == {"1": 1, "2": 1}
    assert [node["name"] for node in shown["impact"]["cis"]] == ["checkout-api", "shop"]
    assert shown["impact"]["services"] == ["shop"]
    assert shown["impact"]["highest_criticality"] == "high"
    assert shown["suspect_changes"] == []
    assert answer.headers["Location"] == f"/itsm/incidents/{shown['reference']}"
    assert caller.get(answer.headers["Location"]).json()["id"] == shown["id"]


def test_items_are_named_by_id_name_or_object(caller, graph):
    ci = caller.get("/itsm/cis?q=pg-main").json()["items"][0]
    shown = new(caller, affected_cis=[ci["id"], "CHECKOUT-API", {"id": "shop"}]).json()
    assert [ref["name"] for ref in shown["affected_cis"]] == ["checkout-api", "pg-main", "shop"]


def test_every_unknown_item_is_named(caller, graph):
    answer = new(caller, affected_cis=["pg-main", "nothing", "neither"])
    assert answer.status_code == 400
    messages = [error["message"] for error in answer.json()["errors"]]
    assert len(messages) == 2
    assert "nothing" in messages[0]
    assert "neither" in messages[1]


def test_assignment_finds_a_team_or_a_person_or_keeps_the_words(caller, org, user_with):
    create_team(actor=None, org=org, name="Network Team")
    user_with("MEMBER", username="mara")
    assert new(caller, assigned_to="network-team").json()["assigned_to"] == "Network Team"
    assert new(caller, assigned_to="MARA").json()["assigned_to"] == "Mara"
    assert new(caller, assigned_to="whoever is awake").json()["assigned_to"] == "whoever is awake"
    found = caller.get("/itsm/incidents?assigned_to=network-team").json()["items"]
    assert [row["assigned_to"] for row in found] == ["Network Team"]
    assert len(caller.get("/itsm/incidents?assigned_to=mara&assigned_to=network%20team").json()["items"]) == 2


def test_a_patch_changes_several_things_or_none(caller, graph):
    address = f"/itsm/incidents/{new(caller).json()['reference']}"
    answer = caller.patch(address, {"status": "in_progress", "severity": "SEV1", "affected_cis": ["shop"]})
    assert answer.status_code == 200
    shown = answer.json()
    assert (shown["status"], shown["severity"]) == ("in_progress", "P1")
    assert shown["acknowledged_at"]
    refused = caller.patch(address, {"title": "Renamed", "status": "closed"})
    assert refused.status_code == 409
    assert refused.json()["allowed"] == ["resolved"]
    assert caller.get(address).json()["title"] == "Database slow"


def test_a_role_that_lacks_one_of_them_changes_nothing(caller, caller_with, graph):
    address = f"/itsm/incidents/{new(caller).json()['reference']}"
    answer = caller_with("ONCALL_ENGINEER").patch(address, {"title": "Renamed", "severity": "P1"})
    assert answer.status_code == 403
    assert answer.json()["needs"] == ["ORG_ADMIN", "SRE_LEAD"]
    assert caller.get(address).json()["title"] == "Database slow"


def test_resolving_says_how_and_closing_ends_it(caller):
    address = f"/itsm/incidents/{new(caller).json()['reference']}"
    assert fields(caller.post(f"{address}/resolve", {"root_cause": "x"})) == {"resolution": "required"}
    assert caller.patch(address, {"root_cause": "too early"}).status_code == 409
    shown = caller.post(f"{address}/resolve", {"resolution": "Restarted", "root_cause": "A leak"}).json()
    assert (shown["status"], shown["resolution"], shown["root_cause"]) == ("resolved", "Restarted", "A leak")
    assert shown["resolved_at"]
    assert shown["sla"]["resolve"]["state"] == "met"
    assert caller.patch(address, {"root_cause": "A leak in the driver"}).json()["root_cause"] == "A leak in the driver"
    assert caller.patch(address, {"status": "closed"}).json()["status"] == "closed"
    assert caller.patch(address, {"status": "open"}).status_code == 409


def test_a_patch_can_resolve_with_its_words(caller):
    address = f"/itsm/incidents/{new(caller).json()['reference']}"
    shown = caller.patch(address, {"status": "resolved", "resolution": "Gone", "root_cause": "Known"}).json()
    assert (shown["status"], shown["resolution"], shown["root_cause"]) == ("resolved", "Gone", "Known")


def test_the_version_may_come_in_the_body(caller):
    address = f"/itsm/incidents/{new(caller).json()['reference']}"
    assert caller.patch(address, {"title": "First", "version": 1}).status_code == 200
    late = caller.patch(address, {"title": "Second", "version": 1})
    assert late.status_code == 412
    assert late.json()["current_version"] == 2


def test_lists_filter(caller, graph):
    new(caller, affected_cis=["pg-main"])
    new(caller, title="Printer jam", severity="P4")
    assert len(caller.get("/itsm/incidents?ci=pg-main").json()["items"]) == 1
    assert caller.get("/itsm/incidents?ci=nothing").status_code == 404
    assert [row["title"] for row in caller.get("/itsm/incidents?q=printer%20jam").json()["items"]] == ["Printer jam"]
    assert len(caller.get("/itsm/incidents?severity=P2&severity=SEV4_LOW").json()["items"]) == 2
    assert caller.get("/itsm/incidents?created_after=2100-01-01").json()["items"] == []
    assert len(caller.get("/itsm/incidents?created_before=2100-01-01T00:00:00Z").json()["items"]) == 2


def test_items_change_with_their_edges(caller, graph):
    shown = caller.get("/itsm/cis/shop").json()
    assert [edge["name"] for edge in shown["depends_on"]] == ["checkout-api"]
    body = {"depends_on": [{"id": "pg-main", "kind": "uses"}, "checkout-api"], "criticality": "critical"}
    changed = caller.patch("/itsm/cis/shop", body).json()
    assert {(edge["name"], edge["kind"]) for edge in changed["depends_on"]} == {
        ("pg-main", "uses"),
        ("checkout-api", "depends_on"),
    }
    assert changed["version"] == 2
    assert caller.post("/itsm/cis", {"name": "SHOP", "kind": "x"}).status_code == 409
    assert fields(caller.patch("/itsm/cis/shop", {"depends_on": ["shop", "nothing"]}))
    assert fields(caller.patch("/itsm/cis/shop", {"owner_team": "nobody"})) == {"owner_team": "not_found"}


def test_impact_walks_both_ways_and_shows_what_burns_there(caller, graph):
    new(caller, affected_cis=["shop"])
    down = caller.get("/itsm/cis/pg-main/impact").json()
    assert [(node["name"], node["distance"]) for node in down["nodes"]] == [("checkout-api", 1), ("shop", 2)]
    assert [hit["title"] for hit in down["open_incidents"]] == ["Database slow"]
    up = caller.get("/itsm/cis/shop/impact?direction=dependencies&depth=1").json()
    assert [node["name"] for node in up["nodes"]] == ["checkout-api"]
    assert (up["truncated"], up["truncated_by"]) == (True, "depth")
    assert fields(caller.get("/itsm/cis/shop/impact?depth=11")) == {"depth": "out_of_range"}

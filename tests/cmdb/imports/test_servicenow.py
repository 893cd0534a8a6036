"""ServiceNow: lists, details, table rows and relations, with the parent first in a relation's name."""

import json

import pytest

from cmdb.imports import read

DEPENDS = "1a9cb166f1571100a92eb60da2bce5c5"
RUNS = "60bc4e22c0a8010e01f074cbe6bd73c3"


def result(value):
    return json.dumps({"result": value}).encode()


def only(**attributes):
    (item,) = read("servicenow", [result({"attributes": {"sys_id": "a1", "name": "web", **attributes}})]).items
    return item


def reference(value, shown=None):
    return {"value": value, "link": f"https://x/{value}", **({"display_value": shown} if shown else {})}


def test_a_detail_says_what_the_table_of_fields_says():
    item = only(
        sys_class_name="cmdb_ci_linux_server",
        environment="Production",
        busines_criticality="1 - most critical",
        support_group=reference("g1", "Payments SRE"),
        install_status="1",
        fqdn="web.example.net",
        host_name="web",
    )
    assert (item.external_id, item.name, item.kind) == ("a1", "web", "cmdb_ci_linux_server")
    assert (item.environment, item.criticality, item.owner) == ("Production", "critical", "Payments SRE")
    assert item.status == "active"
    assert (item.attributes["fqdn"], item.attributes["hostname"]) == ("web.example.net", "web")


def test_used_for_stands_in_for_the_environment():
    assert only(used_for="Development").environment == "Development"


def test_the_assignment_group_stands_in_for_the_support_group():
    assert only(support_group="", assignment_group=reference("g2", "DBA")).owner == "DBA"


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"install_status": "1"}, "active"),
        ({"install_status": "7"}, "retired"),
        ({"install_status": reference("7", "Retired")}, "retired"),
        ({"install_status": "Installed"}, "active"),
        ({"install_status": "2"}, "planned"),
        ({"install_status": "99", "operational_status": "1"}, "active"),
        ({"operational_status": "6"}, "retired"),
        ({"install_status": "7", "operational_status": "1"}, "retired"),
        ({}, None),
    ],
)
def test_each_status_has_its_meaning(fields, status):
    assert only(**fields).status == status


def test_a_list_knows_ids_and_names_and_is_silent_about_the_rest():
    items = read("servicenow", [result([{"sys_id": "a1", "name": "web-1"}, {"sys_id": "a2", "name": "web-2"}])]).items
    assert [(item.external_id, item.name, item.kind, item.status) for item in items] == [
        ("a1", "web-1", None, None),
        ("a2", "web-2", None, None),
    ]


def test_a_row_of_a_class_table_is_read_like_a_detail():
    row = {
        "sys_id": {"value": "a1", "display_value": "a1"},
        "name": reference("web", "web"),
        "sys_class_name": "cmdb_ci",
    }
    (item,) = read("servicenow", [result([row])]).items
    assert (item.external_id, item.name, item.kind) == ("a1", "web", "cmdb_ci")


def relations(record):
    batch = read("servicenow", [result(record)])
    found = [(each.dependent.external_id, each.kind, each.dependency.external_id) for each in batch.relations]
    return found, [fault.code for fault in batch.faults]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Depends on::Used by", ("p", "depends_on", "c")),
        ("Runs on::Runs", ("p", "runs_on", "c")),
        ("Hosted on::Hosts", ("p", "hosted_on", "c")),
        ("Virtualized by::Virtualizes", ("p", "runs_on", "c")),
        ("Contains::Contained by", ("c", "member_of", "p")),
        ("Members::Member of", ("c", "member_of", "p")),
        ("Connects to::Connected by", ("p", "connects_to", "c")),
        ("Uses::Used by", ("p", "uses", "c")),
    ],
)
def test_the_type_decides_which_end_depends(name, expected):
    row = {"parent": reference("p"), "child": reference("c"), "type": reference("t", name)}
    assert relations([row]) == ([expected], [])


@pytest.mark.parametrize(("type_id", "kind"), [(DEPENDS, "depends_on"), (RUNS, "runs_on")])
def test_a_relation_without_the_name_of_its_type_is_known_by_its_id(type_id, kind):
    row = {"parent": reference("p"), "child": reference("c"), "type": reference(type_id)}
    assert relations([row]) == ([("p", kind, "c")], [])


def test_a_type_that_is_no_dependency_is_told():
    row = {"parent": reference("p"), "child": reference("c"), "type": reference("t", "Owns::Owned by")}
    assert relations([row]) == ([], ["unknown_type"])


def test_outbound_makes_the_item_the_parent_and_inbound_the_child():
    record = {
        "attributes": {"sys_id": "here", "name": "here"},
        "outbound_relations": [{"type": reference(DEPENDS), "target": reference("below")}],
        "inbound_relations": [{"type": reference(DEPENDS), "target": reference("above")}],
    }
    assert relations(record) == ([("here", "depends_on", "below"), ("above", "depends_on", "here")], [])


def test_a_relation_without_an_end_is_told():
    assert relations([{"parent": "", "child": reference("c"), "type": reference(DEPENDS)}]) == ([], ["invalid"])


def test_a_record_without_an_id_does_not_lose_its_neighbours():
    batch = read("servicenow", [result([{"name": "x"}, "text", None, {"sys_id": "a1", "name": "web"}])])
    assert [item.external_id for item in batch.items] == ["a1"]
    assert [fault.row for fault in batch.faults] == [1, 2, 3]
    assert batch.unidentified == 3


def test_a_refusal_of_the_instance_is_passed_on():
    body = json.dumps({"error": {"message": "User Not Authenticated", "detail": "x"}, "status": "failure"}).encode()
    assert "User Not Authenticated" in read("servicenow", [body]).faults[0].message


@pytest.mark.parametrize("odd", [7, [], {"a": 1}, None, True, {"value": None}, {"value": {"x": 1}}])
@pytest.mark.parametrize("member", ["name", "sys_class_name", "environment", "support_group", "install_status", "ram"])
def test_members_of_another_shape_are_silence_not_a_crash(member, odd):
    assert only(**{member: odd}).external_id == "a1"


@pytest.mark.parametrize("odd", [7, "x", {"a": 1}, [None], ["x"], [{"target": 1}], [{"target": reference("b")}]])
def test_relations_of_another_shape_are_told_or_left(odd):
    record = {"attributes": {"sys_id": "here", "name": "here"}, "outbound_relations": odd, "inbound_relations": odd}
    found, _ = relations(record)
    assert found == []

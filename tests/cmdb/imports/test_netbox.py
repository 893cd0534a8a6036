"""NetBox: models by the path of their url, what runs on what, and the webhook."""

import json

import pytest

from cmdb.imports import read

API = "https://netbox.example.net/api"


def device(number=1, **fields):
    return {
        "url": f"{API}/dcim/devices/{number}/",
        "display": f"shown-{number}",
        "name": f"device-{number}",
        "role": {"slug": "core-switch"},
        "status": {"value": "active"},
        **fields,
    }


def page(*records, **members):
    return json.dumps({"count": len(records), "next": None, "results": list(records), **members}).encode()


def items(*records):
    return read("netbox", [page(*records)]).items


def only(*records):
    (item,) = items(*records)
    return item


def test_a_device_is_named_by_model_and_id_and_its_kind_by_its_role():
    item = only(device(31))
    assert (item.external_id, item.name, item.kind) == ("dcim.device/31", "device-31", "device/core-switch")


def test_a_device_without_a_name_is_called_what_netbox_displays():
    assert only(device(name=None)).name == "shown-1"


def test_a_record_without_a_role_is_of_its_model_alone():
    assert only(device(role=None)).kind == "device"


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ("active", "active"),
        ("offline", "active"),
        ("failed", "active"),
        ("planned", "planned"),
        ("staged", "planned"),
        ("inventory", "planned"),
        ("decommissioning", "retired"),
        ("something-new", None),
    ],
)
def test_each_status_has_its_meaning(value, status):
    assert only(device(status={"value": value})).status == status


def test_environment_and_criticality_are_custom_fields():
    item = only(device(custom_fields={"environment": "production", "criticality": {"value": "1", "label": "High"}}))
    assert (item.environment, item.criticality) == ("production", "high")


@pytest.mark.parametrize(
    ("slug", "environment"), [("prod", "production"), ("env-staging", "staging"), ("tier-1", None)]
)
def test_an_environment_may_be_a_tag(slug, environment):
    assert only(device(tags=[{"slug": slug}])).environment == environment


def test_the_owner_is_the_tenant_or_else_a_contact():
    assert only(device(tenant={"name": "Shop"})).owner == "Shop"
    assert only(device(contacts=[{"name": "DBA"}])).owner == "DBA"
    assert only(device()).owner is None


def test_addresses_are_kept_as_alerts_name_them():
    item = only(device(primary_ip={"address": "10.0.8.2/24", "dns_name": "sw.example.net"}))
    assert (item.attributes["ip"], item.attributes["fqdn"]) == ("10.0.8.2", "sw.example.net")


def vm(**fields):
    return {"url": f"{API}/virtualization/virtual-machines/88/", "name": "vm", "status": {"value": "active"}, **fields}


def test_a_virtual_machine_runs_on_its_cluster_and_its_device():
    cluster = {"url": f"{API}/virtualization/clusters/2/", "name": "fra1"}
    host = {"url": f"{API}/dcim/devices/7/", "name": "esx-7"}
    relations = read("netbox", [page(vm(cluster=cluster, device=host))]).relations
    assert [(each.kind, each.dependency.external_id, each.dependency.name) for each in relations] == [
        ("runs_on", "virtualization.cluster/2", "fra1"),
        ("runs_on", "dcim.device/7", "esx-7"),
    ]
    assert {each.dependent.external_id for each in relations} == {"virtualization.virtualmachine/88"}


def service(**fields):
    return {"url": f"{API}/ipam/services/14/", "name": "postgresql", "ports": [5432], **fields}


def test_a_service_runs_on_its_parent():
    parent = {"parent_object_type": "virtualization.virtualmachine", "parent_object_id": 90, "parent": {"name": "db"}}
    batch = read("netbox", [page(service(**parent))])
    (relation,) = batch.relations
    assert (relation.dependency.external_id, relation.dependency.name) == ("virtualization.virtualmachine/90", "db")
    assert batch.items[0].attributes["ports"] == [5432]


def test_a_service_of_an_older_release_names_its_parent_by_kind():
    old = service(virtual_machine={"url": f"{API}/virtualization/virtual-machines/90/", "name": "db"}, device=None)
    (relation,) = read("netbox", [page(old)]).relations
    assert relation.dependency.external_id == "virtualization.virtualmachine/90"


def hook(event, model="dcim.device", **data):
    return json.dumps({"event": event, "object_type": model, "data": device(31, id=31, **data)}).encode()


def test_a_webhook_tells_of_one_record():
    batch = read("netbox", [hook("updated", status={"value": "failed"})])
    assert [item.external_id for item in batch.items] == ["dcim.device/31"]
    assert not batch.listings


def test_a_deletion_says_that_a_record_is_missing():
    (item,) = read("netbox", [hook("deleted")]).items
    assert (item.external_id, item.status) == ("dcim.device/31", "missing")


def test_a_webhook_of_another_model_is_told_and_left():
    batch = read("netbox", [hook("updated", model="dcim.cable")])
    assert (batch.items, batch.faults[0].code) == ([], "unsupported")


def test_one_bad_record_does_not_lose_its_neighbours():
    batch = read("netbox", [page(device(1), "text", {"url": "nowhere"}, None, device(2))])
    assert [item.external_id for item in batch.items] == ["dcim.device/1", "dcim.device/2"]
    assert [fault.row for fault in batch.faults] == [2, 3, 4]


def test_a_page_of_a_longer_listing_knows_how_long_it_is():
    batch = read("netbox", [page(device(1), count=2, next="https://…")])
    assert (batch.totals, batch.listings) == ({"dcim.device/": 2}, {"dcim.device/"})


@pytest.mark.parametrize("odd", [7, "x", [], {"a": 1}, None, True])
@pytest.mark.parametrize(
    "member",
    ["name", "display", "role", "status", "tags", "custom_fields", "tenant", "primary_ip", "cluster", "contacts"],
)
def test_members_of_another_shape_are_silence_not_a_crash(member, odd):
    assert only(device(1, **{member: odd})).external_id == "dcim.device/1"

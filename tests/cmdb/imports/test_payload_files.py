"""Every CMDB body of the shared contracts is read as the contracts say."""

import json
from pathlib import Path

import pytest
from django.conf import settings

from cmdb.commands import import_cis
from cmdb.imports import read

PAYLOADS = Path(settings.BASE_DIR).parent / "shared" / "contracts" / "payloads"
FORMS = {
    "cmdb-netbox": "netbox",
    "cmdb-servicenow": "servicenow",
    "cmdb-backstage": "backstage",
    "cmdb-generic": "json",
}

# What the contracts' table makes of each file: items by external id, relations, and faults.
EXPECTED = {
    "cmdb-netbox/devices_page.json": (["dcim.device/27"], 0, 0),
    "cmdb-netbox/virtual_machines_page.json": (["virtualization.virtualmachine/88"], 1, 0),
    "cmdb-netbox/services_page.json": (["ipam.service/14"], 1, 0),
    "cmdb-netbox/response_403_no_token.json": ([], 0, 1),
    "cmdb-netbox/webhook_device_updated.json": (["dcim.device/27"], 0, 0),
    "cmdb-servicenow/instance_list.json": (
        ["3a290cc60a0a0bb400000bdb386af1cf", "3a5dd3dbc0a8ce0100655f1ec66ed42c"],
        0,
        0,
    ),
    "cmdb-servicenow/instance_detail.json": (["3a290cc60a0a0bb400000bdb386af1cf"], 2, 0),
    "cmdb-servicenow/cmdb_rel_ci.json": ([], 1, 0),
    "cmdb-backstage/entities_by_query_page1.json": (
        ["component:default/checkout-api", "resource:default/orders-db"],
        3,
        0,
    ),
    "cmdb-backstage/entities_by_query_page2.json": (["system:default/shop"], 0, 0),
    "cmdb-backstage/component.json": (["component:default/checkout-api"], 3, 0),
    "cmdb-generic/cis.json": (["ci-1001", "ci-1002"], 2, 0),
}


def entries():
    index = PAYLOADS / "index.json"
    if not index.exists():
        return []
    listed = [entry for entry in json.loads(index.read_text()) if entry["file"].split("/")[0] in FORMS]
    return [entry for entry in listed if entry["kind"] != "request"]


def body_of(entry):
    """The bytes as they come over the wire: of a recorded response its body, else the file."""
    raw = (PAYLOADS / entry["file"]).read_bytes()
    return json.dumps(json.loads(raw)["body"]).encode() if entry["kind"] == "response" else raw


def form_of(entry):
    return FORMS[entry["file"].split("/")[0]]


needs_payloads = pytest.mark.skipif(not PAYLOADS.exists(), reason=f"the shared contracts are not at {PAYLOADS}")


@needs_payloads
@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry["file"])
def test_a_body_of_the_contracts_is_read(entry):
    batch = read(form_of(entry), [body_of(entry)])
    ids, relations, faults = EXPECTED[entry["file"]]
    assert [item.external_id for item in batch.items] == ids
    assert (len(batch.relations), len(batch.faults)) == (relations, faults)
    if "expect" in entry:
        assert len(batch.items) == entry["expect"]["cis"]


@needs_payloads
def test_no_body_of_the_contracts_is_left_out():
    assert {entry["file"] for entry in entries()} == set(EXPECTED)


@needs_payloads
@pytest.mark.parametrize("form", ["netbox", "servicenow", "backstage", "json"])
def test_importing_all_bodies_of_a_source_twice_changes_nothing(org, administrator, form):
    batch = read(form, [body_of(entry) for entry in entries() if form_of(entry) == form])
    first = import_cis(actor=administrator, batch=batch, commit=True)
    again = import_cis(actor=administrator, batch=batch, commit=True)
    assert first.counts["created"] > 0
    assert (again.counts["created"], again.counts["updated"], again.relations_added) == (0, 0, 0)


@needs_payloads
def test_a_body_without_a_token_says_why_it_holds_nothing():
    entry = next(entry for entry in entries() if entry["file"].endswith("response_403_no_token.json"))
    (fault,) = read("netbox", [body_of(entry)]).faults
    assert "Authentication credentials were not provided" in fault.message

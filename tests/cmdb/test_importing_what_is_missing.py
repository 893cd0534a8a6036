"""What a complete import no longer lists is marked missing, and only then; nothing is ever deleted."""

import json

import pytest

from cmdb.commands import import_cis, update_ci
from cmdb.imports import read
from cmdb.models import ConfigurationItem
from cmdb.queries import find_ci, history_of

API = "https://netbox.example.net/api"


@pytest.fixture
def imported(scope, administrator):
    def run(*pages, form="json", complete=True, source="", commit=True):
        bodies = [json.dumps(page).encode() for page in pages]
        batch = read(form, bodies, source=source)
        return import_cis(actor=administrator, batch=batch, commit=commit, complete=complete)

    return run


def rows(*numbers, **fields):
    return [{"id": f"ci-{number}", "name": f"item-{number}", "kind": "server", **fields} for number in numbers]


def status_of(name):
    return find_ci(name).status


def test_what_is_no_longer_listed_is_missing_and_still_there(imported):
    imported(rows(1, 2))
    report = imported(rows(1))
    assert report.counts["missing"] == 1
    assert (status_of("item-1"), status_of("item-2")) == ("active", "missing")
    change = history_of(find_ci("item-2")).first()
    assert (change.action, change.changes) == ("missing", {"status": ["active", "missing"]})


def test_a_preview_says_so_and_marks_nothing(imported):
    imported(rows(1, 2))
    report = imported(rows(1), commit=False)
    assert [(line.name, line.action) for line in report.rows] == [("item-2", "missing")]
    assert status_of("item-2") == "active"


def test_an_import_that_is_not_complete_marks_nothing(imported):
    imported(rows(1, 2))
    assert imported(rows(1), complete=False).counts["missing"] == 0
    assert status_of("item-2") == "active"


def test_what_comes_back_is_active_again(imported):
    imported(rows(1, 2))
    imported(rows(1))
    report = imported(rows(1, 2))
    assert (report.counts["updated"], status_of("item-2")) == (1, "active")


def test_missing_twice_is_said_once(imported):
    imported(rows(1, 2))
    imported(rows(1))
    assert imported(rows(1)).counts["missing"] == 0
    assert find_ci("item-2").version == 2


def test_retired_items_stay_retired(imported, administrator):
    imported(rows(1, 2))
    update_ci(actor=administrator, ci="item-2", changes={"status": "retired"})
    imported(rows(1))
    assert status_of("item-2") == "retired"


def test_only_items_of_the_same_source_can_be_missing_from_it(imported, make_ci):
    make_ci("by-hand")
    make_ci("elsewhere", source="netbox", external_id="dcim.device/1")
    imported(rows(1), source="racktables")
    imported(rows(2))
    assert {ci.status for ci in ConfigurationItem.objects.all()} == {"active"}


def test_another_organisations_items_do_not_go_missing(imported, make_ci, other_org):
    theirs = make_ci("theirs", org=other_org, source="import", external_id="ci-9")
    imported(rows(1))
    theirs.refresh_from_db()
    assert theirs.status == "active"


def test_a_row_with_a_fault_is_not_missing(imported):
    imported(rows(1, 2))
    report = imported([*rows(1), *rows(2, criticality="enormous")])
    assert (report.counts["missing"], status_of("item-2")) == (0, "active")


def test_while_a_row_cannot_be_identified_nothing_is_missing(imported):
    imported(rows(1, 2))
    report = imported([*rows(1), "what is this"])
    assert (report.counts["missing"], status_of("item-2")) == (0, "active")
    assert report.notes[0].message.startswith("Nothing was marked missing: ")


def device(number):
    return {"url": f"{API}/dcim/devices/{number}/", "name": f"device-{number}", "status": {"value": "active"}}


def machine(number):
    return {"url": f"{API}/virtualization/virtual-machines/{number}/", "name": f"vm-{number}"}


def page(*records, count=None):
    return {"count": len(records) if count is None else count, "results": list(records)}


def test_a_listing_with_a_page_left_out_marks_nothing(imported):
    imported(page(device(1)), page(device(2)), form="netbox")
    report = imported(page(device(1), count=2), form="netbox")
    assert (report.counts["missing"], status_of("device-2")) == (0, "active")
    assert "the source lists 2, 1 were given" in report.notes[0].message


def test_a_listing_of_devices_says_nothing_of_machines(imported):
    imported(page(device(1), device(2)), page(machine(1)), form="netbox")
    imported(page(device(1)), form="netbox")
    assert (status_of("device-2"), status_of("vm-1")) == ("missing", "active")


def test_a_webhook_is_no_listing(imported):
    imported(page(device(1), device(2)), form="netbox")
    report = imported({"event": "updated", "object_type": "dcim.device", "data": device(1)}, form="netbox")
    assert (report.counts["missing"], status_of("device-2")) == (0, "active")


def test_a_webhook_of_a_deletion_marks_the_record_missing(imported):
    imported(page(device(1)), form="netbox")
    deletion = {"event": "deleted", "object_type": "dcim.device", "data": {**device(1), "id": 1}}
    report = imported(deletion, form="netbox", complete=False)
    assert (report.counts["missing"], status_of("device-1")) == (1, "missing")


def test_a_deletion_of_what_was_never_known_makes_nothing(imported):
    deletion = {"event": "deleted", "object_type": "dcim.device", "data": {**device(7), "id": 7}}
    report = imported(deletion, form="netbox", complete=False)
    assert report.counts["created"] == 0
    assert not ConfigurationItem.objects.exists()


def test_an_item_that_is_gone_itself_can_still_gain_an_edge(imported):
    """Its relation is told by another table than its record, as ServiceNow does."""
    ids = {"sys_id": "a", "name": "a", "sys_class_name": "cmdb_ci"}, {"sys_id": "b", "name": "b"}
    imported({"result": list(ids)}, form="servicenow")
    edge = {"parent": {"value": "a"}, "child": {"value": "b"}, "type": {"value": "1a9cb166f1571100a92eb60da2bce5c5"}}
    report = imported({"result": [ids[1]]}, {"result": [edge]}, form="servicenow")
    assert (report.counts["missing"], report.relations_added, status_of("a")) == (1, 1, "missing")

"""An import is previewed, then committed: good rows land, bad ones are told, and doing it again changes nothing."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cmdb.commands import import_cis, update_ci
from cmdb.imports import read
from cmdb.models import ConfigurationItem, ConfigurationItemChange, Dependency
from cmdb.queries import dependencies_of, find_ci, history_of, match_names
from orgs.commands import create_team
from orgs.errors import Forbidden, Invalid


def batch_of(*rows, source=""):
    return read("json", [json.dumps({"cis": list(rows)}).encode()], source=source)


@pytest.fixture
def imported(scope, administrator):
    def run(*rows, commit=True, source="", **options):
        return import_cis(actor=administrator, batch=batch_of(*rows, source=source), commit=commit, **options)

    return run


def row(number, name="", **fields):
    return {"id": f"ci-{number}", "name": name or f"item-{number}", "kind": "server", **fields}


def faults(report):
    return [(fault.row, fault.field, fault.code) for fault in report.faults]


def test_a_preview_says_all_and_writes_nothing(imported):
    report = imported(row(1), row(2, relations=[{"type": "uses", "target": "item-1"}]), commit=False)
    assert (report.committed, report.counts["created"], report.relations_added) == (False, 2, 1)
    assert not ConfigurationItem.objects.exists()
    assert not ConfigurationItemChange.objects.exists()


def test_a_commit_does_what_the_preview_said(imported):
    rows = [row(1), row(2, relations=[{"type": "uses", "target": "item-1"}]), {"name": ""}]
    preview, commit = imported(*rows, commit=False), imported(*rows)
    assert (preview.counts, preview.relations_added, preview.faults) == (
        commit.counts,
        commit.relations_added,
        commit.faults,
    )
    assert sorted(ci.name for ci in ConfigurationItem.objects.all()) == ["item-1", "item-2"]


def test_importing_again_changes_nothing(imported):
    rows = [row(1, attributes={"x": [1, {"y": None}]}), row(2, relations=[{"type": "uses", "target": "ci-1"}])]
    imported(*rows)
    report = imported(*rows)
    assert report.counts == {"created": 0, "updated": 0, "unchanged": 2, "missing": 0, "refused": 0}
    assert (report.relations_added, ConfigurationItemChange.objects.count()) == (0, 2)


def test_an_item_is_the_same_by_its_id_whatever_its_name(imported):
    imported(row(1, "old"))
    before = find_ci("old")
    report = imported(row(1, "new", criticality="high"))
    (outcome,) = report.rows
    assert outcome.changes == {"name": ["old", "new"], "criticality": ["medium", "high"]}
    assert find_ci("new").pk == before.pk
    assert match_names(["old", "new"]).keys() == {"new"}


def test_what_a_row_is_silent_about_stays(imported, administrator):
    imported(row(1, environment="production"))
    update_ci(actor=administrator, ci="item-1", changes={"criticality": "critical"})
    imported(row(1))
    ci = find_ci("item-1")
    assert (ci.environment, ci.criticality) == ("production", "critical")


def test_attributes_are_laid_over_those_that_are_there(imported, administrator):
    imported(row(1, attributes={"rack": "A1", "serial": "1"}))
    update_ci(actor=administrator, ci="item-1", changes={"attributes": {"rack": "A1", "serial": "1", "note": "x"}})
    imported(row(1, attributes={"rack": "B2", "serial": None}))
    assert find_ci("item-1").attributes == {"rack": "B2", "note": "x"}


def test_a_nul_in_an_attribute_is_replaced_and_in_a_name_refused(imported):
    report = imported(row(1, attributes={"note": "a"}), row(2, "b\x00"))
    assert faults(report) == [(2, "name", "control_character")]
    netbox = {"url": "https://x/api/dcim/devices/1/", "name": "sw", "serial": "a\x00\ud800b"}
    assert read("netbox", [json.dumps(netbox).encode()]).items[0].attributes["serial"] == "a\x00\ud800b"


def test_hostile_characters_of_a_vendors_attributes_are_replaced(scope, administrator):
    netbox = {"url": "https://x/api/dcim/devices/1/", "name": "sw", "serial": "a\x00\ud800b"}
    import_cis(actor=administrator, batch=read("netbox", [json.dumps(netbox).encode()]), commit=True)
    assert find_ci("sw").attributes["serial"] == "a\ufffd?b"


def test_good_rows_are_committed_and_bad_ones_told(imported):
    report = imported(row(1), row(2, criticality="enormous", environment="x" * 99), row(3))
    assert faults(report) == [(2, "environment", "max_length"), (2, "criticality", "choice")]
    assert (report.counts["created"], report.counts["refused"]) == (2, 1)
    assert ConfigurationItem.objects.count() == 2


def test_a_strict_import_takes_all_or_nothing(imported):
    with pytest.raises(Invalid) as refused:
        imported(row(1), row(2, criticality="enormous"), strict=True)
    assert refused.value.fields[0].message.startswith("Row 2: ")
    assert not ConfigurationItem.objects.exists()


def test_only_administrators_import(scope, lead):
    for commit in (False, True):
        with pytest.raises(Forbidden):
            import_cis(actor=lead, batch=batch_of(row(1)), commit=commit)


def test_the_owner_becomes_the_team_of_that_name(imported, org):
    create_team(actor=None, org=org, name="Payments SRE")
    imported(row(1, owner_team="payments-sre"), row(2, owner_team="Payments SRE"))
    assert {ci.owner_team.name for ci in ConfigurationItem.objects.select_related("owner_team")} == {"Payments SRE"}


def test_an_owner_that_is_no_team_is_kept_and_told(imported, org):
    report = imported(row(1, owner_team="Strangers"), row(2, owner_team="Strangers"))
    assert [note.code for note in report.notes] == ["no_team"]
    assert find_ci("item-1").attributes == {"owner": "Strangers"}
    create_team(actor=None, org=org, name="Strangers")
    imported(row(1, owner_team="Strangers"))
    ci = find_ci("item-1")
    assert (ci.owner_team.name, ci.attributes) == ("Strangers", {})


def test_history_tells_what_an_import_did(imported, administrator):
    imported(row(1))
    imported(row(1, criticality="low"))
    last, first = history_of(find_ci("item-1"))
    assert (first.action, first.source, first.changes["external_id"]) == ("created", "import", [None, "ci-1"])
    assert (last.action, last.version, last.changes) == ("imported", 2, {"criticality": ["medium", "low"]})
    assert last.actor_ref == administrator.ref


def test_a_row_without_an_id_means_the_item_of_its_name(imported, make_ci):
    ci = make_ci("Orders DB", source="netbox", external_id="dcim.device/1")
    report = imported({"name": "orders db", "criticality": "high"})
    ci.refresh_from_db()
    assert (report.counts["updated"], ci.criticality, ci.source) == (1, "high", "netbox")


def test_two_rows_about_one_item_are_told(imported):
    report = imported({"name": "a", "kind": "server"}, {"name": "A", "kind": "database"})
    assert faults(report) == [(2, "name", "duplicate")]
    assert find_ci("a").kind == "server"


def test_an_item_entered_by_hand_is_adopted_by_the_source_that_knows_its_name(imported, make_ci):
    ci = make_ci("orders-db", criticality="critical")
    imported(row(7, "Orders-DB"))
    ci.refresh_from_db()
    assert (ci.name, ci.source, ci.external_id, ci.criticality) == ("Orders-DB", "import", "ci-7", "critical")


def test_a_name_of_another_source_is_left_alone_and_told(imported, make_ci):
    ci = make_ci("orders-db", source="netbox", external_id="dcim.device/1")
    report = imported(row(1, "orders-db", criticality="high"))
    ci.refresh_from_db()
    assert faults(report) == [(1, "name", "taken")]
    assert "netbox" in report.faults[0].message
    assert (ci.source, ci.criticality) == ("netbox", "medium")


def test_namesakes_of_one_source_are_told_apart_and_stay_so(imported):
    rows = [row(1, "postgresql"), row(2, "postgresql"), row(3, "PostgreSQL")]
    first, again = imported(*rows), imported(*rows)
    assert sorted(ci.name for ci in ConfigurationItem.objects.all()) == [
        "PostgreSQL (ci-3)",
        "postgresql",
        "postgresql (ci-2)",
    ]
    assert [note.code for note in first.notes] == ["qualified", "qualified"]
    assert again.counts["unchanged"] == 3


def test_two_items_that_swap_their_names_do_not_break_the_import(imported):
    imported(row(1, "a"), row(2, "b"))
    imported(row(1, "b"), row(2, "a"))
    report = imported(row(1, "b"), row(2, "a"))
    assert ConfigurationItem.objects.count() == 2
    assert faults(report) == []


def test_relations_find_their_target_by_id_first_and_by_name_otherwise(imported, make_ci):
    make_ci("outside")
    imported(row(1, "ci-2"), row(2, "two"), row(3, relations=[{"target": "ci-2"}, {"target": "OUTSIDE"}]))
    assert [edge.dependency.name for edge in dependencies_of(find_ci("item-3"))] == ["outside", "two"]


def test_an_unknown_target_is_told_and_the_rest_of_the_row_kept(imported):
    report = imported(row(1), row(2, relations=[{"target": "nowhere"}, {"target": "item-1"}]))
    assert faults(report) == [(2, "relations", "unknown_target")]
    assert "nowhere" in report.faults[0].message
    assert (report.counts["created"], report.relations_added) == (2, 1)


def test_another_organisations_items_are_unknown_targets(imported, make_ci, other_org):
    theirs = make_ci("theirs", org=other_org, source="import", external_id="ci-9")
    report = imported(row(1, relations=[{"target": "theirs"}, {"target": "ci-9"}, {"target": str(theirs.pk)}]))
    assert [code for _, _, code in faults(report)] == ["unknown_target"] * 3
    theirs.refresh_from_db()
    assert theirs.version == 1


def test_a_cycle_is_imported_and_a_self_loop_told(imported):
    report = imported(
        row(1, relations=[{"target": "ci-2"}, {"target": "ci-1"}]), row(2, relations=[{"target": "ci-1"}])
    )
    assert (faults(report), report.relations_added) == ([(1, "relations", "self")], 2)


def test_a_relation_that_its_source_no_longer_tells_ends_and_one_by_hand_stays(imported, make_ci, administrator):
    make_ci("by-hand")
    imported(row(1), row(2), row(3, relations=[{"target": "ci-1"}, {"target": "ci-2"}]))
    update_ci(actor=administrator, ci="item-3", changes={"depends_on": ["item-1", "item-2", "by-hand"]})
    report = imported(row(3, relations=[{"target": "ci-1"}]))
    assert report.relations_ended == 1
    assert [edge.dependency.name for edge in dependencies_of(find_ci("item-3"))] == ["by-hand", "item-1"]
    assert Dependency.objects.count() == 3


def test_a_row_that_is_silent_about_relations_ends_none(imported):
    imported(row(1), row(2, relations=[{"target": "ci-1"}]))
    assert imported(row(2)).relations_ended == 0
    assert imported(row(2, relations=[])).relations_ended == 1


def test_an_edge_that_returns_is_the_same_row(imported):
    imported(row(1), row(2, relations=[{"target": "ci-1"}]))
    imported(row(2, relations=[]))
    report = imported(row(2, relations=[{"target": "ci-1"}]))
    assert (report.relations_added, Dependency.objects.count()) == (1, 1)
    assert len(dependencies_of(find_ci("item-2"))) == 1


def test_the_number_of_queries_does_not_grow_with_the_rows(imported):
    def queries(count, offset):
        rows = [row(offset + n, relations=[{"target": f"ci-{offset}"}] if n else None) for n in range(count)]
        with CaptureQueriesContext(connection) as captured:
            imported(*rows)
        return len(captured)

    # SQLite takes fewer values in one statement, so that 200 rows are a few statements there.
    assert queries(200, 2_000) <= queries(5, 1_000) + (10 if connection.vendor == "sqlite" else 0)

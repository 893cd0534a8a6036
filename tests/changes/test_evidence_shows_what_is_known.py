"""Evidence: what it gathers, that the same facts hash the same, and that each fact counts."""

import json
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from changes import evidence as evidence_module
from changes.commands import create_change, edit_change, save_template
from changes.commands.freezes import end_freeze
from changes.conflicts import Reason
from changes.evidence import Finding, evidence_of
from orgs.clock import clock_at
from tests.changes.planning import drafted, frozen, planned
from tests.changes.staging import anew, brought_to

pytestmark = pytest.mark.usefixtures("inside")


@pytest.fixture
def database(ci):
    """A database on a host on a switch, with a shop on it."""
    ci("switch-1", kind="switch")
    ci("host-1", kind="host", depends_on=["switch-1"])
    row = ci("db-1", kind="database", criticality="high", depends_on=["host-1"])
    ci("Shop", kind="service", criticality="critical", depends_on=["db-1"])
    return row


@pytest.fixture
def sources(settings):
    """`sources("tests.…")`: who adds findings in this test."""

    def name(*paths):
        settings.ITSM_EVIDENCE_SOURCES = list(paths)
        evidence_module._sources.cache_clear()

    yield name
    evidence_module._sources.cache_clear()


def open_incidents(change, ci_ids):
    """A source as the settings may name one: it says how many items it was asked about."""
    return [
        Finding("incidents", "INC-2", "Slow queries", f"Open, of severity P2, on {len(ci_ids)} items.", ("db-1",)),
        Finding("incidents", "INC-1", "Disk full", "Open, of severity P1."),
    ]


def test_it_holds_all_that_an_approver_should_see(anyone, database):
    frozen(anyone, "Year end", hardness="soft", kinds=["database"])
    other = planned(anyone, "Upgrade", affected_cis=["host-1"])
    found = evidence_of(drafted(anyone, affected_cis=[database], rollback_plan="Restore.", test_plan="Select 1."))
    assert found.conflicts.count(Reason.DEPENDENCY) == 1
    assert found.conflicts.groups[0].conflicts[0].reference == other.reference
    assert [group.reason for group in found.freezes] == [Reason.SOFT_FREEZE]
    assert (found.blast_radius["dependents"], found.blast_radius["highest_criticality"]) == (1, "critical")
    assert (found.rollback_plan, found.test_plan) == ("Restore.", "Select 1.")
    assert [(factor.code, factor.points) for factor in found.risk.factors] == [
        ("criticality", 3),
        ("blast_radius", 1),
        ("no_history", 1),
        ("soft_freeze", 1),
        ("overlap", 1),
    ]
    assert found.risk.level == "medium"


def test_it_is_plain_json_and_tells_freezes_from_other_conflicts(anyone, database):
    frozen(anyone, "Year end", kinds=["database"])
    planned(anyone, "Upgrade", affected_cis=["host-1"])
    data = evidence_of(drafted(anyone, affected_cis=[database])).as_data()
    assert json.loads(json.dumps(data)) == data
    assert [group["reason"] for group in data["freezes"]] == ["hard_freeze"]
    assert [group["reason"] for group in data["conflicts"]] == ["dependency"]
    assert data["freezes"][0]["conflicts"][0]["words"] == "Freeze Year end covers 1 of 1 item."
    assert data["request"]["cis"] == [{"id": str(database.pk), "name": "db-1"}]
    assert data["request"]["scheduled_at"] == "2030-06-03T12:00:00.000000Z"


def test_the_same_facts_hash_the_same_at_another_time(anyone, database):
    change = drafted(anyone, affected_cis=[database])
    with clock_at(datetime(2026, 1, 1, tzinfo=UTC)):
        earlier = evidence_of(change)
    later = evidence_of(anew(change))
    assert earlier.taken_at != later.taken_at
    assert earlier.snapshot_hash == later.snapshot_hash
    assert len(later.snapshot_hash) == 64


def test_each_new_fact_gives_another_hash(anyone, database, ci, sources):
    change = drafted(anyone, affected_cis=[database])
    seen = [evidence_of(change).snapshot_hash]

    def note():
        seen.append(evidence_of(anew(change)).snapshot_hash)

    edit_change(actor=anyone, change=change, changes={"rollback_plan": "Restore."})
    note()
    planned(anyone, "Upgrade", affected_cis=["host-1"])
    note()
    freeze = frozen(anyone, "Year end")
    note()
    ci("Ledger", kind="service", depends_on=["db-1"])
    note()
    sources("tests.changes.test_evidence_shows_what_is_known.open_incidents")
    note()
    end_freeze(actor=anyone, freeze=freeze, why="Over.")
    note()
    assert len(set(seen)) == len(seen)


def test_what_has_nothing_to_do_with_it_changes_nothing(anyone, database, ci):
    change = drafted(anyone, affected_cis=[database])
    before = evidence_of(change).snapshot_hash
    ci("printer-1")
    planned(anyone, "Elsewhere", affected_cis=["printer-1"])
    planned(anyone, "Later", (5, 6), affected_cis=["db-1"])
    frozen(anyone, "Printers", kinds=["printer"])
    assert evidence_of(anew(change)).snapshot_hash == before


def test_sources_are_asked_about_the_items_and_what_those_stand_on(anyone, database, sources):
    sources("tests.changes.test_evidence_shows_what_is_known.open_incidents")
    found = evidence_of(drafted(anyone, affected_cis=[database])).findings
    assert [finding.reference for finding in found] == ["INC-1", "INC-2"]
    assert found[1].words == "Open, of severity P2, on 2 items."


def test_the_outcomes_of_the_last_similar_changes(anyone, org, database, ci):
    failed = brought_to("failed", org, title="First try", affected_cis=["db-1"])
    completed = brought_to("completed", org, title="Second try", affected_cis=["db-1"])
    brought_to("completed", org, title="Elsewhere")
    brought_to("cancelled", org, title="Never", affected_cis=["db-1"])
    found = evidence_of(drafted(anyone, affected_cis=[database]))
    assert [(outcome.reference, outcome.failed) for outcome in found.similar] == [
        (completed.reference, False),
        (failed.reference, True),
    ]
    assert "1 of the last 2 similar changes failed." in [factor.words for factor in found.risk.factors]


def test_changes_of_the_same_template_are_similar(anyone, org, ci):
    template = save_template(actor=anyone, name="Patch", title="Patch a host", rollback_plan="Undo.")
    first = brought_to("completed", org, template=template, type="normal", affected_cis=[ci("host-1")])
    second = create_change(actor=anyone, template=template, affected_cis=[ci("host-2")])
    assert [outcome.reference for outcome in evidence_of(second).similar] == [first.reference]


def test_a_change_of_nothing_has_evidence_too(anyone):
    found = evidence_of(drafted(anyone, window=None))
    assert (found.blast_radius["dependents"], found.similar, found.findings, bool(found.conflicts)) == (
        0,
        (),
        (),
        False,
    )
    assert json.dumps(found.as_data())


def test_the_number_of_queries_does_not_grow(anyone, database, ci):
    def count(change):
        with CaptureQueriesContext(connection) as queries:
            evidence_of(change)
        return len(queries)

    few = count(drafted(anyone, affected_cis=[database]))
    names = [ci(f"web-{number}", depends_on=["db-1"]).name for number in range(6)]
    for name in names:
        planned(anyone, f"Patch {name}", affected_cis=[name])
        frozen(anyone, f"Freeze of {name}", cis=[name])
    assert count(drafted(anyone, affected_cis=[*names, "db-1"])) == few <= 8

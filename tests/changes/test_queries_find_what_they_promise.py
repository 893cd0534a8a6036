from datetime import UTC, datetime
from uuid import UUID

import pytest
import time_machine

from changes.commands import link_record, unlink_record
from changes.queries import (
    ORDERINGS,
    ChangeFilter,
    affected_ids,
    affected_refs,
    changes,
    events_of,
    facets,
    find_change,
)
from orgs.commands import create_team
from orgs.errors import Invalid
from orgs.paging import page_of
from tests.changes.staging import HOUR, anew, brought_to, drafted, pending, ready, somebody

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
PROBLEM = UUID(int=7)


def found(**wanted):
    return {row.title for row in changes(ChangeFilter(**wanted))}


@pytest.fixture
def two(org, anyone, ci, inside):
    """Two drafts that differ in everything that can be asked for."""
    team = create_team(actor=anyone, org=org, name="Network")
    with time_machine.travel(NOON, tick=False):
        one = drafted(
            anyone,
            "Replace the switch",
            affected_cis=[ci("switch-1")],
            scheduled_at=NOON + HOUR,
            scheduled_end=NOON + 3 * HOUR,
            assigned_to="network",
            source="drift",
            rollback_plan="Swap",
            test_plan="Ping",
        )
    with time_machine.travel(NOON + HOUR, tick=False):
        two = drafted(somebody(org), "Patch the hosts", type="emergency", affected_cis=[ci("db-1")], risk="high")
    return one, two, team


@pytest.mark.parametrize(
    "wanted",
    [
        {"types": ["normal"]},
        {"risks": ["low", "medium"]},
        {"sources": ["drift"]},
        {"assigned_to": ["NETWORK", "storage"]},
        {"scheduled_after": NOON + HOUR},
        {"scheduled_before": NOON + 2 * HOUR},
        {"overlaps_from": NOON + 2 * HOUR, "overlaps_to": NOON + 9 * HOUR},
        {"created_before": NOON + HOUR},
        {"q": "switch repl"},
        {"q": "crq-20260301-001"},
    ],
    ids=str,
)
def test_a_filter_lets_through_what_it_names(wanted, two):
    assert found(**wanted) == {"Replace the switch"}


def test_so_do_those_that_name_records(two):
    one, other, team = two
    assert found(team=team.pk) == found(ci=affected_ids(one)[0]) == {one.title}
    assert found(requester=other.requester_id) == found(created_after=NOON + HOUR) == {other.title}
    assert found() == found(statuses=["draft"]) == {one.title, other.title}
    assert (
        found(statuses=["approved"]) == found(q="nothing of it") == found(q="\0") == found(sources=["\ud800"]) == set()
    )
    assert found(overlaps_from=NOON + 3 * HOUR, overlaps_to=NOON + 9 * HOUR) == set(), "a window ends before its end"


def test_marks_find_what_is_owed(org, anyone, inside):
    failed, running = brought_to("failed", org), brought_to("in_progress", org)
    marked = {mark: {row.pk for row in changes(ChangeFilter(mark=mark))} for mark in ("review_due", "unfinished")}
    assert marked == {"review_due": {failed.pk}, "unfinished": {running.pk}}


def test_a_mark_that_is_none_is_refused(inside):
    with pytest.raises(Invalid):
        changes(ChangeFilter(mark="overdue"))


def test_facets_count_what_another_choice_would_show(two):
    counted = facets(ChangeFilter(types=["normal"]))
    assert counted["type"] == {"normal": 1, "emergency": 1}
    assert counted["source"] == {"drift": 1}
    assert counted["risk"] == {"low": 1}
    assert counted["team"] == {str(two[2].pk): 1}


@pytest.mark.parametrize("order", ORDERINGS)
def test_every_order_is_read_on_page_by_page(order, anyone, inside):
    for number in range(5):
        ready(anyone, title=f"Change {number}")
    drafted(anyone, "Without a window")
    columns = ORDERINGS[order]
    fields = ["pk", *(column.name for column in columns)]
    seen, cursor = [], ""
    while True:
        page = page_of(changes(), order=order, columns=columns, fields=fields, cursor=cursor, size=2)
        seen += [row["pk"] for row in page.rows]
        if not (cursor := page.next_cursor):
            break
    whole = changes().order_by(*(column.order() for column in columns)).values_list("pk", flat=True)
    assert seen == list(whole)
    assert len(set(seen)) == 6


def test_a_change_is_found_by_its_names(anyone, inside, ci):
    row = drafted(anyone, affected_cis=[ci("b"), ci("a")])
    for ident in (row, row.pk, str(row.pk), row.reference, row.reference.lower()):
        assert find_change(ident) == row
    assert [ref["name"] for ref in affected_refs(row)] == ["a", "b"]
    assert affected_refs(drafted(anyone)) == []


def test_a_stream_is_read_from_where_one_stopped(anyone, inside):
    row = pending(anyone)
    assert [event.type for event in events_of(row)] == ["CHANGE_CREATED", "CHANGE_SUBMITTED"]
    assert [event.seq for event in events_of(row, after=1)] == [2]
    assert [event.seq for event in events_of(row, limit=1)] == [1]


def test_links_are_noted_once_and_taken_off(anyone):
    row = drafted(anyone)
    link = {"kind": "fixes", "record_type": "problem", "reference": "PRB-20260101-001", "title": "Disks fill up"}
    for _ in range(2):
        row = link_record(actor=anyone, change=row, record_id=PROBLEM, **link)
    assert row.links == [
        {
            "kind": "fixes",
            "record": "problem",
            "record_id": str(PROBLEM),
            "reference": "PRB-20260101-001",
            "title": "Disks fill up",
        }
    ]
    for _ in range(2):
        row = unlink_record(actor=anyone, change=row, kind="fixes", record_id=PROBLEM)
    assert (anew(row).links, row.version) == ([], 3)
    for bad in ({"record_type": "poem"}, {"kind": ""}, {"record_id": row.pk}):
        with pytest.raises(Invalid):
            link_record(**({"actor": anyone, "change": row, "record_id": PROBLEM} | link | bad))

"""Lists are cut by keyset: every row once, in order, whatever is inserted meanwhile."""

import re

import pytest

from incidents.commands import create_incident, update_incident
from incidents.models import Incident
from orgs.actor import Actor
from tests.api.conftest import fields

ORDERS = {
    "-created_at": lambda row: (row.created_at, row.pk),
    "-updated_at": lambda row: (row.updated_at, row.pk),
}


@pytest.fixture
def rows(org):
    actor = Actor.system(org.pk, "test")
    made = [
        create_incident(actor=actor, title=f"Number {n}", severity=f"P{n % 4 + 1}", service_name=f"s{n % 3}")
        for n in range(25)
    ]
    for row in made[::3]:
        update_incident(actor=actor, incident=row, changes={"title": f"{row.title} again"})
    return list(Incident.all_orgs_unsafe.all())


def pages(caller, address, limit=7):
    """Every page of a list, by the cursor in the body or the header."""
    found, cursor = [], ""
    while True:
        joint = "&" if "?" in address else "?"
        answer = caller.get(f"{address}{joint}limit={limit}{f'&cursor={cursor}' if cursor else ''}")
        assert answer.status_code == 200, answer.content
        shown = answer.json()
        found.append(shown if isinstance(shown, list) else shown.get("items") or shown.get("incidents") or [])
        link = re.search(r"[?&]cursor=([^&>]+).*rel=\"next\"", answer.headers.get("Link", ""))
        cursor = link.group(1) if link else ""
        if isinstance(shown, dict):
            assert bool(shown.get("next_cursor") or shown.get("nextCursor")) == bool(cursor)
        if not cursor:
            return found


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("sign", [1, -1])
def test_each_row_comes_once_and_in_order(order, sign, caller, rows):
    name = order if sign == 1 else order[1:]
    found = [row["id"] for page in pages(caller, f"/itsm/incidents?ordering={name}") for row in page]
    expected = sorted(rows, key=ORDERS[order], reverse=sign == 1)
    assert found == [str(row.pk) for row in expected]


@pytest.mark.parametrize("name", ["severity", "-severity"])
def test_by_severity_the_newest_first(name, caller, rows):
    found = [row for page in pages(caller, f"/itsm/incidents?ordering={name}", limit=4) for row in page]
    assert len({row["id"] for row in found}) == 25
    keys = [(row["severity"], row["created_at"]) for row in found]
    newest_first = sorted(sorted(keys, key=lambda key: key[1], reverse=True), key=lambda key: key[0])
    assert keys == (newest_first if name == "severity" else newest_first[::-1])


@pytest.mark.parametrize(
    ("sort", "order"), [(s, o) for s in ("createdAt", "updatedAt", "severity") for o in ("asc", "desc")]
)
def test_the_organisations_dialect_sorts_alike(sort, order, caller, org, rows):
    column = {"createdAt": "created_at", "updatedAt": "updated_at", "severity": "severity"}[sort]
    here = pages(caller, f"/api/orgs/{org.slug}/incidents?sort={sort}&order={order}")
    there = pages(caller, f"/itsm/incidents?ordering={'-' if order == 'desc' else ''}{column}")
    assert [row["id"] for page in here for row in page] == [row["id"] for page in there for row in page]


def test_what_is_inserted_meanwhile_moves_nothing(caller, org, rows):
    first = caller.get("/api/v1/incidents?limit=10")
    cursor = re.search(r"cursor=([^&>]+)", first.headers["Link"]).group(1)
    create_incident(actor=Actor.system(org.pk, "test"), title="Meanwhile", severity="P1")
    second = caller.get(f"/api/v1/incidents?limit=10&cursor={cursor}").json()
    seen = [row["incident_id"] for row in (*first.json(), *second)]
    expected = sorted(rows, key=ORDERS["-created_at"], reverse=True)[:20]
    assert seen == [row.reference for row in expected]


def test_fifty_unless_told(caller, org):
    actor = Actor.system(org.pk, "test")
    for n in range(51):
        create_incident(actor=actor, title=f"Number {n}", severity="P3")
    assert len(caller.get("/api/v1/incidents").json()) == 50
    assert len(caller.get("/api/v1/incidents?limit=200").json()) == 51


def test_the_link_keeps_the_filters(caller, rows):
    answer = caller.get("/api/v1/incidents?limit=2&severity=SEV1&severity=SEV2&status=OPEN")
    address = re.search(r"<(.+)>", answer.headers["Link"]).group(1)
    assert address.startswith("http://testserver/api/v1/incidents?limit=2&severity=SEV1&severity=SEV2&status=OPEN&")


def test_a_cursor_fits_its_own_list_only(caller, org, rows):
    cursor = caller.get("/itsm/incidents?limit=2").json()["next_cursor"]
    assert fields(caller.get(f"/itsm/incidents?limit=2&ordering=updated_at&cursor={cursor}")) == {"cursor": "invalid"}
    assert fields(caller.get(f"/itsm/cis?cursor={cursor}")) == {"cursor": "invalid"}
    for broken in (cursor[:-1], cursor[1:], cursor + "A", cursor.swapcase(), cursor[::-1]):
        assert fields(caller.get(f"/itsm/incidents?limit=2&cursor={broken}")) == {"cursor": "invalid"}


def test_events_are_paged_in_their_order(caller, org, rows):
    row = rows[0]
    for n in range(7):
        update_incident(actor=Actor.system(org.pk, "test"), incident=row.pk, changes={"title": f"Title {n}"})
    address = f"/api/orgs/{org.slug}/incidents/{row.reference}/events"
    seen, cursor = [], ""
    while True:
        shown = caller.get(f"{address}?limit=3{f'&cursor={cursor}' if cursor else ''}").json()
        seen += [event["seq"] for event in shown["events"]]
        cursor = shown["nextCursor"]
        if not cursor:
            break
    assert seen == list(range(1, len(seen) + 1))
    assert len(seen) >= 8

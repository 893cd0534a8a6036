"""Pages stay within their budget of bytes and of queries, however much there is."""

import gzip
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from incidents import commands
from orgs.tenancy import org_scope

KIB = 1024
FIRST_LOAD = 60 * KIB
LIST = 15 * KIB
DETAIL = 20 * KIB


def packed(content: bytes) -> int:
    return len(gzip.compress(content, 6))


@pytest.fixture
def full_list(world):
    """More incidents than a page holds, each unlike the others."""
    with org_scope(world.org):
        for number in range(55):
            commands.create_incident(
                actor=world.actor,
                title=f"Something number {number * 7919} is wrong with a service that has a rather long name",
                severity=f"P{number % 4 + 1}",
                service_name=f"service-{number * 31}",
                affected_cis=["checkout"],
                assigned_to="Payments" if number % 3 else "",
            )


def test_the_first_load_weighs_less_than_sixty_kilobytes(full_list, ada):
    page = ada.get("/incidents").content
    total = packed(page)
    for path in re.findall(r'(?:href|src)="/static/([^"#]+)"', page.decode()):
        found = finders.find(path)
        assert found, path
        total += packed(Path(found).read_bytes())
    total += packed(Path(finders.find("img/icons.svg")).read_bytes())
    assert total < FIRST_LOAD


def test_a_full_list_weighs_less_than_fifteen_kilobytes(full_list, ada):
    for path in ("/", "/incidents", "/cis", "/alerts", "/alerts/inbox"):
        assert packed(ada.get(path).content) < LIST, path


def test_a_record_with_a_hundred_events_weighs_less_than_twenty_kilobytes(world, ada):
    row = world.incidents["open"]
    with org_scope(world.org):
        for number in range(100):
            commands.add_note(actor=world.actor, incident=row.pk, text=f"Note {number * 7919} about *something*.")
    assert packed(ada.get(f"/incidents/{row.reference}").content) < DETAIL


# With nothing remembered; the session, the person, their organisations and their membership take five of them.
QUERIES = {"/": 18, "/incidents": 21, "/cis": 14, "/alerts": 13, "/alerts/inbox": 13}


@pytest.mark.parametrize("path", QUERIES)
def test_a_list_asks_as_often_for_many_rows_as_for_few(full_list, ada, django_assert_max_num_queries, path):
    with django_assert_max_num_queries(QUERIES[path]):
        ada.get(path)


def test_pages_are_sent_packed_to_whom_can_unpack_them(world, ada):
    packed_page = ada.get("/incidents", headers={"Accept-Encoding": "gzip"})
    assert packed_page["Content-Encoding"] == "gzip"
    assert b"<title>Incidents" in gzip.decompress(packed_page.content)
    assert "Content-Encoding" not in ada.get("/incidents")


def test_a_list_that_nothing_happened_to_is_not_counted_again(full_list, ada, django_assert_max_num_queries):
    ada.get("/incidents")
    with django_assert_max_num_queries(8):
        ada.get("/incidents")

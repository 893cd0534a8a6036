"""Alerts find their configuration item by its name, and by the names and addresses that it goes by."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cmdb.commands import update_ci
from cmdb.queries import match_names


def matched(*names):
    return {name: ci.name for name, ci in match_names(names).items()}


@pytest.fixture
def host(scope, make_ci):
    return make_ci(
        "Orders-Web-01",
        attributes={
            "fqdn": "orders-web-01.fra1.example.net.",
            "hostname": "ow01",
            "ip": "10.20.4.17/24",
            "addresses": ["10.9.0.1", "2001:db8::7"],
            "aliases": ["orders frontend"],
        },
    )


@pytest.mark.parametrize(
    "name",
    [
        "orders-web-01",
        "ORDERS-WEB-01",
        "orders-web-01:9100",
        "orders-web-01.fra1.example.net",
        "Orders-Web-01.fra1.example.net.",
        "ow01",
        "ow01:443",
        "10.20.4.17",
        "10.20.4.17:9100",
        "10.9.0.1",
        "2001:db8::7",
        "[2001:db8::7]:9100",
        "Orders Frontend",
    ],
)
def test_a_host_is_found_under_every_name_it_goes_by(host, name):
    assert matched(name) == {name: "Orders-Web-01"}


@pytest.mark.parametrize(
    "name", ["", " ", "orders-web-1", "10.20.4.1", "orders", ":9100", "\x00", "\ud800", "x" * 9_000]
)
def test_what_nobody_is_called_is_left_out(host, name):
    assert matched(name) == {}


def test_many_names_are_one_query(host, make_ci):
    make_ci("db-1")
    with CaptureQueriesContext(connection) as queries:
        found = matched("ow01", "db-1", *(f"unknown-{number}" for number in range(500)))
    assert found == {"ow01": "Orders-Web-01", "db-1": "db-1"}
    assert len(queries) == 1


def test_a_name_goes_before_somebody_elses_attribute(scope, make_ci):
    make_ci("proxy", attributes={"hostname": "web-1"})
    make_ci("web-1")
    assert matched("web-1") == {"web-1": "web-1"}


def test_a_key_that_two_items_share_means_neither(scope, make_ci):
    make_ci("node-a", attributes={"ip": "10.0.0.1"})
    make_ci("node-b", attributes={"ip": "10.0.0.1"})
    assert matched("10.0.0.1", "node-a") == {"node-a": "node-a"}


def test_a_retired_item_is_not_found_and_leaves_its_address_to_its_successor(scope, make_ci, administrator):
    old = make_ci("old", attributes={"ip": "10.0.0.1"})
    make_ci("new", attributes={"ip": "10.0.0.1"})
    update_ci(actor=administrator, ci=old, changes={"status": "retired"})
    assert matched("old", "10.0.0.1") == {"10.0.0.1": "new"}


def test_another_organisations_item_is_not_found(scope, make_ci, other_org):
    make_ci("theirs", org=other_org, attributes={"ip": "10.0.0.1"})
    assert matched("theirs", "10.0.0.1") == {}


def test_an_item_with_very_many_addresses_keeps_a_bounded_number_of_keys(scope, make_ci):
    ci = make_ci("big", attributes={"addresses": [f"10.0.{n}.1" for n in range(250)]})
    assert ci.lookup_keys.count() == 32


def test_attributes_that_are_no_texts_make_no_keys(scope, make_ci):
    ci = make_ci("odd", attributes={"ip": 7, "fqdn": {"a": 1}, "hostname": None, "addresses": [None, 3, "", "x" * 700]})
    assert [key.key for key in ci.lookup_keys.all()] == ["odd"]

import json

import pytest

from integrations.intake.drain import drain
from integrations.models import Alert, InboxItem
from orgs.roles import Role

DEEP = 100_000


def with_member(name, value):
    return json.dumps({"title": "x", name: value}).encode()


# RELIABILITY 4a. Of each: the body, and what our own format answers; Alertmanager's intake takes every one of them.
BODIES = {
    "A1 empty": (b"", 400),
    "A2 null": (b"null", 400),
    "A3 list": (b"[]", 400),
    "A4 text": (b'"x"', 400),
    "A5 number": (b"0", 400),
    "A6 empty object": (b"{}", 400),
    "A7 cut off": (b'{"a":', 400),
    "A8 trailing comma": (b'{"title": "x",}', 400),
    "A9 byte order mark": (b'\xef\xbb\xbf{"title": "x"}', 202),
    "A10 not UTF-8": (b'{"title": "\xff\xfe"}', 400),
    "A11 UTF-16": ('{"title": "x"}'.encode("utf-16"), 400),
    "A17 many form fields": (b"&".join(b"a%d=1" % number for number in range(2000)), 400),
    "A18 a form that holds JSON": (b"payload=%7B%22title%22%3A%22x%22%7D", 400),
    "A19 duplicate names": (b'{"title": "x", "severity": "P4", "severity": "P1"}', 400),
    "A20 names that differ by case": (b'{"title": "x", "Severity": "P1", "severity": "P4"}', 202),
    "A21 NUL in a value": (b'{"title": "a\\u0000b"}', 202),
    "A22 NUL in a name": (b'{"title": "x", "labels": {"a\\u0000": "b"}}', 202),
    "A23 lone surrogate": (b'{"title": "a\\ud800b"}', 202),
    "A24 NaN": (b'{"title": "x", "a": NaN}', 400),
    "A25 Infinity": (b'{"title": "x", "a": -Infinity}', 400),
    "A26 beyond a float": (b'{"title": "x", "a": 1e999}', 400),
    "A27 integer of 5,000 digits": (b'{"title": "x", "a": ' + b"9" * 5000 + b"}", 400),
    "A28 beyond 64 bits": (with_member("a", 2**63), 202),
    "A29 minus zero": (b'{"title": "x", "timestamp": -0}', 202),
    "A31 33 levels": (b'{"title": "x", "a": ' + b"[" * 33 + b"]" * 33 + b"}", 400),
    "A32 3,000 levels": (b'{"title": "x", "a": ' + b"[" * 3000 + b"]" * 3000 + b"}", 400),
    "A33 100,000 levels": (b'{"a":' * DEEP + b"1" + b"}" * DEEP, 400),
    "A34 200,000 names": (
        json.dumps({"title": "x", "labels": dict.fromkeys(map(str, range(200_000)), "")}).encode(),
        400,
    ),
    "A35 10,001 alerts": (json.dumps({"alerts": [{"title": "x"}] * 10_001}).encode(), 400),
    "A36 text of 2 MiB": (with_member("message", "x" * 2 * 1024 * 1024), 202),
    "A37 more than 1 MiB": (b'{"title": "x"}'.ljust(1_048_577), 202),
    "A41 event_id is an object": (with_member("event_id", {}), 400),
    "A41 event_id is a list": (with_member("event_id", []), 400),
    "A41 event_id is true": (with_member("event_id", True), 400),
    "A41 event_id of 300": (with_member("event_id", "e" * 300), 400),
    "A41 event_id is blank": (with_member("event_id", "  "), 202),
    "A42 dedup_key of 10 KiB": (with_member("dedup_key", "k" * 10_240), 400),
    "A42 dedup_key is a number": (with_member("dedup_key", 7), 400),
    "A50 year 1": (with_member("timestamp", "0001-01-01T00:00:00Z"), 202),
    "A50 year 1 in the east": (with_member("timestamp", "0001-01-01T00:00:00+14:00"), 202),
    "A50 year 9999": (with_member("timestamp", "9999-12-31T23:59:59Z"), 202),
    "A50 beyond the calendar": (with_member("timestamp", "9999-12-31T23:59:59-10:00"), 400),
    "A50 before 1970": (with_member("timestamp", "1969-12-31T23:59:59Z"), 400),
    "A50 year -1": (with_member("timestamp", "-001-01-01T00:00:00Z"), 400),
    "A50 milliseconds": (with_member("timestamp", 10**18), 400),
    "A50 a negative number": (with_member("timestamp", -1), 400),
    "A51 30 February": (with_member("timestamp", "2026-02-30T00:00:00Z"), 400),
    "A51 hour 25": (with_member("timestamp", "2026-02-20T25:00:00Z"), 400),
    "A51 leap second": (with_member("timestamp", "2026-06-30T23:59:60Z"), 400),
    "A51 no zone": (with_member("timestamp", "2026-02-20T12:00:00"), 400),
    "A51 zone +99:99": (with_member("timestamp", "2026-02-20T12:00:00+99:99"), 400),
    "A52 long ago": (with_member("timestamp", "2020-01-01T00:00:00Z"), 202),
    "A52 the future": (with_member("timestamp", "2099-01-01T00:00:00Z"), 202),
    "A53 severity with a line break": (with_member("severity", "critical\n"), 202),
    "A53 severity P0": (with_member("severity", "P0"), 202),
    "A53 severity is a picture": (with_member("severity", "🔥"), 202),
    "A53 severity in Cyrillic": (with_member("severity", "Р1"), 202),
    "A54 1,000 labels": (with_member("labels", dict.fromkeys(map(str, range(1000)), "v")), 202),
    "A55 labels named like columns": (
        with_member("labels", dict.fromkeys(("__proto__", "id", "org_id", "pk"), "1")),
        202,
    ),
    "A56 templates": (with_member("message", "${jndi:ldap://x} {{7*7}} {0.__class__} %s %(x)s"), 202),
    "A57 line breaks and escapes": (with_member("message", "a\r\nERROR fake\x1b[31m\u2028\u202e"), 202),
    "A58 combining marks": (json.dumps({"title": "e" + "\u0301" * 100_000}).encode(), 202),
    "A59 markup": (json.dumps({"title": "<script>alert(1)</script>", "url": "javascript:alert(1)"}).encode(), 202),
    "A60 odd addresses": (with_member("url", "file:///etc/passwd"), 202),
    "a title that cannot be seen": (b'{"title": "\\u200b"}', 202),
    "a title that is blank": (b'{"title": "  "}', 400),
}


@pytest.fixture
def post(client, key_with):
    token = key_with(Role.MEMBER)

    def send(source, raw, content_type="application/json"):
        path = f"/api/v1/webhooks/alerts/{source}"
        return client.generic("POST", path, raw, content_type, headers={"Authorization": f"Bearer {token}"})

    return send


@pytest.mark.parametrize("name", BODIES)
def test_our_own_format_names_what_is_wrong_or_takes_it(post, name):
    raw, expected = BODIES[name]

    response = post("generic", raw)

    assert response.status_code == expected, response.content
    if expected == 400:
        assert response["Content-Type"] == "application/problem+json"
        assert all(error["field"] and error["message"] for error in response.json()["errors"])
        assert not InboxItem.all_orgs_unsafe.exists()
    else:
        drain()
        assert InboxItem.all_orgs_unsafe.get().state == "done"
        assert Alert.all_orgs_unsafe.count() == 1


@pytest.mark.parametrize("name", BODIES)
def test_alertmanagers_intake_keeps_every_body_and_shows_what_it_cannot_read(post, name):
    response = post("alertmanager", BODIES[name][0])
    drain()

    assert response.status_code == 202
    item = InboxItem.all_orgs_unsafe.get()
    assert item.state == "quarantined", item.outcome
    assert item.error
    assert bytes(item.raw) == BODIES[name][0]
    assert not Alert.all_orgs_unsafe.exists()


@pytest.mark.parametrize("name", BODIES)
def test_pagerdutys_intake_refuses_in_its_own_words(post, name):
    response = post("pagerduty", BODIES[name][0])

    assert response.status_code in (400, 413)
    assert response.json()["status"] == "invalid event"


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain; charset=UTF-8",
        "application/x-www-form-urlencoded",
        "application/json; charset=utf-7",
        "application/json; charset=unicode_escape",
        "application/json; charset=zlib_codec",
        "multipart/form-data; boundary=x",
        "image/png",
    ],
)
@pytest.mark.parametrize("source", ["generic", "alertmanager"])
def test_the_content_type_decides_nothing(post, source, content_type):
    body = {"generic": b'{"title": "x"}', "alertmanager": b'{"alerts": []}'}[source]

    assert post(source, body, content_type).status_code == 202
    drain()
    assert InboxItem.all_orgs_unsafe.get().state == "done"


def test_every_bad_field_of_every_alert_is_named_at_once(post):
    body = {"alerts": [{"title": "ok"}, {"title": ["no"], "severity": 1, "labels": {"a": 1}}, 7, {"status": "maybe"}]}

    response = post("generic", json.dumps(body).encode())

    assert [error["field"] for error in response.json()["errors"]] == [
        "alerts[1].title",
        "alerts[1].severity",
        "alerts[1].labels.a",
        "alerts[2]",
        "alerts[3].title",
        "alerts[3].status",
    ]

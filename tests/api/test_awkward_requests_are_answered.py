"""List E of the reliability page over every endpoint that it concerns."""

import re
from uuid import UUID

import pytest

from api.base.fields import Text, Word
from tests.api import awkward_requests as data
from tests.api.conftest import fields
from tests.api.routes import PRIVATE, UNSAFE

BY_ID = [pytest.param(route, id=route.id) for route in PRIVATE]


def body_of(route):
    return (route.operation.body_example or {}) if route.unsafe else None


@pytest.mark.parametrize("route", [route for route in BY_ID if route.values[0].parts])
def test_what_is_no_id_names_nothing(route, caller, world):
    for part in route.parts:
        for ident in data.IDENTS:
            address = route.address(world.parts() | {part: ident})
            answer = caller.send(route.method.upper(), address, body_of(route))
            assert answer.status_code == 404, (part, ident, answer.content)
            assert answer.headers["Content-Type"] == "application/problem+json"


def test_an_id_may_be_written_in_capitals(caller, world):
    ident = str(world.incident.pk).upper()
    assert caller.get(f"/itsm/incidents/{ident}").status_code == 200
    assert caller.get(f"/itsm/incidents/{world.incident.reference.lower()}").status_code == 200


@pytest.mark.parametrize(
    ("route", "name"),
    [
        pytest.param(route, name, id=f"{route.id} {name}")
        for route in UNSAFE
        if route.operation.body
        for name, field in route.operation.body().fields.items()
        if isinstance(field, Text) and field.visible
    ],
)
def test_a_text_that_must_show_something_does(route, name, caller, world):
    longest = route.operation.body().fields[name].max_length
    for title in (*data.TITLES[:-1], "x" * (longest + 1)):
        body = {**route.operation.body_example, name: title}
        answer = caller.send(route.method.upper(), route.address(world.parts()), body)
        assert answer.status_code == 400, (title, answer.content)
        assert name in fields(answer)


@pytest.mark.parametrize(
    ("route", "name"),
    [
        pytest.param(route, name, id=f"{route.id} {name}")
        for route in UNSAFE
        if route.operation.body
        for name, field in route.operation.body().fields.items()
        if isinstance(field, Word)
    ],
)
def test_words_are_spelt_exactly(route, name, caller, world):
    for word in [*route.operation.body().fields[name].means, "P0", "р1"]:
        for wrong in {word.swapcase(), f"{word} ", f"{word}\n", word + "\u0301"} - {word}:
            body = {**route.operation.body_example, name: wrong}
            answer = caller.send(route.method.upper(), route.address(world.parts()), body)
            assert fields(answer)[name] == "invalid_choice", wrong


VERSIONED = [route for route in BY_ID if route.values[0].operation.versioned]


@pytest.mark.parametrize("route", VERSIONED)
def test_a_stale_or_broken_version_is_refused(route, caller, world):
    record = next(getattr(world, part.removesuffix("_id")) for part in route.parts if part != "org_id")
    for header, status in data.IF_MATCH:
        if status == 200:
            continue
        shown = header.replace("7", str(record.version)).replace("6", "0").replace("8", str(record.version + 1))
        answer = caller.send(
            route.method.upper(), route.address(world.parts()), route.operation.body_example, if_match=shown
        )
        assert answer.status_code == status, (shown, answer.content)
    assert type(record).all_orgs_unsafe.get(pk=record.pk).version == record.version


@pytest.mark.parametrize("route", VERSIONED)
@pytest.mark.parametrize("header", ["*", "present"])
def test_the_present_version_is_taken(route, header, caller, world):
    record = next(getattr(world, part.removesuffix("_id")) for part in route.parts if part != "org_id")
    shown = f'"{record.version}"' if header == "present" else header
    answer = caller.send(
        route.method.upper(), route.address(world.parts()), route.operation.body_example, if_match=shown
    )
    assert answer.status_code < 300, answer.content
    assert int(answer.headers["ETag"].strip('"')) >= record.version


@pytest.mark.parametrize("route", [route for route in BY_ID if route.values[0].unsafe])
def test_a_key_that_is_none_is_refused(route, caller, world):
    for key in data.IDEMPOTENCY_KEYS:
        answer = caller.send(route.method.upper(), route.address(world.parts()), body_of(route), idempotency_key=key)
        assert fields(answer) == {"Idempotency-Key": "invalid"}, key


@pytest.mark.parametrize("route", BY_ID)
def test_whoever_takes_no_json_is_told_so(route, caller, world):
    for accept in data.UNACCEPTABLE:
        answer = caller.send(route.method.upper(), route.address(world.parts()), body_of(route), accept=accept)
        assert answer.status_code == 406, accept
        assert answer.json()["code"] == "not_acceptable"


@pytest.mark.parametrize("accept", data.ACCEPTED)
def test_whoever_takes_json_gets_it(accept, caller, world):
    assert caller.get("/itsm/incidents", accept=accept).status_code == 200


@pytest.mark.parametrize("query", data.QUERIES_REFUSED)
def test_a_bad_query_names_its_fault(query, caller, world):
    answer = caller.get(f"/itsm/incidents?{query}")
    assert answer.status_code == 400
    assert fields(answer)


@pytest.mark.parametrize("query", data.QUERIES_TAKEN)
def test_a_strange_query_is_taken_literally(query, caller, world):
    assert caller.get(f"/itsm/incidents?{query}").status_code == 200


def test_a_hundredfold_query_is_refused(caller, world):
    answer = caller.get("/itsm/incidents?" + "&".join(f"p{n}=1" for n in range(2_000)))
    assert answer.status_code == 400


def test_a_request_id_is_returned_or_made(caller, world):
    assert caller.get("/itsm/incidents", x_request_id="abc-123").headers["X-Request-ID"] == "abc-123"
    made = caller.get("/itsm/incidents", x_request_id="a b\r\n").headers["X-Request-ID"]
    assert UUID(made)


def test_the_request_id_stands_on_the_event_and_in_the_refusal(caller, world):
    address = f"/itsm/incidents/{world.incident.reference}"
    caller.patch(address, {"status": "in_progress"}, x_request_id="here-1")
    events = caller.get(f"/api/orgs/{world.org.slug}/incidents/{world.incident.reference}/events").json()["events"]
    assert events[-1]["requestId"] == "here-1"
    assert caller.patch(address, {"nothing": 1}, x_request_id="here-2").json()["request_id"] == "here-2"


def test_an_address_that_does_not_exist_is_a_problem(caller):
    for address in ("/api/v1/nothing", "/itsm/nothing", "/itsm/incidents/", "/api/orgs"):
        answer = caller.get(address)
        assert answer.status_code == 404
        assert answer.headers["Content-Type"] == "application/problem+json"


def test_nothing_is_kept_by_caches(caller, world):
    assert caller.get("/itsm/incidents").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "route", [route for route in BY_ID if route.values[0].method == "get" and re.search(r"_id}$", route.values[0].path)]
)
def test_every_record_answers_a_tag_that_stays_while_it_does(route, caller, world):
    address = route.address(world.parts())
    tag = caller.get(address).headers["ETag"]
    assert re.fullmatch(r'"[0-9a-f]+"', tag)
    assert caller.get(address).headers["ETag"] == tag

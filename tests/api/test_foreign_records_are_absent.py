"""Q1: another organisation's record is answered exactly as one that never was, in every address, body, filter and list."""

import json
import re
from uuid import uuid4

import pytest

from api.base.fields import Many, RecordName, Text
from api.base.parameters import Phrase, Words
from tests.api.conftest import Caller
from tests.api.routes import LISTS, PRIVATE, UNSAFE

pytestmark = pytest.mark.once

REQUEST = "00000000-0000-4000-8000-00000000000a"


def absent(part):
    """A name of this part's kind that nothing bears."""
    return {
        "org_id": ["nobody-here", str(uuid4())],
        "incident_id": [str(uuid4()), "INC-20200101-999"],
        "problem_id": [str(uuid4()), "PRB-20200101-999"],
        "ci_id": [str(uuid4()), "no-such-item"],
        "alert_id": [str(uuid4())],
        "item_id": [str(uuid4())],
    }[part]


def sent(caller, route, parts, body=None, query=""):
    data = (body if body is not None else route.operation.body_example or {}) if route.unsafe else None
    return caller.send(route.method.upper(), route.address(parts) + query, data, x_request_id=REQUEST)


def told(answer, *names):
    """Status, headers and body, with the names that were asked for taken out."""
    text = answer.content.decode()
    for name in names:
        text = text.replace(json.dumps(name)[1:-1], "NAME")
    headers = {name: value for name, value in answer.headers.items() if name != "Content-Length"}
    return answer.status_code, headers, text


PARTS = [pytest.param(route, part, id=f"{route.id} {part}") for route in PRIVATE for part in route.parts]


@pytest.mark.parametrize(("route", "part"), PARTS)
def test_in_the_address(route, part, caller, world, foreign):
    for theirs, none in zip(foreign.names()[part], absent(part), strict=True):
        one = sent(caller, route, world.parts() | {part: theirs})
        other = sent(caller, route, world.parts() | {part: none})
        assert one.status_code == 404, one.content
        assert told(one, theirs) == told(other, none)
        assert foreign.marker not in one.content.decode()


def _naming_fields():
    """Every field of every body that may name another record."""
    for route in UNSAFE:
        if route.operation.body is None:
            continue
        for name, field in route.operation.body().fields.items():
            child = field.child if isinstance(field, Many) else field
            if isinstance(child, RecordName) or (isinstance(child, Text) and re.search("(?i)project|team", name)):
                yield pytest.param(route, name, isinstance(field, Many), id=f"{route.id} {name}")


@pytest.mark.parametrize(("route", "name", "many"), list(_naming_fields()))
def test_in_the_body(route, name, many, caller, world, foreign):
    theirs = [str(foreign.ci.pk), foreign.ci.name, str(foreign.project.pk), foreign.project.slug]
    theirs += [str(foreign.team.pk), foreign.team.slug]
    theirs += [str(foreign.incident.pk), foreign.incident.reference, str(foreign.problem.pk)]
    answers = set()
    for value in (*theirs, str(uuid4()), "no-such-name"):
        body = {**(route.operation.body_example or {}), name: [value] if many else value}
        answer = sent(caller, route, world.parts(), body)
        if answer.status_code < 300:
            # Free text where no record matches: it is kept as it is and resolves to nothing.
            shown = answer.json()
            assert foreign.marker not in answer.content.decode()
            assert str(foreign.team.pk) not in json.dumps({k: v for k, v in shown.items() if k != name})
            continue
        answers.add((answer.status_code, told(answer, value)[2]))
    assert len(answers) <= 1, answers


FILTERS = [
    pytest.param(route, name, id=f"{route.id} {name}")
    for route in PRIVATE
    for name, parameter in route.operation.query.items()
    if isinstance(parameter, Phrase) and name != "cursor"
]


@pytest.mark.parametrize(("route", "name"), FILTERS)
def test_in_a_filter(route, name, caller, world, foreign):
    answers = set()
    theirs = [value for values in foreign.names().values() for value in values]
    theirs += [foreign.incident.title, foreign.incident.environment, foreign.project.slug, foreign.team.slug]
    for value in (*theirs, str(uuid4()), "no-such-name"):
        answer = sent(caller, route, world.parts(), query=f"?{name}={value}")
        answers.add((answer.status_code, re.sub(r'"request_id":"[^"]*"', "", told(answer, value)[2])))
        assert foreign.marker not in answer.content.decode()
    assert len(answers) == 1, answers


@pytest.mark.parametrize("route", [pytest.param(route, id=route.id) for route in LISTS])
def test_in_a_list(route, caller, world, foreign):
    queries = [""]
    for name, parameter in route.operation.query.items():
        if isinstance(parameter, Words):
            queries += [f"?{name}={word}" for word in parameter.means]
    for query in queries:
        answer = sent(caller, route, world.parts(), query=query)
        assert answer.status_code == 200, answer.content
        for text in foreign.identifiers():
            assert text not in answer.content.decode()


def test_lists_do_show_what_is_ours(caller, world):
    shown = "".join(sent(caller, route, world.parts()).content.decode() for route in LISTS)
    assert world.marker in shown


@pytest.mark.parametrize("route", [pytest.param(route, id=route.id) for route in LISTS])
def test_a_cursor_of_theirs_is_none(route, caller, caller_with, world, foreign, other_org):
    theirs = caller_with("ORG_ADMIN", org=other_org)
    if "cursor" not in route.operation.query:
        return
    for _ in range(2):
        _another_of_each(foreign)
        _another_of_each(world)
    there = sent(theirs, route, foreign.parts(), query="?limit=1")
    cursor = _cursor(there)
    assert cursor, "the list must have a second page for this test"
    answer = sent(caller, route, world.parts(), query=f"?limit=1&cursor={cursor}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "cursor"
    assert sent(theirs, route, foreign.parts(), query=f"?limit=1&cursor={cursor}").status_code == 200


def _cursor(answer):
    found = re.search(r"cursor=([^&>]+)", answer.headers.get("Link", ""))
    if found:
        return found.group(1)
    shown = answer.json()
    return shown.get("next_cursor") or shown.get("nextCursor") if isinstance(shown, dict) else None


def _another_of_each(world):
    for record in (world.alert, world.item):
        twin = type(record).all_orgs_unsafe.get(pk=record.pk)
        twin.pk = uuid4()
        if hasattr(twin, "fingerprint"):
            twin.fingerprint = uuid4().hex
        twin.save(force_insert=True)
    if not hasattr(world, "more"):
        world.more = 0
    world.more += 1
    from incidents.commands import create_incident
    from orgs.actor import Actor
    from problems.commands import create_problem

    actor = Actor.system(world.org.pk, "world")
    create_incident(actor=actor, title=f"Another {world.marker}", severity="P3")
    create_problem(actor=actor, title=f"Another {world.marker}")


def test_a_session_beside_a_key_changes_nothing(caller, world, foreign, signed_in, other_org):
    client = signed_in("ORG_ADMIN", org=other_org)
    both = Caller(client=client)
    both.client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {caller.token}"
    assert both.get(f"/itsm/incidents/{foreign.incident.pk}").status_code == 404
    assert both.get(f"/itsm/incidents/{world.incident.pk}").status_code == 200


def test_metrics_name_no_organisation(client, world, foreign):
    shown = client.get("/metrics", REMOTE_ADDR="127.0.0.1").content.decode()
    for text in (*world.identifiers(), *foreign.identifiers(), world.org.slug, foreign.org.slug):
        assert text not in shown

"""`/itsm/problems` and `/itsm/known-errors`, as API.md §3 has them."""

import pytest

from changes.commands import create_change
from incidents.models import Incident
from orgs.actor import Actor
from orgs.tenancy import org_scope
from problems.models import Problem
from tests.api.conftest import fields
from tests.api.test_pages_are_stable import pages


@pytest.fixture
def incidents(caller, world):
    """The references of three incidents."""
    new = {"title": "Checkout answers 502", "severity": "P2", "affected_cis": [world.ci.name], "services": ["shop"]}
    return [caller.post("/itsm/incidents", new).json()["reference"] for _ in range(3)]


def made(caller, **more):
    answer = caller.post("/itsm/problems", {"title": "Connections run out", **more})
    assert answer.status_code == 201, answer.content
    return answer.json()


def references(shown):
    return {row["reference"] for row in shown["linked_incidents"]}


def test_a_new_one_is_shown_where_it_is_said_to_be(caller, incidents, world):
    answer = caller.post(
        "/itsm/problems",
        {"title": "Connections run out", "linked_incidents": incidents[:2], "affected_cis": [str(world.ci.pk)]},
    )
    shown = answer.json()
    assert answer.headers["Location"] == f"/itsm/problems/{shown['reference']}"
    assert references(shown) == set(incidents[:2])
    assert (shown["status"], shown["affected_cis"][0]["name"]) == ("investigating", world.ci.name)
    read = caller.get(answer.headers["Location"])
    assert read.json() == shown == caller.get(f"/itsm/problems/{shown['id']}").json()
    assert read.headers["ETag"] == answer.headers["ETag"] == f'"{shown["version"]}"'


def test_the_incident_names_its_problem(caller, incidents):
    shown = made(caller, linked_incidents=incidents[:1])
    links = caller.get(f"/itsm/incidents/{incidents[0]}").json()["links"]
    assert (links["problems"], links["incidents"]) == ([shown["reference"]], [])


def test_linking_and_unlinking_is_a_patch(caller, incidents):
    shown = made(caller, linked_incidents=incidents[:2])
    address = f"/itsm/problems/{shown['reference']}"
    changed = caller.patch(address, {"linked_incidents": incidents[1:]}).json()
    assert references(changed) == set(incidents[1:])
    assert caller.get(f"/itsm/incidents/{incidents[0]}").json()["links"]["problems"] == []
    # What was answered may come back: its objects name their records.
    again = caller.patch(address, {"linked_incidents": changed["linked_incidents"]}).json()
    assert again["version"] == changed["version"]
    assert references(caller.patch(address, {"linked_incidents": []}).json()) == set()


def test_a_whole_record_sent_back_is_no_change(caller, incidents):
    shown = made(caller, linked_incidents=incidents, workaround="Restart", status="known_error", owner="Grace")
    answer = caller.patch(f"/itsm/problems/{shown['id']}", shown)
    assert answer.status_code == 200, answer.content
    assert answer.json() == shown


def test_fixing_changes_are_named_with_their_status(caller, world):
    with org_scope(world.org):
        fix = create_change(actor=Actor.system(world.org.pk, "test"), title="A larger pool", type="normal")
    shown = made(caller, fixing_changes=[fix.reference])
    assert shown["fixing_changes"] == [
        {"id": str(fix.pk), "reference": fix.reference, "title": "A larger pool", "status": "draft"}
    ]


def test_a_known_error_needs_a_workaround_or_a_cause(caller):
    refused = caller.post("/itsm/problems", {"title": "x", "status": "known_error"})
    assert (refused.status_code, fields(refused)) == (400, {"workaround": "required"})
    address = f"/itsm/problems/{made(caller)['id']}"
    answer = caller.patch(address, {"status": "known_error"})
    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_known")
    assert caller.patch(address, {"status": "known_error", "root_cause": "A leak"}).json()["status"] == "known_error"


def test_steps_are_those_of_the_lifecycle(caller):
    address = f"/itsm/problems/{made(caller)['id']}"
    resolved = caller.patch(address, {"status": "resolved", "resolution": "A larger pool"}).json()
    assert (resolved["status"], resolved["resolution"], bool(resolved["resolved_at"])) == (
        "resolved",
        "A larger pool",
        True,
    )
    assert caller.patch(address, {"status": "resolved"}).json()["version"] == resolved["version"]
    reopened = caller.patch(address, {"status": "investigating"}).json()
    assert (reopened["status"], reopened["reopen_count"], reopened["resolved_at"]) == ("investigating", 1, None)
    assert fields(caller.patch(address, {"status": "open"})) == {"status": "invalid_choice"}


def test_all_bad_fields_are_named_at_once_and_nothing_is_kept(caller, world):
    before = Problem.all_orgs_unsafe.count()
    body = {"title": "x", "affected_cis": ["nowhere"], "linked_incidents": ["INC-20200101-999"], "owner": "\u0001"}
    answer = caller.post("/itsm/problems", body)
    assert answer.status_code == 400
    assert fields(answer).keys() == {"affected_cis", "linked_incidents", "owner"}
    assert fields(caller.post("/itsm/problems", {"titel": "x"})) == {"titel": "unknown_field", "title": "required"}
    assert Problem.all_orgs_unsafe.count() == before


def test_a_stale_reader_is_told(caller):
    shown = made(caller)
    address = f"/itsm/problems/{shown['id']}"
    assert caller.patch(address, {"title": "Other"}, if_match='"1"').status_code == 200
    assert caller.patch(address, {"title": "Third"}, if_match='"1"').status_code == 412
    assert caller.patch(address, {"title": "Third", "version": 1}).status_code == 412


def test_a_repeated_call_has_one_effect(caller):
    body = {"title": "Connections run out"}
    first, again = (caller.post("/itsm/problems", body, idempotency_key="k1") for _ in range(2))
    assert first.content == again.content
    assert Problem.all_orgs_unsafe.count() == 1


def test_lists_are_filtered_by_status_incident_item_and_words(caller, incidents, world):
    # Beside these there is the world's own: a known error on the same item.
    first = made(caller, linked_incidents=incidents[:1], symptoms="Timeouts in the pool")
    second = made(caller, title="Disks fill", affected_cis=[world.ci.name])

    def listed(query):
        return {row["reference"] for row in caller.get(f"/itsm/problems?{query}").json()["items"]}

    own = world.problem.reference
    assert listed("") == {own, first["reference"], second["reference"]}
    assert listed("status=investigating") == {first["reference"], second["reference"]}
    assert listed("status=known_error&status=resolved") == {own}
    assert listed(f"incident={incidents[0]}") == {first["reference"]}
    assert listed(f"ci={world.ci.pk}") == {own, second["reference"]}
    assert listed("q=timeouts POOL") == {first["reference"]}
    assert listed(f"q={second['reference'].lower()}") == {second["reference"]}
    assert listed("q=%25") == set()
    assert caller.get("/itsm/problems?incident=INC-20200101-999").status_code == 404


def test_pages_hold_each_once(caller):
    expected = [made(caller, title=f"Number {n}")["id"] for n in range(7)]
    assert [row["id"] for page in pages(caller, "/itsm/problems", 3) for row in page] == expected[::-1]
    assert [row["id"] for page in pages(caller, "/itsm/problems?ordering=updated_at", 3) for row in page] == expected


def test_a_list_asks_as_often_for_many_rows_as_for_few(caller, incidents, world, django_assert_max_num_queries):
    for _ in range(10):
        made(caller, linked_incidents=incidents, affected_cis=[world.ci.name])
    with django_assert_max_num_queries(6):
        assert len(caller.get("/itsm/problems").json()["items"]) == 11


@pytest.mark.parametrize(
    ("field", "value", "roles"),
    [
        ("title", "Other", {"SRE_LEAD"}),
        ("status", "resolved", {"SRE_LEAD"}),
        ("assigned_to", "Crew", {"SRE_LEAD"}),
        ("owner", "Ada", {"SRE_LEAD"}),
        ("linked_incidents", [], {"SRE_LEAD", "ONCALL_ENGINEER"}),
    ],
)
@pytest.mark.parametrize("role", ["MEMBER", "ONCALL_ENGINEER", "SRE_LEAD", "CHANGE_APPROVER", "ORG_ADMIN"])
def test_each_field_of_a_patch_takes_its_own_permission(role, field, value, roles, caller_with, world):
    answer = caller_with(role).patch(f"/itsm/problems/{world.problem.reference}", {field: value})
    assert answer.status_code == (200 if role in roles else 403), answer.content


class TestWorkarounds:
    def test_uses_are_counted_once_an_incident(self, caller, incidents, world):
        address = f"/itsm/problems/{world.problem.reference}/workaround-uses"
        for incident, helped in ((0, True), (0, True), (1, None), (2, False), (2, True)):
            answer = caller.post(address, {"incident": incidents[incident], "helped": helped})
            assert answer.status_code == 200, answer.content
        shown = answer.json()
        assert (shown["workaround_used"], shown["workaround_helped"]) == (3, 2)

    def test_without_a_workaround_there_is_no_use(self, caller, incidents):
        address = f"/itsm/problems/{made(caller)['id']}/workaround-uses"
        answer = caller.post(address, {"incident": incidents[0]})
        assert (answer.status_code, answer.json()["code"]) == (409, "no_workaround")

    def test_bad_answers_are_named(self, caller, world):
        address = f"/itsm/problems/{world.problem.reference}/workaround-uses"
        assert fields(caller.post(address, {"helped": "yes"})) == {"incident": "required", "helped": "type"}
        assert fields(caller.post(address, {"incident": "INC-20200101-999"})) == {"incident": "not_found"}


class TestKnownErrors:
    def found(self, caller, query):
        answer = caller.get(f"/itsm/known-errors?{query}")
        assert answer.status_code == 200, answer.content
        return [(row["reference"], row["score"], row["reasons"]) for row in answer.json()["items"]]

    def test_they_are_found_by_symptom_item_and_service(self, caller, world):
        own = world.problem.reference
        assert self.found(caller, "q=connections") == [(own, 0.6, ["Says connections."])]
        assert self.found(caller, f"ci={world.ci.name}") == [(own, 0.3, [f"Affects {world.ci.name} too."])]
        service = f"checkout {world.marker}"
        assert self.found(caller, f"service={service}") == [(own, 0.1, [f"Touches the service {service}."])]
        assert self.found(caller, "q=printer") == []
        assert self.found(caller, "") == [(own, 0.0, [])]

    def test_an_incident_is_asked_for_by_its_name(self, caller, world):
        ((own, score, reasons),) = self.found(caller, f"incident={world.incident.reference}")
        assert (own, score > 0.3) == (world.problem.reference, True)
        assert f"Affects {world.ci.name} too." in reasons

    def test_what_is_asked_for_must_exist(self, caller, world):
        for query in ("ci=no-such-item", "incident=INC-20200101-999"):
            assert caller.get(f"/itsm/known-errors?{query}").status_code == 404
        assert Incident.all_orgs_unsafe.exists()

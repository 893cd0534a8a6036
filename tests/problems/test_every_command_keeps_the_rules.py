from uuid import uuid4

import pytest

from changes.commands import create_change
from orgs.errors import Forbidden, Invalid, NotFound, Stale
from orgs.policy import POLICY
from orgs.roles import Role
from orgs.tenancy import org_scope
from problems import commands
from problems.models import Problem, RecurrenceProposal
from problems.recurrence import find_recurring
from tests.problems.doors import DOORS
from tests.problems.staging import anew, brought_to, found, powerful, stream, types

EACH = pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)


@pytest.fixture
def staged(anyone, incident):
    """`staged(door)`: a problem that the door is open to, and the other record that it takes."""

    def make(door):
        row, one = brought_to(door.state, anyone), incident()
        other = create_change(actor=anyone, title="Fix", type="normal") if door.other == "change" else one
        if door.name == "resolve_linked_incidents":
            commands.link_incidents(actor=anyone, problem=row, incidents=[one])
        door.ready(anyone, row, other)
        return anew(row), other

    return make


def refused_to(actor_with, call):
    refused = set()
    for role in Role.values:
        try:
            call(actor_with(role))
        except Forbidden:
            refused.add(role)
    return refused


@EACH
def test_it_leaves_its_event(door, anyone, staged):
    row, other = staged(door)
    door.open(anyone, row.reference, other)
    assert tuple(types(row)[row.version :]) == door.leaves
    assert stream(row)[-1].actor_ref == anyone.ref


@EACH
def test_it_asks_for_its_permission(door, actor_with, staged):
    def call(actor):
        row, other = staged(door)
        version = row.version
        try:
            door.open(actor, row, other)
        except Forbidden:
            assert anew(row).version == version
            raise

    assert refused_to(actor_with, call) == set(Role.values) - POLICY[door.action]


@EACH
def test_it_refuses_a_stale_reader(door, anyone, staged):
    row, other = staged(door)
    with pytest.raises(Stale):
        door.open(anyone, row, other, expected_version=row.version + 1)
    assert door.open(anyone, row, other, expected_version=row.version)


@EACH
def test_theirs_do_not_exist(door, anyone, staged, other_org):
    _, other = staged(door)
    for _ in range(9):
        theirs = found(powerful(other_org))
    said = set()
    for ident in (theirs, theirs.pk, str(theirs.pk), theirs.reference, uuid4(), "PRB-20200101-001", "PRB-x", "x"):
        with pytest.raises(NotFound) as refusal:
            door.open(anyone, ident, other)
        said.add(refusal.value.detail)
    assert said == {"No such problem."}
    assert anew(theirs).version == 1


def test_creating_takes_a_member_and_another_status_a_lead(actor_with, org):
    assert refused_to(actor_with, found) == {Role.VIEWER}
    everyone_else = set(Role.values) - {Role.SRE_LEAD}
    assert refused_to(actor_with, lambda actor: found(actor, status="resolved")) == everyone_else
    with org_scope(org):
        assert Problem.objects.count() == len(Role.values)


@pytest.mark.parametrize("name", ["accept_proposal", "dismiss_proposal"])
def test_deciding_on_proposals_takes_a_lead(name, actor_with, anyone, incident, ci):
    host = ci("web-1")
    for _ in range(3):
        incident(affected_cis=[host])
    find_recurring()
    proposal = RecurrenceProposal.all_orgs_unsafe.get()

    def call(actor):
        getattr(commands, name)(actor=actor, proposal=proposal)

    assert refused_to(actor_with, call) == set(Role.values) - {Role.SRE_LEAD}


def test_the_measure_takes_an_administrator(actor_with):
    def call(actor):
        commands.set_recurrence_rule(actor=actor, incidents=3, days=7)

    assert refused_to(actor_with, call) == set(Role.values) - {Role.ORG_ADMIN}


def test_no_command_was_forgotten():
    without = {"create_problem", "accept_proposal", "dismiss_proposal", "set_recurrence_rule"}
    assert {door.name for door in DOORS} | without == set(commands.__all__)


def test_an_update_is_all_or_nothing(anyone, problem):
    changes = {"title": " ", "services": [""], "affected_cis": ["nowhere"], "status": "gone", "linked_incidents": ["x"]}
    with pytest.raises(Invalid) as refusal:
        commands.update_problem(actor=anyone, problem=problem, changes={**changes, "description": "Kept?"})
    assert {error.field for error in refusal.value.fields} == set(changes)
    assert (anew(problem).version, anew(problem).description) == (1, "")


def test_a_field_that_is_none_is_named(anyone, problem):
    with pytest.raises(Invalid) as refusal:
        commands.update_problem(actor=anyone, problem=problem, changes={"titel": "x", "version": 3})
    assert [(error.field, error.code) for error in refusal.value.fields] == [
        ("titel", "unknown"),
        ("version", "unknown"),
    ]


def test_what_stands_there_already_is_no_change_and_takes_no_permission(actor_with, anyone, ci, user_with):
    host, grace = ci("web-1"), user_with("SRE_LEAD", username="grace")
    given = {"title": "Disks", "services": ["shop"], "owner": "grace", "assigned_to": "Crew", "affected_cis": [host]}
    row = commands.create_problem(actor=anyone, **given)
    assert row.owner_id == grace.pk
    same = {**given, "affected_cis": ["web-1"], "owner": "Grace", "title": " Disks ", "status": "investigating"}
    commands.update_problem(actor=actor_with("VIEWER"), problem=row, changes={**same, "linked_incidents": []})
    assert anew(row).version == 1


def test_a_mixed_update_takes_the_permission_of_each_field(actor_with, problem, incident):
    changes = {"linked_incidents": [incident().pk], "title": "Other"}
    with pytest.raises(Forbidden):
        commands.update_problem(actor=actor_with("ONCALL_ENGINEER"), problem=problem, changes=changes)
    assert anew(problem).version == 1
    assert commands.update_problem(actor=actor_with("SRE_LEAD"), problem=problem, changes=changes).version == 3


def test_bad_texts_are_named_at_once_when_it_begins(anyone):
    with pytest.raises(Invalid) as refusal:
        commands.create_problem(
            actor=anyone,
            title="",
            description="\x00",
            symptoms="x" * 70_000,
            status="gone",
            services="shop",
            affected_cis=["nowhere"],
            linked_incidents=["nothing"],
            fixing_changes=["nothing"],
            owner="x" * 201,
            assigned_to="y" * 201,
        )
    assert {error.field for error in refusal.value.fields} == {
        "title",
        "description",
        "symptoms",
        "status",
        "services",
        "affected_cis",
        "linked_incidents",
        "fixing_changes",
        "owner",
        "assigned_to",
    }


def test_a_problem_of_every_kind_of_value_is_shown_as_it_was_given(anyone, ci):
    row = commands.create_problem(
        actor=anyone,
        title="Disks fill",
        symptoms="No space left",
        affected_cis=[ci("b"), ci("a")],
        services=["Shop", "shop", "Mail"],
        assigned_to="Crew",
        owner="Somebody",
    )
    row = anew(row)
    assert (row.affected_names, row.services) == (["a", "b"], ["Shop", "shop", "Mail"])
    assert (row.assigned_to, row.owner_name, row.owner_id) == ("Crew", "Somebody", None)
    assert row.search_text == "disks fill no space left"
    assert row.reference.startswith("PRB-")

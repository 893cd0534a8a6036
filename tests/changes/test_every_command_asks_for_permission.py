import pytest

from changes import commands
from changes.commands import StageSpec, create_change, save_policy, save_template
from orgs.errors import Forbidden, OutOfReach
from orgs.policy import POLICY
from orgs.roles import Role
from tests.changes.doors import DOORS
from tests.changes.staging import anew, brought_to, somebody


def said_by_every_role(org, call):
    """Each role alone that the command refused for want of another."""
    refused = set()
    for role in Role.values:
        try:
            call(somebody(org, role))
        except Forbidden:
            refused.add(role)
    return refused


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
def test_the_roles_of_the_policy_table_may_and_no_others(door, org, anyone):
    def call(actor):
        row = brought_to(door.state, org)
        door.ready(anyone, row)
        before = anew(row).version
        try:
            door.open(actor, row)
        except Forbidden:
            assert anew(row).version == before
            raise

    assert said_by_every_role(org, call) == set(Role.values) - POLICY[door.action]


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
def test_a_scope_that_leaves_it_out_refuses_it(door, org, anyone):
    from dataclasses import replace

    row = brought_to(door.state, org)
    door.ready(anyone, row)
    with pytest.raises(Forbidden):
        door.open(replace(somebody(org), scopes=frozenset({"change.read"})), row)


def test_requesting_takes_a_member(org):
    def call(actor):
        create_change(actor=actor, title="Replace the switch")

    assert said_by_every_role(org, call) == {Role.VIEWER}


@pytest.mark.parametrize(
    "call",
    [
        lambda actor: save_policy(actor=actor, name=actor.name, stages=[StageSpec("Peer", roles=["SRE_LEAD"])]),
        lambda actor: save_template(actor=actor, name=actor.name, title="Restart"),
    ],
    ids=["policy", "template"],
)
def test_how_changes_are_approved_is_an_administrators_to_say(call, org):
    assert said_by_every_role(org, call) == set(Role.values) - {Role.ORG_ADMIN}


def test_nobody_without_a_role_votes_by_being_named(org, anyone):
    row = brought_to("pending_approval", org)
    with pytest.raises(Forbidden):
        commands.vote(actor=somebody(org, Role.MEMBER), change=row, decision="approve")
    with pytest.raises(OutOfReach):
        commands.vote(actor=anyone, change=row, decision="approve")


def test_no_command_was_forgotten():
    known = {door.name for door in DOORS} | {"create_change", "save_policy", "save_template", "StageSpec"}
    freezes = {"create_freeze", "edit_freeze", "end_freeze"}
    assert known | freezes == set(commands.__all__)

import pytest

from incidents import commands
from incidents.commands import create_incident, link_incidents, set_sla_target, unlink_incidents
from incidents.models import Incident
from orgs.errors import Forbidden
from orgs.policy import POLICY
from orgs.roles import Role
from orgs.tenancy import org_scope
from tests.incidents.doors import DOORS
from tests.incidents.staging import anew, brought_to, opened


def said_by_every_role(actor_with, call):
    """Each role alone, and whether the command refused it."""
    refused = set()
    for role in Role.values:
        try:
            call(actor_with(role))
        except Forbidden:
            refused.add(role)
    return refused


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
def test_the_roles_of_the_policy_table_may_and_no_others(door, org, anyone, actor_with):
    def call(actor):
        row = brought_to(door.state, org)
        door.ready(anyone, row)
        before = anew(row).version
        try:
            door.open(actor, row)
        except Forbidden:
            assert anew(row).version == before
            raise

    assert said_by_every_role(actor_with, call) == set(Role.values) - POLICY[door.action]


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
def test_somebody_without_any_role_may_nothing(door, org, anyone, actor_with):
    row = brought_to(door.state, org)
    door.ready(anyone, row)
    with pytest.raises(Forbidden):
        door.open(actor_with(), row)


def test_creating_takes_a_member(org, actor_with):
    refused = said_by_every_role(actor_with, lambda actor: opened(actor))
    assert refused == {Role.VIEWER}
    with org_scope(org):
        assert Incident.objects.count() == len(Role.values) - 1


@pytest.mark.parametrize("command", [link_incidents, unlink_incidents])
def test_linking_takes_a_member(command, anyone, actor_with):
    def call(actor):
        near, far = opened(anyone), opened(anyone)
        if command is unlink_incidents:
            link_incidents(actor=anyone, incident=near, other=far)
        command(actor=actor, incident=near, other=far)

    assert said_by_every_role(actor_with, call) == {Role.VIEWER}


def test_targets_take_an_administrator(actor_with):
    def call(actor):
        set_sla_target(actor=actor, severity="P1", acknowledge_seconds=60, resolve_seconds=600)

    assert said_by_every_role(actor_with, call) == set(Role.values) - {Role.ORG_ADMIN}


def test_a_mixed_update_takes_the_permission_of_each_field(incident, actor_with):
    engineer, administrator = actor_with(Role.ONCALL_ENGINEER), actor_with(Role.ORG_ADMIN)
    both = {"status": "acknowledged", "severity": "P1"}
    for actor in (engineer, administrator):
        with pytest.raises(Forbidden):
            commands.update_incident(actor=actor, incident=incident, changes=both)
    assert anew(incident).version == 1
    assert commands.update_incident(actor=actor_with(Role.SRE_LEAD), incident=incident, changes=both).version == 3


def test_no_command_was_forgotten():
    known = {door.name for door in DOORS} | {
        "create_incident",
        "link_incidents",
        "unlink_incidents",
        "set_sla_target",
        "Signal",
    }
    assert known == set(commands.__all__)
    assert create_incident

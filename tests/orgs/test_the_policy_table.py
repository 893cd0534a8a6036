"""Who may do what, written out once more: a change of the table must be meant, since it must be made twice."""

from uuid import uuid4

import pytest

from orgs.actor import Actor, ActorKind
from orgs.errors import Forbidden
from orgs.policy import POLICY, allows, require
from orgs.roles import Role

#                     viewer member oncall lead approver admin
TABLE = """
incident.read         x      x      x      x    x        x
incident.create       .      x      x      x    x        x
incident.note         .      x      x      x    x        x
incident.action       .      x      x      x    x        x
incident.signal       .      x      x      x    x        x
incident.slo          .      x      x      x    x        x
incident.link         .      x      x      x    x        x
incident.tag          .      x      x      x    x        x
incident.edit         .      .      x      x    .        .
incident.status       .      .      x      x    .        .
incident.assign       .      .      x      x    .        .
incident.severity     .      .      .      x    .        x
incident.hold         .      .      .      x    .        .
problem.read          x      x      x      x    x        x
problem.create        .      x      x      x    x        x
problem.note          .      x      x      x    x        x
problem.workaround    .      x      x      x    x        x
problem.link          .      .      x      x    .        .
problem.edit          .      .      .      x    .        .
problem.status        .      .      .      x    .        .
problem.assign        .      .      .      x    .        .
problem.decide        .      .      .      x    .        .
change.read           x      x      x      x    x        x
change.create         .      x      x      x    x        x
change.edit           .      x      x      x    x        x
change.note           .      x      x      x    x        x
change.link           .      x      x      x    x        x
change.submit         .      x      x      x    x        x
change.cancel         .      x      x      x    x        x
change.vote           .      .      x      x    x        .
change.execute        .      .      x      x    .        .
change.override       .      .      .      x    .        .
change.review         .      .      x      x    .        .
change.policy         .      .      .      .    .        x
freeze.manage         .      .      .      .    .        x
ci.read               x      x      x      x    x        x
ci.write              .      .      .      .    .        x
alert.read            x      x      x      x    x        x
alert.promote         .      .      x      x    .        .
intake.send           .      x      x      x    x        x
intake.read           x      x      x      x    x        x
intake.replay         .      .      .      x    .        x
source.manage         .      .      .      .    .        x
ledger.read           x      x      x      x    x        x
org.manage            .      .      .      .    .        x
key.manage            .      .      .      .    .        x
"""
COLUMNS = ["VIEWER", "MEMBER", "ONCALL_ENGINEER", "SRE_LEAD", "CHANGE_APPROVER", "ORG_ADMIN"]
ROWS = {action: marks for action, *marks in (line.split() for line in TABLE.strip().splitlines())}


def holding(*roles, scopes=()):
    return Actor(ActorKind.USER, "1", "Robin", uuid4(), frozenset(roles), frozenset(scopes))


def test_every_role_and_action_is_here():
    assert Role.values == COLUMNS
    assert set(ROWS) == set(POLICY)


@pytest.mark.parametrize("action", ROWS)
def test_each_role_may_what_its_column_says(action):
    assert [allows(holding(role), action) for role in COLUMNS] == [mark == "x" for mark in ROWS[action]]


def test_several_roles_may_what_any_of_them_may():
    both = holding("VIEWER", "ORG_ADMIN")
    assert [action for action in POLICY if allows(both, action)] == [
        action for action in POLICY if allows(holding("ORG_ADMIN"), action)
    ]


def test_without_a_role_nothing_is_allowed():
    assert not any(allows(holding(), action) for action in POLICY)


@pytest.mark.parametrize("action", ["incident.destroy", "", "incident", "INCIDENT.READ"])
def test_what_is_not_in_the_table_is_refused_to_all(action):
    everything = holding(*Role.values)
    assert not allows(everything, action)
    with pytest.raises(Forbidden):
        require(everything, action)


def test_a_refusal_names_the_action_and_the_roles_that_may():
    with pytest.raises(Forbidden) as refusal:
        require(holding("MEMBER"), "incident.severity")
    assert refusal.value.needs == ["ORG_ADMIN", "SRE_LEAD"]
    assert refusal.value.detail == "incident.severity takes one of these roles: ORG_ADMIN, SRE_LEAD."


def test_scopes_narrow_what_the_roles_allow_and_never_widen_it():
    narrow = holding("SRE_LEAD", scopes=["incident.read", "org.manage"])
    assert [action for action in POLICY if allows(narrow, action)] == ["incident.read"]


def test_the_system_may_everything_and_an_integration_what_it_must():
    org = uuid4()
    assert all(allows(Actor.system(org, "sla"), action) for action in POLICY)
    integration = Actor.integration(org, "alertmanager")
    assert {action for action in POLICY if allows(integration, action)} == {
        action for action in POLICY if any(allows(holding(role), action) for role in ("ONCALL_ENGINEER", "SRE_LEAD"))
    }
    assert not allows(integration, "key.manage")

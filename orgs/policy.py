"""The policy table: which roles may do what. One table, read by every command and never written a second time."""

from __future__ import annotations

from orgs.actor import Actor
from orgs.errors import Forbidden
from orgs.roles import Role

EVERYONE = frozenset(Role)
MEMBERS = EVERYONE - {Role.VIEWER}
RESPONDERS = frozenset({Role.ONCALL_ENGINEER, Role.SRE_LEAD})
LEADS = frozenset({Role.SRE_LEAD})
VOTERS = RESPONDERS | {Role.CHANGE_APPROVER}
ADMINISTRATORS = frozenset({Role.ORG_ADMIN})

POLICY: dict[str, frozenset[Role]] = {
    "incident.read": EVERYONE,
    "incident.create": MEMBERS,
    "incident.note": MEMBERS,
    "incident.action": MEMBERS,
    "incident.signal": MEMBERS,
    "incident.slo": MEMBERS,
    "incident.link": MEMBERS,
    "incident.tag": MEMBERS,
    "incident.edit": RESPONDERS,
    "incident.status": RESPONDERS,
    "incident.assign": RESPONDERS,
    "incident.severity": LEADS | ADMINISTRATORS,
    "incident.hold": LEADS,
    "problem.read": EVERYONE,
    "problem.create": MEMBERS,
    "problem.note": MEMBERS,
    "problem.workaround": MEMBERS,
    "problem.link": RESPONDERS,
    "problem.edit": LEADS,
    "problem.status": LEADS,
    "problem.assign": LEADS,
    "problem.decide": LEADS,
    "change.read": EVERYONE,
    "change.create": MEMBERS,
    "change.edit": MEMBERS,
    "change.note": MEMBERS,
    "change.link": MEMBERS,
    "change.submit": MEMBERS,
    "change.cancel": MEMBERS,
    "change.vote": VOTERS,
    "change.execute": RESPONDERS,
    "change.override": LEADS,
    "change.review": RESPONDERS,
    "change.policy": ADMINISTRATORS,
    "freeze.manage": ADMINISTRATORS,
    "ci.read": EVERYONE,
    "ci.write": ADMINISTRATORS,
    "alert.read": EVERYONE,
    "alert.promote": RESPONDERS,
    "intake.send": MEMBERS,
    "intake.read": EVERYONE,
    "intake.replay": LEADS | ADMINISTRATORS,
    "source.manage": ADMINISTRATORS,
    "ledger.read": EVERYONE,
    "org.manage": ADMINISTRATORS,
    "key.manage": ADMINISTRATORS,
}
"""Action to the roles that may take it (DOMAIN.md, seed 004). An action that is not here is refused to all."""


def allows(actor: Actor, action: str) -> bool:
    """Whether the actor may take the action: a role that grants it, and no scope list that leaves it out."""
    granted = POLICY.get(action, frozenset())
    if actor.scopes and action not in actor.scopes:
        return False
    return not granted.isdisjoint(actor.roles)


def require(actor: Actor, action: str) -> None:
    """Refuse with ``Forbidden`` unless the actor may take the action."""
    if not allows(actor, action):
        raise Forbidden(action=action, needs=POLICY.get(action, frozenset()))

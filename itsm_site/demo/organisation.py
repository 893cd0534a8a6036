"""The organisations of the demonstration: their people and teams, and founding them through the commands."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from cmdb.commands import DependsOn, create_ci
from itsm_site.demo import datacenter
from itsm_site.demo.datacenter import DATABASES, DESK, FACILITIES, NETWORK, PAYMENTS, PLATFORM, Item
from orgs.actor import Actor
from orgs.authentication import actor_for_user
from orgs.clock import clock_at
from orgs.commands import add_member, create_organisation, create_team, create_user, invite, issue_key
from orgs.models import Organisation, User
from orgs.roles import Role

NORTHGATE, QUAYSIDE = "northgate", "quayside"


@dataclass(frozen=True)
class Person:
    """Somebody of the demonstration. ``post`` is what people read of their work; ``listed`` shows their sign-in."""

    username: str
    name: str
    post: str
    roles: tuple[Role, ...]
    teams: tuple[str, ...] = ()
    listed: bool = False
    staff: bool = False


PEOPLE: dict[str, tuple[Person, ...]] = {
    NORTHGATE: (
        Person("amara", "Amara Okafor", "leads the responders", (Role.SRE_LEAD,), (PLATFORM, PAYMENTS), True, True),
        Person("jonas", "Jonas Lindqvist", "is on call", (Role.ONCALL_ENGINEER,), (PLATFORM,), True, True),
        Person("tom", "Tom Ashdown", "works at the service desk", (Role.MEMBER,), (DESK,), True),
        Person("priya", "Priya Raman", "administers both organisations", (Role.ORG_ADMIN,), (), True, True),
        Person("helen", "Helen Marsh", "directs operations and reads", (Role.VIEWER,), (), True),
        Person("mateo", "Mateo Silva", "network engineer", (Role.ONCALL_ENGINEER,), (NETWORK,)),
        Person("yuki", "Yuki Tanabe", "database engineer", (Role.ONCALL_ENGINEER,), (DATABASES,)),
        Person("ewa", "Ewa Nowak", "facilities engineer", (Role.ONCALL_ENGINEER,), (FACILITIES,)),
        Person(
            "daniel", "Daniel Brandt", "payments engineer", (Role.ONCALL_ENGINEER, Role.CHANGE_APPROVER), (PAYMENTS,)
        ),
    ),
    QUAYSIDE: (
        Person("ruth", "Ruth Calder", "runs operations", (Role.SRE_LEAD,), (datacenter.QUAYSIDE_TEAM,), True),
        Person("ben", "Ben Osei", "engineer", (Role.ONCALL_ENGINEER,), (datacenter.QUAYSIDE_TEAM,)),
    ),
}
NAMES = {NORTHGATE: "Northgate Datacenters", QUAYSIDE: "Quayside Colocation"}
ITEMS = {NORTHGATE: datacenter.northgate, QUAYSIDE: datacenter.quayside}
ADMINISTRATOR = "priya"
"""Administers both organisations, so that the switch between them can be tried."""

_WORDS = """
    amber anchor arbour barley basil beacon birch bramble brook cedar chalk cinder clover cobalt comet
    copper coral cotton crane dune ember falcon fennel fern flint garnet ginger granite harbour hazel heron
    indigo ivory jasper juniper kestrel lantern larch laurel linen lupin maple marble meadow mellow moss
    nutmeg oak onyx orchard otter pebble pepper pine plover poppy quartz quill raven reed river rowan saddle
    saffron sage sienna silver slate sparrow spruce tansy teal thistle timber topaz tulip umber velvet
    violet walnut willow winter yarrow
""".split()  # noqa: SIM905 - a hundred quoted words would not read better


@dataclass
class Founded:
    """One organisation as it was founded: the row and the actors of its people by sign-in name."""

    org: Organisation
    actors: dict[str, Actor] = field(default_factory=dict)


def passphrase() -> str:
    """A password that can be read out and typed: five words, about 33 bits."""
    return "-".join(secrets.choice(_WORDS) for _ in range(5))


def found(password: str, at: datetime) -> dict[str, Founded]:
    """Found both organisations with their people, teams and configuration items, the items as of ``at``.

    Whoever is listed gets the password, and so does the administrator; the others are invited and have chosen none yet.
    """
    founded: dict[str, Founded] = {}
    for slug, people in PEOPLE.items():
        org = create_organisation(slug=slug, name=NAMES[slug])
        for person in people:
            if person.listed:
                user = _account(person, password, f"{slug}.example")
                add_member(actor=None, org=org, user=user, roles=person.roles)
        if ADMINISTRATOR not in {person.username for person in people}:
            user = User.objects.get(username=ADMINISTRATOR)
            add_member(actor=None, org=org, user=user, roles=[Role.ORG_ADMIN])
        founded[slug] = _staff(org, people)
        _register(founded[slug].actors[ADMINISTRATOR], ITEMS[slug](), at)
    return founded


def known() -> dict[str, Founded]:
    """Both organisations as an earlier run has founded them."""
    return {slug: Founded(org, _actors(org)) for slug in PEOPLE for org in Organisation.objects.filter(slug=slug)}


def intake_key(org: Organisation) -> str:
    """The token that alert senders use: it may send alerts and nothing else."""
    _, token = issue_key(actor=None, org=org, name="Alertmanager", roles=[Role.MEMBER], scopes=["intake.send"])
    return token


def api_key(org: Organisation) -> str:
    """The token that whoever tries the API is given: everything that a responder and an administrator may do."""
    roles = [Role.ONCALL_ENGINEER, Role.SRE_LEAD, Role.ORG_ADMIN, Role.MEMBER]
    _, token = issue_key(actor=None, org=org, name="Demonstration", roles=roles)
    return token


def routing_key(org: Organisation) -> str:
    """A routing key of the form that PagerDuty's clients demand."""
    _, token = issue_key(actor=None, org=org, name="PagerDuty clients", roles=[Role.MEMBER], routing=True)
    return token


def _account(person: Person, password: str, domain: str) -> User:
    return create_user(
        username=person.username,
        password=password,
        email=f"{person.username}@{domain}",
        full_name=person.name,
        staff=person.staff,
    )


def _staff(org: Organisation, people: Iterable[Person]) -> Founded:
    administrator = _actors(org)[ADMINISTRATOR]
    for person in people:
        if not person.listed:
            invite(
                actor=administrator,
                username=person.username,
                full_name=person.name,
                email=f"{person.username}@{org.slug}.example",
                roles=person.roles,
            )
    users = {user.username: user for user in User.objects.filter(memberships__org=org)}
    for team in sorted({team for person in people for team in person.teams}):
        members = [users[person.username] for person in people if team in person.teams]
        create_team(actor=None, org=org, name=team, members=members)
    return Founded(org, _actors(org))


def _actors(org: Organisation) -> dict[str, Actor]:
    found = {user.username: actor_for_user(user, org) for user in User.objects.filter(memberships__org=org)}
    return {username: actor for username, actor in found.items() if actor is not None}


def _register(actor: Actor, items: Iterable[Item], at: datetime) -> None:
    with transaction.atomic(), clock_at(at):
        for item in items:
            create_ci(
                actor=actor,
                name=item.name,
                kind=item.kind,
                environment=item.environment,
                criticality=item.criticality,
                owner_team=item.team,
                attributes=item.attributes,
                depends_on=[DependsOn(name, kind) for name, kind in item.on],
            )

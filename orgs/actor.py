"""Who acts: a user, an API key, an integration or the system. Every event names one."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import models

from orgs.roles import Role


class ActorKind(models.TextChoices):
    """The four kinds of actor."""

    USER = "user", "User"
    API_KEY = "api_key", "API key"
    INTEGRATION = "integration", "Integration"
    SYSTEM = "system", "System"


@dataclass(frozen=True)
class Actor:
    """Somebody acting for one organisation.

    ``ref`` is stable and not personal (a user's id, a key's prefix, a rule's name); ``name`` is what people
    read and may be erased later. ``scopes`` narrow the roles of a key to single actions; empty means no narrowing.
    """

    kind: ActorKind
    ref: str
    name: str
    org_id: UUID
    roles: frozenset[str]
    scopes: frozenset[str] = frozenset()
    user_id: int | None = None

    @classmethod
    def system(cls, org_id: UUID, rule: str) -> Actor:
        """The product itself, acting by the named rule."""
        return cls(ActorKind.SYSTEM, rule, rule, org_id, frozenset(Role.values))

    @classmethod
    def integration(cls, org_id: UUID, name: str) -> Actor:
        """Another system acting through an intake; it may do what a responder may, and raise severities."""
        return cls(
            ActorKind.INTEGRATION,
            name,
            name,
            org_id,
            frozenset({Role.MEMBER, Role.ONCALL_ENGINEER, Role.SRE_LEAD}),
        )

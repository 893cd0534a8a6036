"""Issuing and revoking API keys."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction

from orgs.actor import Actor
from orgs.authentication import forget_tokens, token_hash
from orgs.clock import now
from orgs.commands.members import checked_roles
from orgs.errors import Forbidden, Invalid, NotFound, OutOfReach
from orgs.models import ApiKey, Organisation
from orgs.policy import POLICY, require
from orgs.tenancy import org_scope
from orgs.text import checked_name

LONGEST_LIFE = timedelta(days=366)


def issue_key(
    *,
    actor: Actor | None,
    org: Organisation,
    name: str,
    roles: Iterable[str],
    scopes: Iterable[str] = (),
    expires_at: datetime | None = None,
    routing: bool = False,
) -> tuple[ApiKey, str]:
    """Issue a key and return it with its token, which cannot be shown again.

    ``routing`` makes a token of 32 characters, the length that PagerDuty clients demand of a routing key.
    ``expires_at`` is at most a year away; without it the key lives a year. ``actor`` is None for whoever runs the
    installation. Raises ``Invalid``, and ``Forbidden`` for what the actor may not do themselves: a role that they do not
    hold, or an action outside the scopes that they are narrowed to.
    """
    name = checked_name(name)
    checked = checked_roles(roles)
    if not checked:
        raise Invalid.one("roles", "required", "Name at least one role.")
    narrowed = set(scopes)
    if unknown := sorted(narrowed - POLICY.keys()):
        raise Invalid.one("scopes", "unknown", f"Unknown action {', '.join(unknown)}.")
    expires = expires_at or now() + LONGEST_LIFE
    if not now() < expires <= now() + LONGEST_LIFE:
        raise Invalid.one("expires_at", "range", "Choose a time in the future, at most a year away.")
    if actor is not None:
        require(actor, "key.manage")
        if actor.org_id != org.id:
            raise NotFound("organisation")
        if missing := set(checked) - actor.roles - {"VIEWER", "MEMBER"}:
            raise Forbidden(action="Issuing a key with more than your own roles", needs=missing)
        if actor.scopes and not (narrowed and narrowed <= actor.scopes):
            raise OutOfReach("A key that is narrowed to scopes issues keys within those scopes only.")
    token = secrets.token_hex(16) if routing else f"ops_{secrets.token_urlsafe(32)}"
    with transaction.atomic(), org_scope(org):
        key = ApiKey.objects.create(
            org=org,
            name=name,
            prefix=token[:8],
            hash=token_hash(token),
            roles=checked,
            scopes=sorted(narrowed),
            expires_at=expires,
            created_by_id=actor.user_id if actor else None,
        )
    return key, token


def revoke_key(*, actor: Actor, key: ApiKey) -> None:
    """End a key at once. Raises ``Forbidden``, ``NotFound``."""
    require(actor, "key.manage")
    with transaction.atomic(), org_scope(actor.org_id):
        if not ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=now()):
            raise NotFound("key")
        # Once more after the commit: a request may have looked the key up in between.
        transaction.on_commit(forget_tokens)
    forget_tokens()

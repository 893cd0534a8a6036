"""Who is behind a token or a session, as an ``Actor`` of one organisation."""

from __future__ import annotations

import hashlib
import hmac
import time
from datetime import timedelta
from functools import lru_cache
from threading import Lock

from django.conf import settings

from orgs.actor import Actor, ActorKind
from orgs.clock import now
from orgs.models import ApiKey, Membership, Organisation, User

CACHE_SECONDS = 5.0
LONGEST_TOKEN = 256
USED_STEP = timedelta(minutes=1)


class BadCredentials(Exception):
    """The token is unknown, revoked or expired; the sentence does not say which."""


_cache: dict[str, tuple[float, Actor]] = {}
_lock = Lock()


@lru_cache(maxsize=8)
def _pepper(secret: str) -> bytes:
    return hashlib.sha256(b"opsledger api key pepper\0" + secret.encode()).digest()


def token_hash(token: str, secret: str | None = None) -> str:
    """What is stored of a token: an HMAC-SHA256 under a pepper that the database does not hold."""
    pepper = _pepper(settings.SECRET_KEY if secret is None else secret)
    return hmac.new(pepper, token.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def actor_for_token(token: str) -> Actor:
    """The actor of an API key's token. Raises ``BadCredentials``.

    A look-up is remembered in the process for five seconds; revoking a key forgets them all in this process.
    """
    if not token or len(token) > LONGEST_TOKEN:
        raise BadCredentials
    digest = token_hash(token)
    held = _cache.get(digest)
    if held is not None and held[0] > time.monotonic():
        return held[1]
    # Keys outlive the rotation of the secret that peppers them.
    hashes = [digest, *(token_hash(token, old) for old in settings.SECRET_KEY_FALLBACKS)]
    key = ApiKey.all_orgs_unsafe.filter(hash__in=hashes).first()
    moment = now()
    if key is None or key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= moment):
        raise BadCredentials
    actor = Actor(
        kind=ActorKind.API_KEY,
        ref=key.prefix,
        name=key.name,
        org_id=key.org_id,
        roles=frozenset(key.roles),
        scopes=frozenset(key.scopes),
    )
    if key.last_used_at is None or moment - key.last_used_at > USED_STEP:
        ApiKey.all_orgs_unsafe.filter(pk=key.pk).update(last_used_at=moment)
    life = CACHE_SECONDS
    if key.expires_at is not None:
        life = min(life, (key.expires_at - moment).total_seconds())
    with _lock:
        if len(_cache) > 10_000:
            _cache.clear()
        _cache[digest] = (time.monotonic() + life, actor)
    return actor


def forget_tokens() -> None:
    """Drop what this process remembers of tokens."""
    with _lock:
        _cache.clear()


def actor_for_user(user: User, org: Organisation) -> Actor | None:
    """The actor that a signed-in person is in an organisation, or None where they are no active member."""
    membership = Membership.all_orgs_unsafe.filter(user=user, org=org, is_active=True).first()
    if membership is None or not user.is_active:
        return None
    return Actor(
        kind=ActorKind.USER,
        ref=str(user.pk),
        name=user.display_name(),
        org_id=org.id,
        roles=frozenset(membership.roles),
        user_id=user.pk,
    )


def organisations_of(user: User) -> list[Organisation]:
    """The organisations that a person is an active member of, by name."""
    memberships = Membership.all_orgs_unsafe.filter(user=user, is_active=True).values("org")
    return list(Organisation.objects.filter(pk__in=memberships).order_by("name"))

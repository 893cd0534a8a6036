"""People of an organisation: their accounts, and what they may do in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.validators import ASCIIUsernameValidator
from django.core.exceptions import ValidationError
from django.db import transaction

from orgs.actor import Actor
from orgs.authentication import organisations_of
from orgs.commands.sessions import end_sessions
from orgs.errors import Conflict, FieldError, Invalid, NotFound, OutOfReach
from orgs.models import Membership, Organisation, User
from orgs.policy import require
from orgs.roles import Role
from orgs.tenancy import org_scope

NOT_YOURSELF = "Nobody does this to their own account. Ask another administrator."


def checked_roles(roles: Iterable[str]) -> list[str]:
    """The roles in the table's order, or ``Invalid`` that names the unknown ones."""
    wanted = set(roles)
    if unknown := sorted(wanted - set(Role.values)):
        raise Invalid.one(
            "roles", "unknown", f"Unknown role {', '.join(unknown)}; the roles are {', '.join(Role.values)}."
        )
    return [role for role in Role.values if role in wanted]


def checked_username(username: str) -> str:
    """The user name, or ``Invalid`` that says what one may hold: ASCII, so that no two only look alike."""
    username = username.strip()
    try:
        ASCIIUsernameValidator()(username)
        User._meta.get_field("username").run_validators(username)
    except ValidationError as error:
        sentence = "Use up to 150 letters, digits and the signs @ . + - _ only."
        raise Invalid.one("username", "invalid", sentence) from error
    return username


def create_user(*, username: str, password: str, email: str = "", full_name: str = "", staff: bool = False) -> User:
    """Create an account that can sign in; ``staff`` opens the admin. Raises ``Invalid``, ``Conflict``."""
    username = checked_username(username)
    first, _, last = full_name.partition(" ")
    user = User(username=username, email=email, first_name=first, last_name=last, is_staff=staff)
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid([FieldError("password", "weak", message) for message in error.messages]) from error
    if User.objects.filter(username__iexact=username).exists():
        raise Conflict(f"There is a user {username} already.", code="duplicate")
    user.set_password(password)
    user.save()
    return user


def add_member(*, actor: Actor | None, org: Organisation, user: User, roles: Iterable[str]) -> Membership:
    """Give a person a set of roles, replacing the present one. ``actor`` is None for whoever runs the installation.

    An administrator gives roles to people who are or were members, not to themselves; accounts of elsewhere join by
    whoever runs the installation, new ones by ``invite``. Raises ``Forbidden``, ``NotFound``, ``OutOfReach``,
    ``Invalid``, ``Conflict``.
    """
    checked = checked_roles(roles)
    if actor is not None:
        _may_manage(actor, org, user)
        if not checked:
            raise Invalid.one("roles", "required", "Choose at least one role.")
        with org_scope(org):
            known = Membership.objects.filter(user=user).exists()
        if not known and not runs_installation(actor):
            raise NotFound("account")
    return join(org=org, user=user, roles=checked)


def join(*, org: Organisation, user: User, roles: list[str]) -> Membership:
    """Write a membership. Raises ``Conflict`` where it would take the last administrator's role away."""
    with transaction.atomic(), administered(org):
        membership, _ = Membership.objects.update_or_create(
            org=org, user=user, defaults={"roles": roles, "is_active": True}
        )
    result: Membership = membership
    return result


def _may_manage(actor: Actor, org: Organisation, user: User) -> None:
    require(actor, "org.manage")
    if actor.org_id != org.id:
        raise NotFound("organisation")
    if actor.user_id == user.pk:
        raise OutOfReach(NOT_YOURSELF)


def runs_installation(actor: Actor) -> bool:
    """Whether the actor is a person who runs the whole installation."""
    owners = User.objects.filter(is_superuser=True, is_active=True)
    return actor.user_id is not None and owners.filter(pk=actor.user_id).exists()


def remove_member(*, actor: Actor | None, org: Organisation, user: User) -> None:
    """Take a person's access away at once; the membership stays as a record.

    Whoever has no other organisation is signed out everywhere. Raises ``Forbidden``, ``NotFound``, ``OutOfReach``,
    ``Conflict``.
    """
    if actor is not None:
        _may_manage(actor, org, user)
    with transaction.atomic(), administered(org):
        if not Membership.objects.filter(user=user).update(is_active=False):
            raise NotFound("member")
        if not organisations_of(user):
            end_sessions(user)


@contextmanager
def administered(org: Organisation) -> Iterator[None]:
    """Let the block change who may do what in an organisation, unless it would be left without an administrator.

    The block runs in the organisation's scope and must be inside a transaction. Raises ``Conflict``.
    """
    with org_scope(org):
        had = _has_administrator()
        yield
        if had and not _has_administrator():
            raise Conflict("Somebody must stay administrator of the organisation.", code="last_administrator")


def _has_administrator() -> bool:
    active = Membership.objects.select_for_update(of=("self",)).filter(is_active=True, user__is_active=True)
    return any(Role.ORG_ADMIN in membership.roles for membership in active)

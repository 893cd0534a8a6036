"""Accounts of people: inviting somebody, the link by which they choose their password, and closing an account."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode

from orgs.actor import Actor
from orgs.authentication import organisations_of
from orgs.commands.members import (
    NOT_YOURSELF,
    administered,
    checked_roles,
    checked_username,
    join,
    runs_installation,
)
from orgs.commands.sessions import end_sessions
from orgs.errors import Conflict, FieldError, Invalid, NotFound, OutOfReach
from orgs.models import Membership, Organisation, User
from orgs.policy import require
from orgs.tenancy import org_scope
from orgs.text import check_text

LONGEST_PASSWORD = 1024
NOT_YOURS = "This account is not looked after by this organisation alone. Ask whoever runs the installation."


class _LinkTokens(PasswordResetTokenGenerator):
    """Tokens that end with a sign-in, a new password, and also when the person joins or leaves an organisation."""

    key_salt = "orgs.commands.accounts.link"

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        places = ",".join(str(org.id) for org in organisations_of(user))
        return f"{super()._make_hash_value(user, timestamp)}/{user.is_staff}/{user.is_superuser}/{places}"


_tokens = _LinkTokens()


def invite(
    *, actor: Actor, username: str, full_name: str = "", email: str = "", roles: Iterable[str]
) -> tuple[User, str]:
    """Open an account in the actor's organisation and return it with the link by which its owner chooses a password.

    Raises ``Forbidden``, ``Invalid``, and ``Conflict`` for a user name that is taken.
    """
    require(actor, "org.manage")
    first, last, address = _checked_person(full_name, email)
    if not (checked := checked_roles(roles)):
        raise Invalid.one("roles", "required", "Choose at least one role.")
    username = checked_username(username)
    if User.objects.filter(username__iexact=username).exists():
        raise Conflict("That user name is taken.", code="duplicate")
    with transaction.atomic():
        user = User(username=username, first_name=first, last_name=last, email=address)
        user.set_unusable_password()
        user.save()
        join(org=Organisation.objects.get(pk=actor.org_id), user=user, roles=checked)
    return user, _link(user)


def edit_account(*, actor: Actor, user: User, full_name: str, email: str) -> User:
    """Change how a person is called and reached. Raises ``Forbidden``, ``NotFound``, ``OutOfReach``, ``Invalid``."""
    require(actor, "org.manage")
    first, last, address = _checked_person(full_name, email)
    with transaction.atomic():
        row = _in_reach(actor, user)
        row.first_name, row.last_name, row.email = first, last, address
        row.save(update_fields=["first_name", "last_name", "email"])
    return row


def password_link(*, actor: Actor, user: User) -> str:
    """A link by which a person chooses a new password; good once, for three days. The old password works until then.

    Raises ``Forbidden``, ``NotFound``, ``OutOfReach``.
    """
    require(actor, "org.manage")
    with transaction.atomic():
        row = _in_reach(actor, user)
        _refuse_self(actor, row)
    if not row.is_active:
        raise Conflict("The account is closed. Open it first.", code="closed")
    return _link(row)


def close_account(*, actor: Actor, user: User) -> User:
    """End a person's access to everything at once. Raises ``Forbidden``, ``NotFound``, ``OutOfReach``, ``Conflict``."""
    require(actor, "org.manage")
    with transaction.atomic():
        row = _in_reach(actor, user)
        _refuse_self(actor, row)
        with ExitStack() as kept:
            for org in organisations_of(row):
                kept.enter_context(administered(org))
            row.is_active = False
            row.save(update_fields=["is_active"])
        end_sessions(row)
    return row


def open_account(*, actor: Actor, user: User) -> User:
    """Let a person whose account was closed sign in again. Raises ``Forbidden``, ``NotFound``, ``OutOfReach``."""
    require(actor, "org.manage")
    with transaction.atomic():
        row = _in_reach(actor, user)
        row.is_active = True
        row.save(update_fields=["is_active"])
    return row


def set_staff(*, actor: Actor, user: User, staff: bool) -> User:
    """Open or shut the administration for a person. Only whoever runs the installation may. Raises ``OutOfReach``."""
    require(actor, "org.manage")
    if not runs_installation(actor):
        raise OutOfReach("Only whoever runs the installation opens the administration to people.")
    with transaction.atomic():
        row = _in_reach(actor, user)
        _refuse_self(actor, row)
        row.is_staff = staff
        row.save(update_fields=["is_staff"])
    return row


def person_of_link(uid: str, token: str) -> User | None:
    """Whose link it is, or None where it is not ours, was used, or is too old."""
    try:
        pk = int(urlsafe_base64_decode(uid))
    except (ValueError, OverflowError):
        return None
    user = User.objects.filter(pk=pk, is_active=True).first() if pk < 2**63 else None
    return user if user is not None and _tokens.check_token(user, token) else None


def choose_password(*, uid: str, token: str, password: str) -> User:
    """Set a person's password by their link, and end every session of theirs. Raises ``NotFound``, ``Invalid``."""
    with transaction.atomic():
        user = person_of_link(uid, token)
        if user is None:
            raise NotFound("link")
        if len(password) > LONGEST_PASSWORD or "\x00" in password:
            raise Invalid.one("password", "max_length", f"Use at most {LONGEST_PASSWORD} characters, none of them NUL.")
        try:
            validate_password(password, user)
        except ValidationError as error:
            raise Invalid([FieldError("password", "weak", message) for message in error.messages]) from error
        user.set_password(password)
        user.save(update_fields=["password"])
        end_sessions(user)
    return user


def _checked_person(full_name: str, email: str) -> tuple[str, str, str]:
    errors: list[FieldError] = []
    name = check_text(errors, "full_name", full_name, longest=150)
    address = check_text(errors, "email", email, longest=254)
    if address and not errors:
        try:
            validate_email(address)
        except ValidationError:
            errors.append(FieldError("email", "invalid", "Give an e-mail address, such as ada@example.org."))
    if errors:
        raise Invalid(errors)
    first, _, last = name.partition(" ")
    return first, last, address


def _in_reach(actor: Actor, user: User) -> User:
    """The account, locked, if the actor may alter it: it is of their organisation, of no other, and not above them."""
    with org_scope(actor.org_id):
        row = User.objects.select_for_update().filter(pk=user.pk, pk__in=Membership.objects.values("user")).first()
    if row is None:
        raise NotFound("account")
    if not runs_installation(actor):
        elsewhere = {org.id for org in organisations_of(row)} - {actor.org_id}
        if row.is_superuser or elsewhere:
            raise OutOfReach(NOT_YOURS)
    return row


def _refuse_self(actor: Actor, user: User) -> None:
    if actor.user_id == user.pk:
        raise OutOfReach(NOT_YOURSELF)


def _link(user: User) -> str:
    # Never from the request's Host header, which whoever asks can choose.
    path = reverse("choose-password", args=[urlsafe_base64_encode(str(user.pk).encode()), _tokens.make_token(user)])
    return f"{settings.ITSM_PUBLIC_URL.rstrip('/')}{path}"

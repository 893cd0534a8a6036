"""One HTTP operation, declared beside its handler: who may call it, what it reads, what it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from rest_framework.request import Request

from api.base.parameters import Table, Values
from api.base.serializers import StrictInput
from orgs.actor import Actor
from orgs.errors import Forbidden
from orgs.policy import POLICY, allows

if TYPE_CHECKING:
    from api.base.views import ApiView


@dataclass(frozen=True)
class Operation:
    """The declaration.

    `actions` are rows of the policy table: holding one of them admits the caller to the handler, whose command decides
    finally; `None` admits everybody, signed in or not.
    `body` reads the request's object (`partial` makes every member of it optional); `shape` is the JSON schema of
    the answer given with `status`, `answers` are further successful statuses and their meanings. `refusals` are the
    statuses beyond those that every operation of its kind can answer.
    """

    summary: str
    actions: tuple[str, ...] | None
    shape: Any
    status: int = 200
    description: str = ""
    query: Table = field(default_factory=dict)
    body: type[StrictInput] | None = None
    partial: bool = False
    versioned: bool = False
    example: Any = None
    body_example: Any = None
    refusals: Mapping[int, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[int, str] = field(default_factory=dict)
    media_type: str = "application/json"

    def admit(self, actor: Actor) -> None:
        """Raise Forbidden where none of the operation's actions is the actor's."""
        actions = self.actions or ()
        if not any(allows(actor, action) for action in actions):
            needs = frozenset[str]().union(*(POLICY.get(action, frozenset()) for action in actions))
            raise Forbidden(action=" or ".join(actions), needs=needs)


@dataclass(frozen=True)
class Call:
    """One request, read and checked: what a handler works with.

    `data` holds the body's members, `echoed` the read-only ones that came back; `expected_version` is what `If-Match`
    demands.
    """

    request: Request
    actor: Actor
    values: Values
    data: dict[str, Any]
    echoed: dict[str, Any]
    expected_version: int | None


Handler = Callable[..., HttpResponse]


def operation(
    summary: str, *, actions: str | Sequence[str] | None, shape: Any, **more: Any
) -> Callable[[Handler], Handler]:
    """Declare a handler of an `ApiView`: it is called with a `Call` and the address's parts by name."""
    named = (actions,) if isinstance(actions, str) else actions
    declared = Operation(summary, None if named is None else tuple(named), shape, **more)

    def declare(handler: Handler) -> Handler:
        @wraps(handler)
        def answer(view: ApiView, request: Request, **parts: str) -> HttpResponse:
            return view.carry_out(declared, handler, parts)

        answer.operation = declared  # type: ignore[attr-defined]
        return answer

    return declare


def declared_operation(view: Any, method: str) -> Operation | None:
    """The declaration of a view's method, if there is one."""
    return getattr(getattr(view, method.lower(), None), "operation", None)

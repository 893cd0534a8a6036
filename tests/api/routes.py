"""The routes of the API, read off the URLconf and its declarations, for tests that grow by themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver

import api.urls
from api.base.operations import Operation, declared_operation
from api.base.views import ApiView

SAFE = ("get",)
METHODS = ("get", "post", "put", "patch", "delete")

# Routes whose views declare no operation, and why.
UNDECLARED = {
    "metrics": "text for Prometheus, behind a token of its own",
    "docs": "a page",
}
WEBHOOKS = "/api/v1/webhooks/"


@dataclass(frozen=True)
class Route:
    """One method of one address."""

    name: str
    path: str
    method: str
    view: Any
    operation: Operation

    @property
    def id(self) -> str:
        return f"{self.method.upper()} {self.path}"

    @property
    def parts(self) -> list[str]:
        return re.findall(r"{(\w+)}", self.path)

    @property
    def unsafe(self) -> bool:
        return self.method not in SAFE

    @property
    def public(self) -> bool:
        return self.operation.actions is None

    def address(self, parts: dict[str, str]) -> str:
        """The address with its parts filled in; a part that nobody knows fails the test."""
        return re.sub(r"{(\w+)}", lambda found: parts[found.group(1)], self.path)


def patterns(found: Any = api.urls.urlpatterns, prefix: str = "/") -> Iterator[tuple[str, str, Any]]:
    """Name, path and callback of every pattern."""
    for pattern in found:
        path = prefix + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            yield from patterns(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern):
            yield pattern.name or "", path, pattern.callback


def is_declared(callback: Any) -> bool:
    """Whether the callback is a view of the API's one class."""
    return issubclass(getattr(callback, "view_class", type(None)), ApiView)


def routes() -> list[Route]:
    """Every declared route."""
    return [
        Route(name, path, method, callback.view_class, declared)
        for name, path, callback in patterns()
        if is_declared(callback)
        for method in METHODS
        if (declared := declared_operation(callback.view_class, method)) is not None
    ]


ROUTES = routes()
PRIVATE = [route for route in ROUTES if not route.public]
UNSAFE = [route for route in PRIVATE if route.unsafe]
LISTS = [route for route in PRIVATE if "limit" in route.operation.query]

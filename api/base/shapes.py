"""What answers look like, as JSON schema: each named object once, gathered into the OpenAPI document's components."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Schema = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Shape:
    """A named object.

    `members` maps each member to its schema, in which other shapes may stand; all are required but the `optional` ones.
    """

    name: str
    members: Mapping[str, Any]
    description: str = ""
    optional: frozenset[str] = field(default_factory=frozenset)

    def schema(self) -> Schema:
        """The object's own schema, with references to the shapes in it."""
        found: Schema = {
            "type": "object",
            "properties": {name: resolved(member) for name, member in self.members.items()},
            "required": [name for name in self.members if name not in self.optional],
            "additionalProperties": False,
        }
        return {**found, "description": self.description} if self.description else found

    def parts(self) -> Iterator[Shape]:
        """This shape and all those in it."""
        yield self
        yield from parts_of(list(self.members.values()))


def resolved(schema: Any) -> Any:
    """A schema in which every shape is replaced by a reference to its component."""
    if isinstance(schema, Shape):
        return {"$ref": f"#/components/schemas/{schema.name}"}
    if isinstance(schema, Mapping):
        return {name: resolved(member) for name, member in schema.items()}
    if isinstance(schema, list | tuple):
        return [resolved(member) for member in schema]
    return schema


def parts_of(schema: Any) -> Iterator[Shape]:
    """Every shape that stands anywhere in a schema."""
    if isinstance(schema, Shape):
        yield from schema.parts()
    elif isinstance(schema, Mapping):
        for member in schema.values():
            yield from parts_of(member)
    elif isinstance(schema, list | tuple):
        for member in schema:
            yield from parts_of(member)


def text(description: str = "", **more: Any) -> Schema:
    """A string."""
    return _told({"type": "string", **more}, description)


def word(*words: str, description: str = "") -> Schema:
    """One of a few words."""
    return _told({"type": "string", "enum": list(words)}, description)


def moment(description: str = "") -> Schema:
    """A time in UTC."""
    return _told({"type": "string", "format": "date-time"}, description)


def ident(description: str = "") -> Schema:
    """A UUID."""
    return _told({"type": "string", "format": "uuid"}, description)


def whole(description: str = "", **more: Any) -> Schema:
    """An integer."""
    return _told({"type": "integer", **more}, description)


def number(description: str = "") -> Schema:
    """A number."""
    return _told({"type": "number"}, description)


def flag(description: str = "") -> Schema:
    """A boolean."""
    return _told({"type": "boolean"}, description)


def many(item: Any, description: str = "") -> Schema:
    """An array."""
    return _told({"type": "array", "items": item}, description)


def members(description: str = "", values: Any = None) -> Schema:
    """An object of any members."""
    return _told({"type": "object", "additionalProperties": True if values is None else values}, description)


def anything(description: str = "") -> Schema:
    """Any JSON value."""
    return _told({}, description)


def nullable(schema: Any) -> Schema:
    """The same or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def _told(schema: Schema, description: str) -> Schema:
    return {**schema, "description": description} if description else schema


FIELD_ERROR = Shape(
    "FieldError",
    {
        "field": text(
            "Where the fault is: a path such as `affected_cis[2]`, a parameter's or header's name; `$` is the body."
        ),
        "code": text("Stable, for programs."),
        "message": text("For people; names the remedy."),
    },
    "One bad field.",
)

PROBLEM = Shape(
    "Problem",
    {
        "type": text("A URN of the code.", format="uri"),
        "title": text(),
        "status": whole(),
        "detail": text("What went wrong here, for people."),
        "code": text("Stable, for programs."),
        "request_id": text("The id under which this request was logged."),
        "errors": many(FIELD_ERROR, "Every bad field at once."),
        "action": text("403: what was attempted."),
        "needs": many(text(), "403: the roles that may do it."),
        "current": text("409: the status now."),
        "requested": text("409: the status that was asked for."),
        "allowed": many(text(), "409: the statuses that may be asked for now."),
        "current_version": whole("412: the record's version now."),
        "limit": whole("413: how many bytes a body may have."),
    },
    "A refusal (RFC 9457).",
    optional=frozenset({"errors", "action", "needs", "current", "requested", "allowed", "current_version", "limit"}),
)

"""The OpenAPI description of each operation, made from its declaration; nothing is guessed from code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ComponentRegistry, ResolvedComponent
from rest_framework import serializers

from api.base import fields
from api.base.operations import Operation, declared_operation
from api.base.parameters import Parameter
from api.base.serializers import StrictInput
from api.base.shapes import PROBLEM, Schema, Shape, parts_of, resolved

AnyField = serializers.Field[Any, Any, Any, Any]
UNSAFE = ("POST", "PUT", "PATCH")
BEARER = {"type": "http", "scheme": "bearer", "description": "An API key: `Authorization: Bearer ops_…`."}
SESSION = {
    "type": "apiKey",
    "in": "cookie",
    "name": settings.SESSION_COOKIE_NAME,
    "description": "A signed-in browser; unsafe methods also send `X-CSRFToken`.",
}

REFUSALS = {
    400: "Malformed or invalid input; `errors` names every bad field at once.",
    401: "No credentials, or bad ones.",
    403: "None of the caller's roles allows this.",
    404: "There is no such record in this organisation.",
    406: "The Accept header asks for something other than JSON.",
    409: "The record's state does not allow this, or the first call with this Idempotency-Key is still running.",
    412: "If-Match does not name the record's present version.",
    413: "The body is too large.",
    414: "The address is too long.",
    415: "The body is not application/json in UTF-8.",
    422: "This Idempotency-Key was used before with another body.",
    429: "Too many calls; Retry-After says how many seconds to wait.",
    503: "The store does not answer now; Retry-After says when to try again.",
}

PATH_PARTS = {
    "org_id": "The organisation's id or slug.",
    "incident_id": "The incident's id or its reference, `INC-YYYYMMDD-NNN`.",
    "problem_id": "The problem's id or its reference, `PRB-YYYYMMDD-NNN`.",
    "ci_id": "The configuration item's id or name.",
    "alert_id": "The alert's id.",
    "item_id": "The stored body's id.",
}


class OperationSchema(AutoSchema):
    """Turns an `Operation` into its OpenAPI object."""

    def get_operation(
        self, path: str, path_regex: str, path_prefix: str, method: str, registry: ComponentRegistry
    ) -> Schema | None:
        """The description of one method of one path, or None where nothing is declared."""
        declared = declared_operation(self.view, method)
        if declared is None:
            return None
        self.registry, self.path, self.method = registry, path, method
        found: Schema = {
            "operationId": _operation_id(path, method),
            "summary": declared.summary,
            "description": _description(declared),
            "tags": [getattr(self.view, "tag", "") or path.strip("/").split("/")[0]],
            "parameters": [*_path_parameters(path), *_query_parameters(declared), *_headers(declared, method)],
            "responses": self._responses(declared, method),
            "security": self._security(declared),
        }
        if method in UNSAFE and declared.actions is not None:
            found["requestBody"] = self._body(declared)
        return found

    def _security(self, declared: Operation) -> list[Schema]:
        if declared.actions is None:
            return [{}]
        for name, scheme in (("apiKey", BEARER), ("session", SESSION)):
            self._register(name, scheme, ResolvedComponent.SECURITY_SCHEMA)
        return [{"apiKey": []}, {"session": []}]

    def _register(self, name: str, schema: Any, kind: str = ResolvedComponent.SCHEMA) -> None:
        component = ResolvedComponent(  # type: ignore[no-untyped-call]  # untyped
            name=name, type=kind, object=OperationSchema, schema=schema
        )
        self.registry.register_on_missing(component)

    def _reference(self, schema: Any) -> Any:
        """A schema whose named parts are registered as components."""
        for shape in parts_of(schema):
            self._register(shape.name, shape.schema())
        return resolved(schema)

    def _body(self, declared: Operation) -> Schema:
        content: Schema = {"schema": {"type": "object", "maxProperties": 0}}
        required = False
        if declared.body is not None:
            shape = input_shape(declared.body, partial=declared.partial)
            content["schema"] = self._reference(shape)
            required = bool(shape.schema()["required"])
        if declared.body_example is not None:
            content["example"] = declared.body_example
        return {"required": required, "content": {"application/json": content}}

    def _responses(self, declared: Operation, method: str) -> Schema:
        content: Schema = {"schema": self._reference(declared.shape)}
        if declared.example is not None:
            content["example"] = declared.example
        headers = {name: {"description": text, "schema": {"type": "string"}} for name, text in declared.headers.items()}
        headers["X-Request-ID"] = {"description": "The id of this request.", "schema": {"type": "string"}}
        found: Schema = {
            str(status): self._refusal(status, meaning) for status, meaning in refusals_of(declared, method).items()
        }
        for status, meaning in {declared.status: declared.summary, **declared.answers}.items():
            found[str(status)] = {
                "description": meaning,
                "headers": headers,
                "content": {declared.media_type: content},
            }
        return dict(sorted(found.items()))

    def _refusal(self, status: int, meaning: str) -> Schema:
        headers: Schema = {}
        if status in (429, 503):
            headers["Retry-After"] = {"description": "Seconds to wait.", "schema": {"type": "integer"}}
        if status == 401:
            headers["WWW-Authenticate"] = {"description": "The challenge.", "schema": {"type": "string"}}
        content = {"application/problem+json": {"schema": self._reference(PROBLEM)}}
        return {"description": meaning, "content": content, **({"headers": headers} if headers else {})}


def refusals_of(declared: Operation, method: str) -> dict[int, str]:
    """Every refusal that an operation can answer, with its meaning."""
    statuses = {400, 406, 414, 503}
    if declared.actions is not None:
        statuses |= {401, 403, 429}
    if method in UNSAFE and declared.actions is not None:
        statuses |= {404, 409, 413, 415, 422}
    if declared.versioned:
        statuses.add(412)
    return {status: REFUSALS[status] for status in sorted(statuses)} | dict(declared.refusals)


def _operation_id(path: str, method: str) -> str:
    parts = [part.strip("{}") for part in path.strip("/").split("/") if part]
    return "_".join([method.lower(), *(re.sub(r"\W", "_", part) for part in parts)])


def _description(declared: Operation) -> str:
    told = [declared.description] if declared.description else []
    if declared.actions:
        told.append(f"Takes a role that allows {' or '.join(f'`{action}`' for action in declared.actions)}.")
    return "\n\n".join(told) or declared.summary


def _path_parameters(path: str) -> list[Schema]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": PATH_PARTS.get(name, ""),
            "schema": {"type": "string", "minLength": 1},
        }
        for name in re.findall(r"{(\w+)}", path)
    ]


def _query_parameters(declared: Operation) -> list[Schema]:
    return [_query_parameter(name, parameter) for name, parameter in declared.query.items()]


def _query_parameter(name: str, parameter: Parameter) -> Schema:
    schema = parameter.schema()
    if parameter.many:
        schema = {"type": "array", "items": schema, "minItems": 1}
    found: Schema = {"name": name, "in": "query", "description": parameter.help, "schema": schema}
    if parameter.many:
        found |= {"style": "form", "explode": True}
    return found


def _headers(declared: Operation, method: str) -> list[Schema]:
    if method not in UNSAFE or declared.actions is None:
        return []
    found: list[Schema] = [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "description": "A name for this call; repeated within 24 hours, it answers the first call's answer again.",
            "schema": {"type": "string", "pattern": "^[!-~]([ -~]{0,253}[!-~])?$"},
        }
    ]
    if declared.versioned:
        found.append(
            {
                "name": "If-Match",
                "in": "header",
                "description": "The ETag that was read; the change is refused where the record changed since.",
                "schema": {"type": "string", "pattern": '^("[0-9]{1,18}"|\\*)$'},
            }
        )
    return found


def input_shape(kind: type[StrictInput], *, partial: bool = False) -> Shape:
    """An input object as a shape."""
    reader = kind()
    members = {name: _field_schema(field) for name, field in reader.fields.items()}
    optional = frozenset(name for name, field in reader.fields.items() if partial or not field.required)
    name = kind.__name__
    return Shape(name, members, (kind.__doc__ or "").split("\n")[0], optional)


def _field_schema(field: AnyField) -> Any:
    schema = _plain_schema(field)
    if field.help_text and isinstance(schema, Mapping):
        schema = {**schema, "description": str(field.help_text)}
    if field.allow_null:
        schema = {"anyOf": [schema, {"type": "null"}]}
    return schema


def _plain_schema(field: AnyField) -> Any:
    """The schema of a field that holds others or takes one JSON type."""
    match field:
        case StrictInput():
            return input_shape(type(field))
        case fields.Many():
            return {"type": "array", "items": _field_schema(field.child), "maxItems": field.max_length}
        case fields.Members():
            return {"type": "object", "additionalProperties": True, "maxProperties": field.most}
        case fields.Flag():
            return {"type": "boolean"}
        case fields.Whole():
            return _bounded({"type": "integer"}, minimum=field.min_value, maximum=field.max_value)
        case fields.Amount():
            return _amount_schema(field)
    return _text_schema(field)


def _text_schema(field: AnyField) -> Any:
    """The schema of a field that takes a string."""
    match field:
        case fields.Word():
            return {"type": "string", "enum": list(field.means)}
        case fields.Moment():
            return {"type": "string", "format": "date-time"}
        case fields.RecordName():
            named = {"type": "string", "minLength": 1, "maxLength": field.longest, "pattern": fields.VISIBLE_PATTERN}
            shown = {"type": "object", "properties": {"id": named}, "required": ["id"]}
            return {"anyOf": [named, shown]}
        case fields.Text():
            text = _bounded({"type": "string"}, maxLength=field.max_length, minLength=field.min_length)
            return {**text, "pattern": fields.VISIBLE_PATTERN} if field.visible else text
    raise TypeError(f"{type(field).__name__} has no schema")


def _amount_schema(field: fields.Amount) -> Any:
    digits = f"^-?[0-9]{{1,{field.max_whole_digits}}}(\\.[0-9]{{1,{field.decimal_places}}})?$"
    whole = _bounded(
        {"type": "integer"},
        minimum=None if field.min_value is None else int(field.min_value),
        maximum=None if field.max_value is None else int(field.max_value),
    )
    return {"anyOf": [whole, {"type": "string", "pattern": digits}]}


def _bounded(schema: Schema, **bounds: Any) -> Schema:
    return {**schema, **{name: bound for name, bound in bounds.items() if bound is not None}}

"""Input objects: unknown members are refused, what only the server writes may come back unchanged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from rest_framework import serializers
from rest_framework.settings import api_settings

from api.base.replies import as_sent
from api.base.strict_json import path_to
from orgs.errors import FieldError, Invalid

NON_FIELD = api_settings.NON_FIELD_ERRORS_KEY


class StrictInput(serializers.Serializer[Any]):
    """An input object. `echoes` names the members of the answer that a client may send back, unchanged."""

    echoes: frozenset[str] = frozenset()

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """The checked members; every bad and every unknown one is named at once."""
        faults: dict[str, Any] = {}
        values: dict[str, Any] = {}
        if isinstance(data, Mapping):
            for name in data:
                if name not in self.fields and name not in self.echoes:
                    faults[name] = [serializers.ErrorDetail("There is no such field here.", code="unknown_field")]
        try:
            values = super().to_internal_value(data)
        except serializers.ValidationError as error:
            detail: Any = error.detail
            faults.update(detail)
        if faults:
            raise serializers.ValidationError(faults)
        return values


def read_body(kind: type[StrictInput], data: Any, *, partial: bool = False) -> tuple[dict[str, Any], dict[str, Any]]:
    """The checked members of a body, and the echoed ones. Raises Invalid naming every bad field at once."""
    reader = _reader(kind, partial)
    try:
        values: dict[str, Any] = reader.run_validation(data)
    except serializers.ValidationError as error:
        raise Invalid(list(_flattened(error.detail, ""))) from None
    echoed = {name: data[name] for name in data if name in kind.echoes and name not in reader.fields}
    return values, echoed


@lru_cache(maxsize=256)
def _reader(kind: type[StrictInput], partial: bool) -> StrictInput:
    """One reader for all requests: reading keeps nothing in it, and making one copies every field."""
    return kind(partial=partial)


def _flattened(errors: Any, path: str) -> Iterator[FieldError]:
    """DRF's nested errors as a flat list with paths such as `affected_cis[2]`."""
    if isinstance(errors, Mapping):
        for name, below in errors.items():
            if name == NON_FIELD:
                yield from _flattened(below, path)
            elif isinstance(name, int):
                yield from _flattened(below, f"{path}[{name}]")
            else:
                yield from _flattened(below, path_to(path, str(name)[:256]))
        return
    for item in errors:
        if isinstance(item, Mapping):
            yield from _flattened(item, path)
        else:
            yield FieldError(path or "$", str(getattr(item, "code", "invalid")), str(item))


def refuse_changed(echoed: Mapping[str, Any], shown: Mapping[str, Any]) -> None:
    """Refuse the echoed members that differ from what the API shows of the record now."""
    if not echoed:
        return
    present = as_sent({name: shown[name] for name in echoed if name in shown})
    faults = [
        FieldError(name, "read_only", "Only the server writes this; leave it out or send it back unchanged.")
        for name, value in echoed.items()
        if name not in present or present[name] != value
    ]
    if faults:
        raise Invalid(faults)

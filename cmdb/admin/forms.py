"""The forms of a configuration item's buttons; what their values must be is decided by the commands."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.http import HttpRequest

from cmdb.commands import DependsOn
from cmdb.models import ConfigurationItem, Dependency
from cmdb.queries import dependencies_of
from cmdb.vocabulary import CIStatus, Criticality, DependencyKind
from orgs.admin_commands import CommandForm
from orgs.queries import teams

LONGEST = 65_536
SETTABLE_STATUSES = [(value, label) for value, label in CIStatus.choices if value != CIStatus.MISSING]


class AttributesField(forms.CharField):
    """A JSON object, as text."""

    widget = forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "maxlength": LONGEST})

    def clean(self, value: Any) -> Any:
        """What the text spells; nothing is an empty object."""
        text = super().clean(value).strip()
        if not text:
            return {}
        try:
            return json.loads(text, parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            raise forms.ValidationError('Give a JSON object, such as {"engine": "postgresql"}.') from error


class DependenciesField(forms.CharField):
    """What an item depends on, one a line: a name, or ``kind: name``."""

    widget = forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "maxlength": LONGEST})

    def clean(self, value: Any) -> list[DependsOn]:
        """The lines that say something."""
        return [_depends_on(line.strip()) for line in super().clean(value).splitlines() if line.strip()]


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


def _depends_on(line: str) -> DependsOn:
    kind, colon, name = line.partition(":")
    if colon and kind.strip() in DependencyKind.values:
        return DependsOn(name.strip(), kind.strip())
    return DependsOn(line)


def _text(label: str, *, initial: str = "", most: int = 200, hint: str = "") -> forms.CharField:
    widget = forms.TextInput(attrs={"maxlength": most})
    return forms.CharField(label=label, required=False, strip=False, initial=initial, help_text=hint, widget=widget)


def _choice(label: str, choices: Any, *, initial: str = "") -> forms.CharField:
    widget = forms.Select(choices=[(value, str(word)) for value, word in choices])
    return forms.CharField(label=label, required=False, initial=initial, widget=widget)


def item_form(request: HttpRequest, row: ConfigurationItem | None) -> type[CommandForm]:
    """The fields of an item, as they stand or empty for a new one."""
    statuses = [*SETTABLE_STATUSES]
    if row is not None and row.status == CIStatus.MISSING:
        statuses.append((CIStatus.MISSING.value, CIStatus.MISSING.label))
    owners = [("", "Nobody"), *((team.slug, team.name) for team in teams())]
    attributes = json.dumps(row.attributes, indent=2, ensure_ascii=False, sort_keys=True) if row else ""
    owner = row.owner_team.slug if row is not None and row.owner_team else ""
    fields: dict[str, forms.Field] = {
        "name": _text("Name", initial=row.name if row else ""),
        "kind": _text("Kind", initial=row.kind if row else "", most=64, hint="server, database, service, switch, …"),
        "environment": _text("Environment", initial=row.environment if row else "", most=64),
        "criticality": _choice(
            "Criticality", Criticality.choices, initial=row.criticality if row else Criticality.MEDIUM
        ),
        "owner_team": _choice("Owner", owners, initial=owner),
        "status": _choice("Status", statuses, initial=row.status if row else CIStatus.ACTIVE),
        "attributes": AttributesField(label="Attributes", required=False, strip=False, initial=attributes),
    }
    if row is None:
        fields["depends_on"] = dependencies_field("")
    return type("ItemForm", (CommandForm,), {"__doc__": "The fields of an item.", **fields})


def dependencies_form(request: HttpRequest, row: ConfigurationItem) -> type[CommandForm]:
    """What an item depends on, as it stands."""
    lines = "\n".join(line_of(edge) for edge in dependencies_of(row))
    fields = {"depends_on": dependencies_field(lines)}
    return type("DependenciesForm", (CommandForm,), {"__doc__": "What an item depends on.", **fields})


def dependencies_field(initial: str) -> DependenciesField:
    """The field for what an item depends on."""
    kinds = ", ".join(DependencyKind.values)
    hint = f"One a line: a name or an id, or kind: name. The kinds are {kinds}."
    return DependenciesField(label="Depends on", required=False, strip=False, initial=initial, help_text=hint)


def line_of(edge: Dependency) -> str:
    """An edge as the field writes it."""
    return f"{edge.kind}: {edge.dependency.name}"

from datetime import timedelta
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import models

from changes.commands import save_template
from changes.models import Change
from orgs.clock import now
from orgs.commands import create_team
from orgs.tenancy import org_scope
from tests.changes.staging import drafted, pending, somebody
from timeline.verify import verify

# The organisation is how a row is found; a row that moved to another is missing where it was.
KEYS = {"id", "org"}
# The database itself refuses these times on a change that has not begun.
REFUSED = {"executed_at", "finished_at"}
COLUMNS = [field.name for field in Change._meta.concrete_fields if field.name not in KEYS | REFUSED]
BELONGINGS = [
    (label, field.name)
    for label in Change.BELONGINGS
    for field in apps.get_model(label)._meta.concrete_fields
    if field.name not in KEYS
]
LEGAL = {"status": "approved", "type": "emergency", "risk": "high", "risk_computed": "high"}


@pytest.fixture
def asked_for(anyone, org, ci):
    """A change that waits for approval, and rows that its columns can be made to point to."""
    create_team(actor=None, org=org, name="Network")
    somebody(org)
    save_template(actor=anyone, name="Restart", title="Restart")
    ci("db-2")
    drafted(anyone, "Another")
    return pending(anyone)


def another(field, value):
    """A legal value of the column that is not the present one."""
    if field.name in LEGAL:
        return LEGAL[field.name]
    if isinstance(field, models.ForeignKey):
        return field.related_model._base_manager.exclude(pk=value).latest("pk").pk
    if isinstance(field, models.UUIDField):
        return uuid4()
    if isinstance(field, models.DateTimeField):
        return (value or now()) + timedelta(microseconds=1)
    if isinstance(field, models.JSONField):
        return ["forged"]
    if isinstance(field, models.IntegerField):
        return (value or 0) + 1
    return "forged"[: field.max_length]


def forge(table, pk, name):
    field = table._meta.get_field(name)
    row = table.objects.get(pk=pk)
    value = another(field, getattr(row, field.attname))
    assert value != getattr(row, field.attname)
    table.objects.filter(pk=pk).update(**{field.attname: value})


@pytest.mark.usefixtures("tampering")
@pytest.mark.parametrize("column", COLUMNS)
def test_a_forged_column_is_found(column, asked_for, org):
    assert list(verify(org)) == []
    with org_scope(org):
        forge(Change, asked_for.pk, column)
    assert [fault.org for fault in verify(org)] == ["acme"], f"{column} can be forged unseen"


@pytest.mark.usefixtures("tampering")
@pytest.mark.parametrize(("label", "column"), BELONGINGS)
def test_a_forged_belonging_is_found(label, column, asked_for, org):
    table = apps.get_model(label)
    with org_scope(org):
        forge(table, table.objects.filter(change=asked_for).first().pk, column)
    assert asked_for.reference in {fault.reference for fault in verify(org)}, f"{label}.{column} can be forged unseen"

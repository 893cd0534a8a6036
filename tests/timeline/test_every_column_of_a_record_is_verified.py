from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import models

from cmdb.commands import create_ci
from incidents.commands import Signal, add_action, attach_signal, change_status, record_slo_violation
from incidents.models import Incident
from orgs.clock import now
from orgs.commands import create_project, create_team
from orgs.tenancy import org_scope
from tests.incidents.staging import opened
from timeline.verify import verify

# The organisation is how a row is found; a row that moved to another is missing where it was.
KEYS = {"id", "org"}
COLUMNS = [field.name for field in Incident._meta.concrete_fields if field.name not in KEYS]
BELONGINGS = [
    (label, field.name)
    for label in Incident.BELONGINGS
    for field in apps.get_model(label)._meta.concrete_fields
    if field.name not in KEYS
]
# What the database holds to fixed choices, or to another column.
LEGAL = {"status": "identified", "severity": "P4", "actor_type": "integration"}


@pytest.fixture
def worked_on(anyone, org, user_with):
    """An incident with something in every table below it, and rows that its columns can be made to point to."""
    create_project(actor=anyone, slug="web", name="Web")
    create_team(actor=None, org=org, name="Storage")
    user_with("MEMBER")
    create_ci(actor=anyone, name="db-2", kind="server")
    opened(anyone, title="Another")
    row = opened(anyone, affected_cis=[create_ci(actor=anyone, name="db-1", kind="server")], correlation_key="db-1")
    change_status(actor=anyone, incident=row, to="acknowledged")
    add_action(actor=anyone, incident=row, kind="NOTE", label="Looked at the pool")
    attach_signal(actor=anyone, incident=row, signal=Signal("alert", "prometheus", "Slow", key="a", firing=True))
    record_slo_violation(
        actor=anyone,
        incident=row,
        slo_id="latency",
        window_start=now() - timedelta(hours=1),
        window_end=now(),
        error_budget_consumed=Decimal("0.25"),
        threshold_breached=False,
    )
    return row


def another(field, value):
    """A legal value of the column that is not the present one."""
    if field.name in LEGAL:
        return LEGAL[field.name]
    if isinstance(field, models.ForeignKey):
        return field.related_model._base_manager.exclude(pk=value).latest("pk").pk
    if isinstance(field, models.UUIDField):
        return uuid4()
    if isinstance(field, models.BooleanField):
        return not value
    if isinstance(field, models.DateTimeField):
        return (value or now()) + timedelta(microseconds=1)
    if isinstance(field, models.JSONField):
        return ["forged"]
    if isinstance(field, (models.IntegerField, models.DecimalField)):
        return (value or 0) + 1
    return "forged"[: field.max_length]


def forge(table, pk, name):
    field = table._meta.get_field(name)
    row = table.objects.get(pk=pk)
    value = another(field, getattr(row, field.attname))
    assert value != getattr(row, field.attname)
    table.objects.filter(pk=pk).update(**{field.attname: value})


# The database itself refuses a time of resolving on a live incident.
@pytest.mark.parametrize("column", [column for column in COLUMNS if column != "resolved_at"])
def test_a_forged_column_is_found(column, worked_on, org):
    assert list(verify(org)) == []
    with org_scope(org):
        forge(Incident, worked_on.pk, column)
    assert [fault.org for fault in verify(org)] == ["acme"], f"{column} can be forged unseen"


@pytest.mark.parametrize(("label", "column"), BELONGINGS)
def test_a_forged_belonging_is_found(label, column, worked_on, org):
    table = apps.get_model(label)
    with org_scope(org):
        forge(table, table.objects.filter(incident=worked_on).first().pk, column)
    assert worked_on.reference in {fault.reference for fault in verify(org)}, f"{label}.{column} can be forged unseen"

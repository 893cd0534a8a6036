"""Importing configuration items: preview, then commit."""

from __future__ import annotations

from django.db import IntegrityError, connection

from cmdb.commands.history import change_of
from cmdb.commands.import_outcome import Planned
from cmdb.commands.import_plan import Planner
from cmdb.commands.items import keys_of
from cmdb.commands.report import ImportReport, RowOutcome, report_of
from cmdb.imports.batch import MOST_ROWS, Batch
from cmdb.models import ConfigurationItem, ConfigurationItemChange, Dependency, LookupKey
from cmdb.models.change import ChangeAction
from orgs.actor import Actor
from orgs.clock import now
from orgs.errors import Conflict, FieldError, Invalid
from orgs.models import Organisation
from orgs.policy import require
from orgs.tenancy import org_scope
from timeline.commands import command

BATCH_SIZE = 1_000

_WRITTEN = (
    "name",
    "name_key",
    "kind",
    "environment",
    "criticality",
    "owner_team",
    "status",
    "attributes",
    "source",
    "external_id",
    "version",
    "updated_at",
)


def import_cis(
    *, actor: Actor, batch: Batch, commit: bool, complete: bool = False, strict: bool = False
) -> ImportReport:
    """Import a batch that ``cmdb.imports.read`` made; without ``commit`` only say what it would do.

    Items are the same by source and external id, so that importing again changes nothing. A row with a fault is
    refused and its neighbours are imported, unless ``strict`` asks for all or nothing. Nothing is ever deleted:
    with ``complete`` the items that the source no longer lists become ``missing``, provided that every row could be
    read and every page was given. Raises ``Forbidden``, ``Invalid`` (too many rows; faults, when strict) and
    ``Conflict`` when somebody else changed the same items meanwhile.
    """
    require(actor, "ci.write")
    if len(batch.items) > MOST_ROWS:
        raise Invalid.one("body", "too_many", f"Import at most {MOST_ROWS:,} rows at once.")
    if commit:
        return _commit(actor=actor, batch=batch, complete=complete, strict=strict)
    # No transaction: on SQLite it would hold the only write lock for as long as a preview takes.
    with org_scope(actor.org_id):
        planner = Planner(batch, org_id=actor.org_id, moment=now(), lock=False)
        planner.plan(complete=complete)
    return _report(planner, planner.outcomes(), committed=False)


@command
def _commit(*, actor: Actor, batch: Batch, complete: bool, strict: bool) -> ImportReport:
    # One import at a time in an organisation; readers and other writers are not held up.
    no_key = connection.features.has_select_for_no_key_update
    Organisation.objects.select_for_update(no_key=no_key).get(pk=actor.org_id)
    planner = Planner(batch, org_id=actor.org_id, moment=now(), lock=True)
    planner.plan(complete=complete)
    faults = planner.findings.faults
    if strict and faults:
        raise Invalid([FieldError(each.field, each.code, f"Row {each.row}: {each.message}") for each in faults])
    outcomes = planner.outcomes()
    try:
        _write(planner, actor=actor)
    except IntegrityError as error:
        message = "Somebody changed the same configuration items meanwhile; nothing was imported. Import again."
        raise Conflict(message, code="changed_meanwhile") from error
    return _report(planner, outcomes, committed=True)


def _report(planner: Planner, outcomes: list[RowOutcome], *, committed: bool) -> ImportReport:
    return report_of(
        source=planner.batch.source,
        committed=committed,
        outcomes=outcomes,
        relations=(len(planner.edges.new) + len(planner.edges.returned), len(planner.edges.ended)),
        faults=planner.findings.faults,
        notes=planner.findings.notes,
    )


def _write(planner: Planner, *, actor: Actor) -> None:
    """Insert and update in bulk, in the order that foreign keys ask for."""
    moment, source = planner.moment, planner.batch.source
    created = [planned for planned in planner.planned.values() if planned.creating]
    updated = [planned for planned in planner.planned.values() if not planned.creating and planned.changes]
    for planned in updated:
        planned.ci.version += 1
        planned.ci.updated_at = moment
    ConfigurationItem.objects.bulk_create([planned.ci for planned in created], batch_size=BATCH_SIZE)
    # An upsert by primary key is the one bulk update that stays linear in the number of rows.
    ConfigurationItem.objects.bulk_create(
        [planned.ci for planned in updated],
        batch_size=BATCH_SIZE,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=_WRITTEN,
    )
    _write_keys(planner)
    _write_edges(planner)
    history = [
        change_of(planned.ci, _action(planned), planned.changes, actor=actor, moment=moment, source=source)
        for planned in (*created, *updated)
    ]
    ConfigurationItemChange.objects.bulk_create(history, batch_size=BATCH_SIZE)


def _action(planned: Planned) -> ChangeAction:
    if planned.creating:
        return ChangeAction.CREATED
    return ChangeAction.MISSING if planned.missing else ChangeAction.IMPORTED


def _write_keys(planner: Planner) -> None:
    stale = [
        planned.ci
        for planned in planner.planned.values()
        if not planned.creating and planned.changes.keys() & {"name", "attributes"}
    ]
    for start in range(0, len(stale), BATCH_SIZE):
        LookupKey.objects.filter(ci__in=stale[start : start + BATCH_SIZE]).delete()
    fresh = [*stale, *(planned.ci for planned in planner.planned.values() if planned.creating)]
    LookupKey.objects.bulk_create([key for ci in fresh for key in keys_of(ci)], batch_size=BATCH_SIZE)


def _write_edges(planner: Planner) -> None:
    Dependency.objects.bulk_create(planner.edges.new, batch_size=BATCH_SIZE)
    for edges, values in (
        (planner.edges.returned, {"ended_at": None, "source": planner.batch.source}),
        (planner.edges.ended, {"ended_at": planner.moment}),
    ):
        keys = [edge.pk for edge in edges]
        for start in range(0, len(keys), BATCH_SIZE):
            Dependency.objects.filter(pk__in=keys[start : start + BATCH_SIZE]).update(**values)

"""Making an incident of an alert whose policy did not."""

from __future__ import annotations

from uuid import UUID

from incidents.models import Incident
from incidents.queries import find_incident
from incidents.states import FINISHED
from integrations.intake.joining import Joining, locked_correlation
from integrations.intake.policy import Lookups
from integrations.models import Alert
from orgs.actor import Actor
from orgs.errors import Conflict, NotFound
from orgs.policy import require
from orgs.queries import as_uuid
from timeline.commands import command


@command
def promote_alert(
    *, actor: Actor, alert: Alert | UUID | str, incident: Incident | UUID | str | None = None
) -> Incident:
    """Open an incident for an alert, join the live one of its correlation key, or join ``incident``.

    Later alerts with the same key follow. Raises ``Forbidden``, ``NotFound``, and ``Conflict`` for an alert whose
    incident is not finished, or an ``incident`` that is not live.
    """
    require(actor, "alert.promote")
    ident = alert.pk if isinstance(alert, Alert) else as_uuid(str(alert))
    found: Alert | None = Alert.objects.filter(pk=ident).first()
    if found is None:
        raise NotFound("alert")
    correlation = locked_correlation(actor.org_id, found.correlation_key)
    row: Alert = Alert.objects.select_for_update(of=("self",)).select_related("incident").get(pk=ident)
    if row.incident is not None and row.incident.status not in FINISHED:
        raise Conflict(f"It belongs to {row.incident.reference} already.", code="already_promoted")
    target = find_incident(incident) if incident is not None else None
    if target is not None:
        if not target.is_live:
            raise Conflict(f"{target.reference} is {target.status}; open a new incident.", code="incident_not_live")
        correlation.incident = target
        correlation.save(update_fields=["incident"])
    row.incident = None
    joined = Joining(correlation, [row], Lookups(), person=actor).run()
    if joined is None:
        raise Conflict("The alert could not join an incident.")
    return joined

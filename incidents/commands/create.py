"""Creating an incident."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

from cmdb.models import ConfigurationItem
from incidents.commands.fields import (
    Refusals,
    as_refs,
    check_list,
    check_severity,
    check_tags,
    checked,
    find_affected,
    find_assignment,
)
from incidents.commands.links import REVERSE
from incidents.commands.signals import Signal, signal_event
from incidents.events import IncidentCreated, Linked, SignalIngested
from incidents.models import Incident
from incidents.targets import targets_for
from orgs.actor import Actor
from orgs.clock import now
from orgs.errors import Invalid
from orgs.models import Project
from orgs.policy import require
from orgs.queries import find_project
from timeline.commands import command, lock, record
from timeline.references import next_reference


@command
def create_incident(
    *,
    actor: Actor,
    title: str,
    severity: str,
    description: str = "",
    affected_cis: Sequence[str | UUID | ConfigurationItem] = (),
    assigned_to: str = "",
    assignee: str = "",
    services: Sequence[str] = (),
    service_name: str = "",
    environment: str = "",
    project: Project | str | UUID | None = None,
    source: str = "",
    detected_by: str = "",
    correlation_key: str = "",
    tags: Sequence[str] = (),
    runbook_path: str = "",
    impact_started_at: datetime | None = None,
    follows: Incident | str | UUID | None = None,
    signals: Sequence[Signal] = (),
) -> Incident:
    """Open an incident and give it a reference.

    ``affected_cis`` are ids, names or rows; ``assigned_to`` a team, a person or free text, ``assignee`` the person
    beside a team; ``follows`` an earlier incident that this one comes back from; ``signals`` what it begins with.
    Raises ``Forbidden``, ``Invalid``, ``NotFound``.
    """
    require(actor, "incident.create")
    moment = now()
    refusals = Refusals()
    with refusals:
        texts = checked(
            {
                "title": title,
                "description": description,
                "service_name": service_name,
                "environment": environment,
                "source": source,
                "detected_by": detected_by,
                "correlation_key": correlation_key,
                "runbook_path": runbook_path,
            },
            required=("title",),
        )
    with refusals:
        severity = check_severity(severity)
    with refusals:
        names = check_list("services", services)
    with refusals:
        kept_tags = check_tags(tags)
    with refusals:
        assignment = find_assignment(assigned_to, assignee)
    with refusals:
        cis = find_affected(affected_cis, actor.org_id)
    with refusals:
        started = _began(impact_started_at, moment)
    payloads: list[SignalIngested] = []
    for signal in signals:
        with refusals:
            payloads.append(signal_event(signal, moment))
    refusals.check()
    service = texts["service_name"] or (names[0] if names else "")
    key = texts.pop("correlation_key")
    project_row = _project(project)
    before = None if follows is None else lock(Incident, follows)
    reference, number = next_reference(Incident, actor.org_id, moment)
    incident = Incident(
        id=uuid4(), org_id=actor.org_id, reference=reference, ref_number=number, created_at=moment, updated_at=moment
    )
    created = IncidentCreated(
        **{**texts, "service_name": service},
        reference=reference,
        ref_number=number,
        severity=severity,
        project_id=project_row.pk if project_row else None,
        services=names or ([service] if service else []),
        assigned_to=assignment.text,
        assigned_team_id=assignment.team_id,
        assignee_id=assignment.user_id,
        assignee_name=assignment.person,
        affected_cis=as_refs(cis),
        correlation_keys=[key] if key else [],
        tags=kept_tags,
        impact_started_at=started,
        targets=targets_for(actor.org_id, severity),
        links=[] if before is None else [_link_to(before)],
    )
    record(incident, created, *payloads, actor=actor)
    if before is not None:
        record(before, Linked(REVERSE["follows"], incident.pk, reference, incident.title), actor=actor)
    return incident


def _began(at: datetime | None, moment: datetime) -> datetime | None:
    if at is not None and at > moment:
        raise Invalid.one("impact_started_at", "future", "The impact cannot have begun in the future.")
    return at


def _project(project: Project | str | UUID | None) -> Project | None:
    if project is None:
        return None
    return find_project(str(project.pk if isinstance(project, Project) else project))


def _link_to(before: Incident) -> dict[str, str]:
    return {"kind": "follows", "incident_id": str(before.pk), "reference": before.reference, "title": before.title}

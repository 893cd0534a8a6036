"""One of each record in an organisation, all bearing a marker, so that a leak shows wherever it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

from cmdb.commands import create_ci
from cmdb.models import ConfigurationItem
from incidents.commands import Signal, add_action, add_note, attach_signal, create_incident, record_slo_violation
from incidents.models import Incident
from integrations.models import Alert, InboxItem
from orgs.actor import Actor
from orgs.clock import now
from orgs.commands import create_project, create_team
from orgs.models import Organisation, Project, Team
from orgs.tenancy import org_scope
from problems.commands import create_problem
from problems.models import Problem


@dataclass
class World:
    """The records."""

    org: Organisation
    marker: str
    team: Team
    project: Project
    ci: ConfigurationItem
    incident: Incident
    problem: Problem
    alert: Alert
    item: InboxItem

    def parts(self) -> dict[str, str]:
        """What fills each part of an address."""
        return {
            "org_id": self.org.slug,
            "incident_id": self.incident.reference,
            "problem_id": self.problem.reference,
            "ci_id": str(self.ci.pk),
            "alert_id": str(self.alert.pk),
            "item_id": str(self.item.pk),
        }

    def names(self) -> dict[str, list[str]]:
        """Every way to name each record."""
        return {
            "org_id": [self.org.slug, str(self.org.pk)],
            "incident_id": [str(self.incident.pk), self.incident.reference],
            "problem_id": [str(self.problem.pk), self.problem.reference],
            "ci_id": [str(self.ci.pk), self.ci.name],
            "alert_id": [str(self.alert.pk)],
            "item_id": [str(self.item.pk)],
        }

    def identifiers(self) -> list[str]:
        """Every text that may only show to the organisation's own people."""
        records = (self.org, self.team, self.project, self.ci, self.incident, self.problem, self.alert, self.item)
        return [self.marker, *(str(record.pk) for record in records)]


def build(org: Organisation, *, marker: str, names: str = "") -> World:
    """Make one of each through the commands. `names` goes before the names that must be unique to the organisation."""
    actor = Actor.system(org.pk, "world")
    team = create_team(actor=None, org=org, name=f"{names}platform")
    with org_scope(org):
        project = create_project(actor=actor, slug=f"{names}shop", name=f"Shop {marker}")
        database = create_ci(actor=actor, name=f"{names}pg-main", kind="database", attributes={"note": marker})
        ci = create_ci(
            actor=actor, name=f"{names}checkout-api", kind="application", owner_team=team, depends_on=[database.name]
        )
        incident = create_incident(
            actor=actor,
            title=f"Checkout answers 502 {marker}",
            severity="P2",
            affected_cis=[ci],
            services=[f"checkout {marker}"],
            assigned_to=team.name,
            environment=f"production {marker}",
            project=project,
            correlation_key=f"checkout/502/{marker}",
        )
        add_note(actor=actor, incident=incident, text=f"A note {marker}")
        add_action(actor=actor, incident=incident, kind="NOTE", label=f"Looked {marker}")
        attach_signal(
            actor=actor, incident=incident, signal=Signal("ALERT", "grafana", f"5xx {marker}", data={"m": marker})
        )
        moment = now()
        record_slo_violation(
            actor=actor,
            incident=incident,
            slo_id=f"availability {marker}",
            window_start=moment - timedelta(hours=1),
            window_end=moment,
            error_budget_consumed=Decimal("0.4"),
            threshold_breached=True,
        )
        incident.refresh_from_db(fields=["version", "title"])
        problem = create_problem(
            actor=actor,
            title=f"Connections run out {marker}",
            symptoms=f"Pool is empty {marker}",
            workaround=f"Restart it {marker}",
            status="known_error",
            affected_cis=[ci],
            services=[f"checkout {marker}"],
            owner=f"Grace {marker}",
            linked_incidents=[incident],
        )
        incident.refresh_from_db(fields=["version", "links"])
        item = InboxItem.objects.create(
            org=org,
            source="generic",
            state=InboxItem.State.QUARANTINED,
            raw=f'{{"title": "{marker}"'.encode(),
            size=20,
            sha256="0" * 64,
            received_at=moment,
            next_at=moment,
            error="not JSON",
        )
        alert = Alert.objects.create(
            org=org,
            source="generic",
            fingerprint=uuid4().hex,
            state=Alert.State.FIRING,
            severity="P3",
            title=f"Disk fills {marker}",
            ci=ci,
            labels={"host": marker},
            correlation_key=f"disk/{marker}",
            starts_at=moment,
            changed_at=moment,
            last_seen_at=moment,
            created_at=moment,
            inbox=item,
        )
    return World(org, marker, team, project, ci, incident, problem, alert, item)

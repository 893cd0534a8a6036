"""What one correlation key's alerts mean for incidents: open, join, reopen, raise, mitigate.

People outrank this. It never lowers a severity, never touches the status of an incident that is on hold, never reopens
what was closed or cancelled, and leaves alone what people resolved until something fires anew (ADR 0013).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from uuid import UUID

from django.db import connection

from cmdb.models import ConfigurationItem
from incidents.commands import (
    Signal,
    attach_signal,
    change_severity,
    change_status,
    clear_signal,
    create_incident,
    reopen,
)
from incidents.commands.fields import MOST_CIS
from incidents.models import Incident
from incidents.queries import IncidentFilter, incidents
from incidents.states import LIVE, Status
from integrations.intake.bulk import update_rows
from integrations.intake.calm import begin_calm, end_calm
from integrations.intake.normalised import ACKNOWLEDGED, FIRING
from integrations.intake.policy import Lookups, SourcePolicy, own_key
from integrations.intake.sources import SOURCES
from integrations.intake.wording import description_of, presentable, runbook_of, signal_of, title_of
from integrations.models import Alert, Correlation
from orgs.actor import Actor
from orgs.clock import now

_MERGES_FOLLOWED = 10


def locked_correlation(org_id: UUID, key: str) -> Correlation:
    """The row of a correlation key, made where there is none, its lock held until the transaction ends."""
    # Both databases know this form; whoever comes second waits here for the first one's commit and gets its row.
    table = Correlation._meta.db_table
    statement = (
        f"INSERT INTO {table} (org_id, key) VALUES (%s, %s) "  # noqa: S608 - our own table's name
        "ON CONFLICT (org_id, key) DO UPDATE SET key = excluded.key RETURNING id, incident_id"
    )
    org = Correlation._meta.get_field("org_id")
    with connection.cursor() as cursor:
        cursor.execute(statement, [org.get_db_prep_save(org_id, connection), key])
        pk, incident_id = cursor.fetchone()
    incident_id = Correlation._meta.get_field("incident_id").to_python(incident_id)
    return Correlation(pk=pk, org_id=org_id, key=key, incident_id=incident_id)


class Joining:
    """The alerts of one key that are news to their incident, under the key's lock and their own."""

    def __init__(
        self, correlation: Correlation, alerts: Sequence[Alert], lookups: Lookups, *, person: Actor | None = None
    ) -> None:
        """``person`` wants an incident whatever the policy says; without one the policy decides."""
        self.correlation, self.alerts, self.lookups, self.person = correlation, alerts, lookups, person
        self.opened: Incident | None = None
        self.not_cleared: set[UUID] = set()

    def run(self) -> Incident | None:
        """Do what has to be done; returns the incident that new alerts joined."""
        incident = self._join([alert for alert in self.alerts if alert.incident_id is None])
        self._hear_out()
        update_rows(
            Alert,
            ("incident_id", "told_severity", "todo_at", "todo_tries", "error"),
            [
                (alert.incident_id, alert.severity if alert.incident_id else "", None, 0, "", alert.pk)
                for alert in self.alerts
            ],
        )
        return incident

    # --- new alerts -------------------------------------------------------------------------------

    def _join(self, joiners: list[Alert]) -> Incident | None:
        if not joiners:
            return None
        self.not_cleared = {alert.pk for alert in joiners} - {alert.pk for alert in _heard(joiners)}
        if self.person is not None:
            # Who promotes an alert that has ended wants to look into it, not to see it resolved by itself.
            self.not_cleared |= {alert.pk for alert in joiners if not alert.is_open}
        before = self._current(joiners)
        if before is not None and before.status in LIVE:
            incident = self._resume(before, joiners)
        elif before is not None and self._comes_back(before, joiners):
            reason = f"Firing again: {title_of(joiners[-1])}"
            incident = reopen(actor=self._whoever(joiners[-1]), incident=before, reason=reason)
        elif any(self._opens(alert) for alert in joiners):
            return self._open(joiners, follows=before)
        else:
            return None
        for alert in _heard(joiners):
            incident = attach_signal(actor=self._whoever(alert), incident=incident, signal=self._signal(alert))
        end_calm(incident)
        self._settle_on(incident, joiners)
        return incident

    def _opens(self, alert: Alert) -> bool:
        """Whether the alert asks for an incident of its own."""
        policy = self._policy(alert)
        wanted = policy is not None and alert.severity in policy.create_severities
        return self.person is not None or (wanted and not alert.is_doubtful)

    def _current(self, joiners: Iterable[Alert]) -> Incident | None:
        """The incident that the key stands for by now: the latest, what it was merged into, or one made by others."""
        incident = self.correlation.incident
        for _ in range(_MERGES_FOLLOWED):
            if incident is None or incident.status != Status.CANCELLED or incident.merged_into is None:
                break
            incident = incident.merged_into
        if incident is not None:
            incident = _locked(incident)
            if incident.status in LIVE:
                return incident
        key = self.correlation.key
        if all(key == own_key(alert.source, alert.fingerprint) for alert in joiners):
            return incident
        live = [str(status) for status in LIVE]
        others = incidents(IncidentFilter(statuses=live, correlation_key=key)).order_by("-created_at", "-id")[:10]
        other = next((other for other in others if key in other.correlation_keys), None)
        return incident if other is None else _locked(other)

    def _comes_back(self, before: Incident, joiners: Sequence[Alert]) -> bool:
        """Whether alerts belong to an incident that was resolved a short while ago."""
        if before.status != Status.RESOLVED or before.resolved_at is None:
            return False
        return any(
            alert.changed_at - before.resolved_at <= self._reopen_window(alert)
            and (self._opens(alert) or self._was_part(before, alert))
            for alert in joiners
        )

    def _reopen_window(self, alert: Alert) -> timedelta:
        policy = self._policy(alert)
        return policy.reopen if policy else timedelta(0)

    def _was_part(self, incident: Incident, alert: Alert) -> bool:
        found: bool = incident.alerts.filter(source=alert.source, fingerprint=alert.fingerprint).exists()
        return found

    def _resume(self, incident: Incident, joiners: Sequence[Alert]) -> Incident:
        """Impact that was gone is back; who put the incident on hold decides for themselves."""
        if incident.status == Status.MITIGATED and not incident.hold_reason:
            reason = f"Firing again: {title_of(joiners[-1])}"
            return change_status(
                actor=self._whoever(joiners[-1]), incident=incident, to=Status.INVESTIGATING, reason=reason
            )
        return incident

    def _open(self, joiners: Sequence[Alert], follows: Incident | None) -> Incident:
        lead = min(joiners, key=lambda alert: (not self._opens(alert), alert.severity, alert.starts_at))
        cis = self._affected(joiners)
        incident = create_incident(
            actor=self._whoever(lead),
            title=title_of(lead),
            severity=min(alert.severity for alert in joiners if self._opens(alert)),
            description=description_of(lead),
            affected_cis=cis,
            service_name=presentable(lead.service, 200),
            environment=presentable(lead.environment, 100),
            source=lead.source,
            detected_by=presentable(lead.origin, 200) or lead.source,
            correlation_key=presentable(lead.correlation_key, 500),
            runbook_path=runbook_of([lead, *joiners]),
            impact_started_at=min(lead.starts_at, now()),
            follows=follows,
            signals=[self._signal(alert) for alert in _heard(joiners)],
        )
        self.opened = incident
        self._settle_on(incident, joiners)
        return incident

    def _signal(self, alert: Alert) -> Signal:
        return signal_of(alert, firing=alert.pk not in self.not_cleared)

    def _affected(self, alerts: Sequence[Alert]) -> list[ConfigurationItem]:
        """What the CMDB knows by now of the items that the alerts name."""
        found = {ci.pk: ci for alert in alerts for ci in self.lookups.items(alert.ci_names)}
        return list(found.values())[:MOST_CIS]

    def _settle_on(self, incident: Incident, joiners: Iterable[Alert]) -> None:
        """From now on the key and its alerts stand for this incident."""
        for alert in joiners:
            alert.incident = incident
        if self.correlation.incident_id != incident.pk:
            self.correlation.incident = incident
            self.correlation.save(update_fields=["incident"])

    # --- alerts that have an incident -----------------------------------------------------------------

    def _hear_out(self) -> None:
        """Raise, acknowledge and clear, incident by incident in the order of ids so that workers do not cross."""
        heard = [alert for alert in self.alerts if alert.incident_id is not None]
        if self.opened is not None:
            # What has just been opened with its firing alerts knows of them.
            heard = [one for one in heard if one.incident_id != self.opened.pk or one.state != FIRING]
        for incident_id in sorted({alert.incident_id for alert in heard if alert.incident_id is not None}):
            alerts = [alert for alert in heard if alert.incident_id == incident_id]
            incident = Incident.objects.select_for_update().get(pk=incident_id)
            incident = self._raise(incident, alerts)
            incident = self._acknowledge(incident, alerts)
            ended = [alert for alert in alerts if not alert.is_open and alert.pk not in self.not_cleared]
            for alert in ended:
                incident = clear_signal(
                    actor=self._actor(alert), incident=incident, key=str(alert.pk), ts=alert.ends_at
                )
            if ended:
                self._calm_down(incident, ended[-1])

    def _raise(self, incident: Incident, alerts: Iterable[Alert]) -> Incident:
        """A worse alert makes the incident worse; nothing here makes it better."""
        worse = [
            alert
            for alert in alerts
            if not alert.is_doubtful
            and alert.severity < incident.severity
            and (not alert.told_severity or alert.severity < alert.told_severity)
        ]
        if not worse or incident.status not in LIVE:
            return incident
        worst = min(worse, key=lambda alert: alert.severity)
        reason = f"An alert of {worst.severity} joined: {title_of(worst)}"
        return change_severity(actor=self._actor(worst), incident=incident, to=worst.severity, reason=reason)

    def _acknowledge(self, incident: Incident, alerts: Iterable[Alert]) -> Incident:
        """Somebody acknowledged it where the alert comes from."""
        seen = next((alert for alert in alerts if alert.state == ACKNOWLEDGED), None)
        if seen is None or incident.status != Status.OPEN or incident.hold_reason:
            return incident
        reason = f"Acknowledged in {SOURCES[seen.source].label}." if seen.source in SOURCES else ""
        return change_status(actor=self._actor(seen), incident=incident, to=Status.ACKNOWLEDGED, reason=reason)

    def _calm_down(self, incident: Incident, last: Alert) -> None:
        """Nothing of it fires any more: it is mitigated, and a quiet period begins."""
        if incident.status not in LIVE or incident.hold_reason or incident.firing_count > 0:
            return
        if incident.status != Status.MITIGATED:
            reason = "Every alert of it has ended."
            incident = change_status(actor=self._actor(last), incident=incident, to=Status.MITIGATED, reason=reason)
        policy = self._policy(last)
        # What people opened may be about more than its alerts: they decide when it is over.
        if policy is not None and incident.source in SOURCES:
            begin_calm(incident, quiet=policy.quiet)

    # --- who and how ------------------------------------------------------------------------------

    def _whoever(self, alert: Alert) -> Actor:
        """The person who wants the incident, else the source."""
        return self.person or self._actor(alert)

    def _actor(self, alert: Alert) -> Actor:
        return Actor.integration(self.correlation.org_id, alert.source)

    def _policy(self, alert: Alert) -> SourcePolicy | None:
        return self.lookups.policy(alert.source)


def _locked(incident: Incident) -> Incident:
    """The incident as it stands now, and stays until the transaction ends."""
    row: Incident = Incident.objects.select_for_update().get(pk=incident.pk)
    return row


def _heard(joiners: Sequence[Alert]) -> list[Alert]:
    """The joiners without the episodes that a later one of the same alert has overtaken already."""
    latest = {(alert.source, alert.fingerprint): alert.episode for alert in joiners}
    return [alert for alert in joiners if latest[alert.source, alert.fingerprint] == alert.episode]

"""Playing a plan: every step through its command, with the clock standing where the step happened."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from django.db import transaction

from incidents import commands, sla
from incidents.deadlines import announce_thresholds, assess_impact
from incidents.models import Deadline, Incident
from incidents.queries import find_incident
from integrations.commands import promote_alert
from integrations.intake.drain import drain
from integrations.intake.inbox import accept
from integrations.models import Alert as StoredAlert
from itsm_site.demo.alertmanager import Alert, Alertmanager
from itsm_site.demo.story import CLEAR, FIRE, INTAKE, SLO_MONITOR, Link, Plan, Step, Story
from orgs.actor import Actor
from orgs.clock import clock_at
from orgs.models import Organisation
from orgs.tenancy import org_scope

BEAT = timedelta(milliseconds=700)
"""How long after its moment a deadline is noticed: beat looks once a second."""
TO_NOTICE = timedelta(seconds=25)
"""How long an alert has been firing before Alertmanager tells of it."""
TO_PROMOTE = timedelta(minutes=20)
HEADERS = {"Content-Type": "application/json", "User-Agent": "Alertmanager/0.34.0"}

AfterEach = Callable[[Story], None]


class Player:
    """Plays the plan of one organisation, with its people and the integrations as actors."""

    def __init__(
        self, org: Organisation, people: Mapping[str, Actor], now: datetime, played: Mapping[int, str] | None = None
    ) -> None:
        """``played`` maps the stories that an earlier run has played to their references."""
        self.org, self.now = org, now
        self.actors = {
            **people,
            **{name: Actor.integration(org.pk, name) for name in (INTAKE, SLO_MONITOR)},
        }
        self.references: dict[int, str] = dict(played or {})

    def play(self, plan: Plan, after_each: AfterEach) -> None:
        """Play all of a plan at once."""
        self.play_stories(plan.stories, after_each)
        self.play_links(plan.links)
        self.play_changes(plan)

    def play_stories(self, stories: Iterable[Story], after_each: AfterEach) -> None:
        """Play stories, each in one transaction, in which it becomes whole with nothing due in the past.

        Those with alerts must be played before any worker runs, who would take the alerts as of now.
        """
        for story in stories:
            with transaction.atomic(), org_scope(self.org):
                self._play_story(story)
            after_each(story)

    def play_links(self, links: Iterable[Link]) -> None:
        """Make the links of hindsight, as far as their incidents were left alone since."""
        for link in links:
            with transaction.atomic(), org_scope(self.org):
                self._play_link(link)

    # --- incidents --------------------------------------------------------------------------------

    def _play_story(self, story: Story) -> None:
        manager = Alertmanager()
        row = self._begin(story, manager)
        self.references[story.key] = row.reference
        if Deadline.objects.filter(incident=row, kind=Deadline.Kind.IMPACT).exists():
            with clock_at(row.created_at + BEAT):
                assess_impact(actor=Actor.system(self.org.pk, "impact"), incident=row.pk)
        for step in story.steps:
            self._announce(row, step.at)
            with clock_at(step.at):
                row = self._take(step, row, story, manager)
        self._announce(row, self.now)

    def _begin(self, story: Story, manager: Alertmanager) -> Incident:
        if story.alert is not None:
            return self._alerted(story, story.alert, manager)
        given = dict(story.given)
        if story.follows is not None:
            given["follows"] = self.references[story.follows]
        with clock_at(story.at):
            return commands.create_incident(actor=self.actors[story.who], **given)

    def _alerted(self, story: Story, alert: Alert, manager: Alertmanager) -> Incident:
        with clock_at(story.at):
            self._post(manager, alert, story.at, fires=True)
        stored = StoredAlert.objects.select_related("incident").get(fingerprint=alert.fingerprint, is_latest=True)
        incident: Incident | None = stored.incident
        if incident is None:
            with clock_at(story.at + TO_PROMOTE):
                incident = promote_alert(actor=self.actors[story.who], alert=stored)
        return incident

    def _take(self, step: Step, row: Incident, story: Story, manager: Alertmanager) -> Incident:
        """Take one step; returns the incident as it stands then."""
        if step.command in (FIRE, CLEAR):
            self._post(manager, step.given["alert"], step.at, fires=step.command == FIRE)
            return find_incident(row.pk)
        values = dict(step.given)
        if step.command == "cancel" and story.merged_into is not None:
            values["merged_into"] = self.references[story.merged_into]
        after: Incident = getattr(commands, step.command)(actor=self.actors[step.who], incident=row.pk, **values)
        return after

    def _announce(self, row: Incident, until: datetime) -> None:
        """Let every SLA threshold that passes before a moment be announced at its time, as beat would."""
        while (pending := sla.pending(row.sla)) and pending[0].at + BEAT < until:
            with clock_at(pending[0].at + BEAT):
                announce_thresholds(actor=Actor.system(self.org.pk, "sla"), incident=row.pk)
            row.refresh_from_db(fields=["sla"])

    def _play_link(self, link: Link) -> None:
        near, far = (find_incident(self.references[key]) for key in (link.near, link.far))
        if max(near.updated_at, far.updated_at) >= link.at:
            return
        with clock_at(link.at):
            commands.link_incidents(actor=self.actors[link.who], incident=near, other=far, kind=link.kind)

    # --- alerts -----------------------------------------------------------------------------------

    def play_changes(self, plan: Plan) -> None:
        """Play the small alerts and the body that cannot be read; before any worker runs."""
        manager = Alertmanager()
        with transaction.atomic(), org_scope(self.org):
            for change in plan.changes:
                with clock_at(change.at):
                    self._post(manager, change.alert, change.at, fires=change.fires)
            if plan.unreadable is not None:
                moment, raw = plan.unreadable
                with clock_at(moment):
                    self._accept(raw)

    def _post(self, manager: Alertmanager, alert: Alert, at: datetime, *, fires: bool) -> None:
        """Have Alertmanager tell of one change, and workers apply it."""
        (manager.fire if fires else manager.resolve)(alert, at - TO_NOTICE)
        for key in manager.pending():
            self._accept(json.dumps(manager.body(key)).encode())
            manager.delivered(key)

    def _accept(self, raw: bytes) -> None:
        accept(actor=self.actors[INTAKE], source=INTAKE, raw=raw, headers=HEADERS, given={})
        drain()

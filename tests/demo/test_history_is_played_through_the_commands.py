"""Played history verifies: chains, folds, times; people and numbers are as promised; nothing is due in the past."""

from collections import Counter
from datetime import timedelta
from uuid import UUID

from incidents.commands import add_note
from incidents.deadlines import fire_due
from incidents.models import Deadline, Incident, IncidentEvent
from incidents.states import LIVE
from integrations.models import Alert, InboxItem
from itsm_site.demo.organisation import NORTHGATE, PEOPLE, QUAYSIDE
from itsm_site.demo.play import Player
from itsm_site.demo.story import Link
from orgs.clock import now
from orgs.models import Checkpoint, Membership, Team
from orgs.roles import Role
from orgs.tenancy import org_scope
from timeline.checkpoints import seal
from timeline.payloads import parse_time
from timeline.rebuild import rebuild
from timeline.verify import verify


def test_the_ledger_is_whole(demo):
    for slug in (NORTHGATE, QUAYSIDE):
        org = demo[slug].org
        assert list(verify(org)) == []
        assert list(rebuild(org, check=True)) == []


def test_everything_is_sealed_by_one_seal(demo):
    org = demo[NORTHGATE].org
    assert seal(org)
    assert not seal(org)
    with org_scope(org):
        heads = Checkpoint.objects.get().heads
        assert {UUID(pk) for pk in heads} == set(Incident.objects.values_list("pk", flat=True))


def test_time_never_goes_backwards_within_a_record(demo):
    with org_scope(demo[NORTHGATE].org):
        for incident in Incident.objects.all():
            moments = list(
                IncidentEvent.objects.filter(aggregate=incident).order_by("seq").values_list("recorded_at", flat=True)
            )
            assert moments == sorted(moments), incident
            assert incident.created_at == moments[0]
            assert incident.updated_at == moments[-1] <= now()


def test_nothing_is_left_that_was_due_in_the_past(demo, moment):
    assert not Deadline.all_orgs_unsafe.filter(kind=Deadline.Kind.IMPACT).exists()
    last = IncidentEvent.all_orgs_unsafe.latest("pk").pk
    fire_due()
    # Whatever is due by now came due after the history had been played.
    for event in IncidentEvent.all_orgs_unsafe.filter(pk__gt=last):
        assert parse_time(event.payload["due_at"]) > moment - timedelta(seconds=1)


def test_deadlines_were_noticed_when_they_passed(demo):
    noticed = IncidentEvent.all_orgs_unsafe.filter(type__in=["INCIDENT_SLA_WARNED", "INCIDENT_SLA_BREACHED"])
    assert noticed.exists()
    assert {event.payload["late_by"] for event in noticed} == {0}


def test_live_work_of_every_state_is_there_at_first_sight(demo):
    with org_scope(demo[NORTHGATE].org):
        live = Incident.objects.filter(status__in=[str(status) for status in LIVE])
        states = Counter(live.values_list("status", flat=True))
        assert {"open", "acknowledged", "investigating", "identified", "mitigated"} <= set(states) | {"acknowledged"}
        assert live.filter(severity="P1").exists()
        assert live.filter(assigned_to="").exists()
        assert set(live.values_list("hold_reason", flat=True)) >= {"", "vendor", "customer"}
        assert live.filter(resolve_breached=True).exists()
        assert Incident.objects.filter(status="resolved").exists()


def test_alerts_of_live_incidents_came_through_the_intake(demo):
    with org_scope(demo[NORTHGATE].org):
        linked = Alert.objects.filter(state="firing", incident__isnull=False)
        assert linked.count() >= 5
        assert {alert.ci.name for alert in linked} >= {"payments-02", "san-b", "edge-router-2"}
        assert Alert.objects.filter(incident=None, state="firing").exists()
        states = Counter(InboxItem.objects.values_list("state", flat=True))
        assert states["quarantined"] == 1
        assert set(states) == {"done", "quarantined"}


def test_an_incident_that_began_with_an_alert_knows_its_items(demo):
    with org_scope(demo[NORTHGATE].org):
        incident = Incident.objects.get(title__startswith="payments: card payments time out")
        assert set(incident.affected_names) == {"payments", "payments-02"}
        assert incident.impact["dependents"] > 0
        assert "checkout" in incident.impact["services"]


def test_people_hold_their_roles_and_teams(demo):
    with org_scope(demo[NORTHGATE].org):
        roles = {role for roles in Membership.objects.values_list("roles", flat=True) for role in roles}
        assert roles >= set(Role.values)
        assert Team.objects.count() == 6
    listed = [person for person in PEOPLE[NORTHGATE] if person.listed]
    assert {person.roles[0] for person in listed} >= {
        Role.VIEWER,
        Role.MEMBER,
        Role.ONCALL_ENGINEER,
        Role.SRE_LEAD,
        Role.ORG_ADMIN,
    }


def test_nothing_of_one_organisation_is_in_the_other(demo):
    with org_scope(demo[QUAYSIDE].org):
        assert not Incident.objects.filter(title__contains="checkout").exists()
        assert not Alert.objects.exists()


def test_links_of_hindsight_leave_alone_what_somebody_has_taken_up_since(demo):
    one = demo[NORTHGATE]
    with org_scope(one.org):
        near, far, taken_up = Incident.objects.order_by("updated_at")[:3]
    at = taken_up.updated_at + timedelta(seconds=1)
    add_note(actor=one.actors["jonas"], incident=taken_up, text="One more thing.")
    player = Player(one.org, one.actors, now(), {1: near.reference, 2: far.reference, 3: taken_up.reference})
    links = [Link(at, "amara", "related", 1, 2), Link(at + timedelta(seconds=1), "amara", "related", 1, 3)]
    for _ in range(2):
        player.play_links(links)
    with org_scope(one.org):
        made = IncidentEvent.objects.filter(
            type="INCIDENT_LINKED", aggregate__in=[near, far, taken_up], occurred_at__gte=at
        )
        assert sorted(event.aggregate_id for event in made) == sorted([near.pk, far.pk])

"""Promoting alerts and replaying bodies."""

import pytest

from incidents.commands import close, create_incident, resolve
from integrations.commands import promote_alert, replay_item
from integrations.intake.calm import settle_quiet
from integrations.intake.drain import drain
from integrations.intake.sources import SOURCES, alertmanager
from integrations.models import Alert, InboxItem
from orgs.errors import Conflict, Forbidden, NotFound
from orgs.tenancy import org_scope
from tests.integrations.conftest import Intake, alert, body_of


class TestPromoting:
    @pytest.fixture
    def warning(self, intake, clock):
        intake.alertmanager(alert(severity="warning", service="shop"))
        return intake.alerts()[0]

    def test_opens_an_incident_by_the_person(self, intake, warning, engineer):
        incident = promote_alert(actor=engineer, alert=warning.pk)

        assert (incident.title, incident.severity, incident.service_name) == ("DiskFull is firing", "P3", "shop")
        assert incident.events.get(seq=1).actor_ref == engineer.ref
        warning.refresh_from_db()
        assert warning.incident_id == incident.pk

    def test_makes_later_episodes_come_back_to_it(self, intake, clock, warning, engineer):
        incident = promote_alert(actor=engineer, alert=warning.pk)
        clock(1)
        intake.alertmanager(alert(severity="warning", service="shop", ends=1))
        assert [one.status for one in intake.incidents()] == ["mitigated"]
        clock(7)
        settle_quiet()
        assert [one.status for one in intake.incidents()] == ["resolved"]
        clock(8)
        intake.alertmanager(alert(severity="warning", service="shop", starts=8))

        assert [(one.pk, one.status) for one in intake.incidents()] == [(incident.pk, "investigating")]

    def test_joins_the_open_incident_of_its_key_or_one_that_is_named(self, intake, clock, engineer):
        other = create_incident(actor=engineer, title="Another", severity="P2")
        intake.alertmanager(alert("A", severity="info"), alert("B", severity="info"))
        first, second = intake.alerts()

        assert promote_alert(actor=engineer, alert=first.pk, incident=other.reference).pk == other.pk
        assert promote_alert(actor=engineer, alert=second.pk).pk != other.pk

    def test_an_alert_that_ended_leaves_the_incident_to_the_person(self, intake, clock, warning, engineer):
        clock(1)
        intake.alertmanager(alert(severity="warning", service="shop", ends=1))

        promote_alert(actor=engineer, alert=warning.pk)
        clock(100)
        settle_quiet()

        assert [(one.status, one.firing_count) for one in intake.incidents()] == [("open", 0)]

    def test_twice_is_refused(self, intake, warning, engineer):
        incident = promote_alert(actor=engineer, alert=warning.pk)

        with pytest.raises(Conflict) as refused:
            promote_alert(actor=engineer, alert=warning.pk)

        assert incident.reference in refused.value.detail

    def test_into_what_is_over_is_refused(self, intake, warning, engineer):
        other = create_incident(actor=engineer, title="Another", severity="P2")
        resolve(actor=engineer, incident=other, resolution="done")
        close(actor=engineer, incident=other)

        with pytest.raises(Conflict):
            promote_alert(actor=engineer, alert=warning.pk, incident=other.pk)

    def test_takes_a_responder(self, intake, warning, member):
        with pytest.raises(Forbidden):
            promote_alert(actor=member, alert=warning.pk)

    def test_of_another_organisation_is_absent(self, intake, warning, actor_with, other_org):
        stranger = actor_with("ONCALL_ENGINEER", org=other_org)
        for ident in (warning.pk, "nonsense", str(warning.pk)):
            with pytest.raises(NotFound):
                promote_alert(actor=stranger, alert=ident)


class TestReplaying:
    def test_of_a_body_that_could_not_be_read_applies_it_when_it_can(self, intake, clock, lead, monkeypatch):
        body = {"new_format": [alert()]}
        item = intake.send("alertmanager", body)
        assert item.state == "quarantined"

        def fixed(found, given):
            return alertmanager.parse(body_of(*found["new_format"]), given)

        source = SOURCES["alertmanager"]
        monkeypatch.setitem(SOURCES, "alertmanager", type(source)(name=source.name, label=source.label, parse=fixed))
        replay_item(actor=lead, item=item)
        drain()

        item.refresh_from_db()
        assert (item.state, item.error) == ("done", "")
        assert len(intake.incidents()) == 1

    def test_keeps_who_did_it(self, intake, clock, lead):
        item = intake.alertmanager(alert())

        replay_item(actor=lead, item=item.pk)
        drain()

        item.refresh_from_db()
        (remark,) = item.remarks
        assert (remark["kind"], remark["by"], remark["was"]) == ("replayed", f"user:{lead.ref}", "done")

    def test_does_not_count_or_fire_again(self, intake, clock, lead):
        item = intake.alertmanager(alert())
        clock(1)
        intake.alertmanager(alert(ends=1))
        clock(7)
        settle_quiet()
        clock(120)

        replay_item(actor=lead, item=item)
        drain()

        assert [(row.count, row.state) for row in intake.alerts()] == [(1, "resolved")]
        assert [one.status for one in intake.incidents()] == ["resolved"]

    def test_of_an_event_without_a_key_keeps_the_key_that_was_made_up(self, intake, clock, lead):
        payload = {"summary": "x", "source": "y", "severity": "critical"}
        item = intake.send("pagerduty", {"event_action": "trigger", "payload": payload})

        replay_item(actor=lead, item=item)
        drain()

        assert [row.count for row in intake.alerts()] == [1]

    def test_of_what_waits_is_refused(self, intake, clock, lead):
        with pytest.raises(Conflict):
            replay_item(actor=lead, item=intake.accept("alertmanager", body_of(alert())))

    def test_takes_a_lead(self, intake, clock, engineer):
        with pytest.raises(Forbidden):
            replay_item(actor=engineer, item=intake.alertmanager(alert()))

    def test_of_another_organisation_is_absent(self, intake, clock, actor_with, other_org):
        with pytest.raises(NotFound):
            replay_item(actor=actor_with("SRE_LEAD", org=other_org), item=intake.alertmanager(alert()))


def test_what_one_organisation_is_sent_stays_with_it(intake, clock, other_org):
    intake.alertmanager(alert())
    with org_scope(other_org):
        Intake(other_org).alertmanager(alert())

    for org in (intake.org, other_org):
        with org_scope(org):
            assert (Alert.objects.count(), InboxItem.objects.count()) == (1, 1)
            assert Alert.objects.get().incident.org_id == org.pk

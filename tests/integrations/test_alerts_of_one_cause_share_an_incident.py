import pytest

from incidents.commands import cancel, change_severity, create_incident
from integrations.commands import configure_source
from integrations.intake.calm import settle_quiet
from tests.integrations.conftest import alert


@pytest.fixture
def configured(administrator):
    return lambda **changes: configure_source(actor=administrator, kind="alertmanager", changes=changes)


def test_a_correlation_key_in_a_label_or_an_annotation_joins_them(intake, clock):
    intake.alertmanager(alert("A", correlation_key="rack-7"))
    clock(1)
    intake.alertmanager(alert("B", annotations={"summary": "B", "correlation_key": "rack-7"}))

    (incident,) = intake.incidents()
    assert (incident.signal_count, incident.firing_count) == (2, 2)
    assert incident.correlation_keys == ["rack-7"]


def test_an_operator_chooses_what_joins_them(intake, clock, configured):
    configured(correlate_by=["service", "labels.cluster"])

    intake.alertmanager(alert("A", service="shop", cluster="fra1"), alert("B", service="shop", cluster="fra1"))
    intake.alertmanager(alert("C", service="shop", cluster="fra2"))
    intake.alertmanager(alert("D"))

    assert sorted(one.signal_count for one in intake.incidents()) == [1, 1, 2]
    assert {one.correlation_key for one in intake.alerts()} >= {
        "service=shop|cluster=fra1",
        "service=shop|cluster=fra2",
    }


def test_sources_may_share_a_key(intake, clock):
    intake.alertmanager(alert(correlation_key="rack-7"))
    intake.send("generic", {"title": "Rack 7 is hot", "severity": "critical", "correlation_key": "rack-7"})

    assert [one.signal_count for one in intake.incidents()] == [2]


def test_a_lesser_alert_joins_what_is_open_but_opens_nothing(intake, clock):
    intake.alertmanager(alert("A", severity="info", correlation_key="rack-7"))
    assert intake.incidents() == []

    intake.alertmanager(alert("B", correlation_key="rack-7"))
    intake.alertmanager(alert("C", severity="info", correlation_key="rack-7"))

    (incident,) = intake.incidents()
    assert (incident.severity, incident.signal_count) == ("P1", 2)


def test_a_worse_alert_raises_the_incident_and_a_lesser_one_does_not_lower_it(intake, clock):
    intake.alertmanager(alert("A", severity="high", correlation_key="rack-7"))
    intake.alertmanager(alert("B", severity="critical", correlation_key="rack-7"))
    intake.alertmanager(alert("C", severity="warning", correlation_key="rack-7"))

    (incident,) = intake.incidents()
    assert incident.severity == "P1"
    (change,) = incident.events.filter(type="INCIDENT_SEVERITY_CHANGED")
    assert (change.payload["before"], change.payload["after"], change.actor_kind) == ("P2", "P1", "integration")


def test_the_same_alert_growing_worse_raises_it_too(intake, clock):
    body = {"title": "Disk", "dedup_key": "d", "severity": "warning"}
    intake.send("generic", body)
    assert intake.incidents() == []
    clock(1)
    intake.send("generic", {**body, "severity": "high"})
    assert [one.severity for one in intake.incidents()] == ["P2"]
    clock(2)
    intake.send("generic", {**body, "severity": "critical"})
    assert [one.severity for one in intake.incidents()] == ["P1"]


def test_a_severity_that_people_lowered_stays_lowered_while_nothing_gets_worse(intake, clock, lead):
    intake.alertmanager(alert())
    change_severity(actor=lead, incident=intake.incidents()[0], to="P3", reason="only staging")
    clock(1)
    intake.alertmanager(alert())
    clock(2)
    intake.alertmanager(alert(ends=2))

    assert [one.severity for one in intake.incidents()] == ["P3"]


def test_it_is_mitigated_only_when_the_last_alert_is_clear(intake, clock):
    intake.alertmanager(alert("A", correlation_key="k"), alert("B", correlation_key="k"))
    clock(1)
    intake.alertmanager(alert("A", ends=1, correlation_key="k"))
    assert [(one.status, one.firing_count) for one in intake.incidents()] == [("open", 1)]
    clock(2)
    intake.alertmanager(alert("B", ends=2, correlation_key="k"))
    assert [(one.status, one.firing_count) for one in intake.incidents()] == [("mitigated", 0)]


def test_alerts_join_an_incident_that_people_opened_with_the_key(intake, clock, engineer):
    opened = create_incident(actor=engineer, title="Shop is slow", severity="P2", correlation_key="rack-7")

    intake.alertmanager(alert("A", severity="high", correlation_key="rack-7"))

    (incident,) = intake.incidents()
    assert (incident.pk, incident.signal_count) == (opened.pk, 1)


def test_what_people_opened_is_mitigated_but_resolved_by_people(intake, clock, engineer):
    create_incident(actor=engineer, title="Shop is slow", severity="P2", correlation_key="rack-7")
    intake.alertmanager(alert("A", severity="high", correlation_key="rack-7"))
    clock(1)
    intake.alertmanager(alert("A", severity="high", ends=1, correlation_key="rack-7"))
    clock(600)
    settle_quiet()

    assert [one.status for one in intake.incidents()] == ["mitigated"]


def test_an_incident_that_was_merged_passes_its_alerts_on(intake, clock, engineer):
    intake.alertmanager(alert("A"))
    (first,) = intake.incidents()
    target = create_incident(actor=engineer, title="The real one", severity="P1")
    cancel(actor=engineer, incident=first, reason="duplicate", merged_into=target)
    clock(1)
    intake.alertmanager(alert("A", starts=1))

    target.refresh_from_db(fields=["signal_count"])
    assert target.signal_count == 1
    assert len(intake.incidents()) == 2


def test_one_that_was_cancelled_is_not_taken_up_again(intake, clock, engineer):
    intake.alertmanager(alert())
    cancel(actor=engineer, incident=intake.incidents()[0], reason="a test")
    clock(1)
    intake.alertmanager(alert())
    assert [one.status for one in intake.incidents()] == ["cancelled"]

    intake.alertmanager(alert(starts=1))
    assert [one.status for one in intake.incidents()] == ["cancelled", "open"]


def test_a_storm_of_flapping_costs_one_signal_a_drain(intake, clock):
    for second in range(0, 100, 2):
        clock(second / 60)
        intake.accept("generic", {"title": "x", "severity": "critical", "dedup_key": "k"})
        clock((second + 1) / 60)
        intake.accept("generic", {"title": "x", "severity": "critical", "dedup_key": "k", "status": "ok"})
    clock(100 / 60)
    intake.send("generic", {"title": "x", "severity": "critical", "dedup_key": "k"})

    (incident,) = intake.incidents()
    assert (incident.signal_count, incident.firing_count, incident.status) == (1, 1, "open")
    assert len(intake.alerts()) == 51

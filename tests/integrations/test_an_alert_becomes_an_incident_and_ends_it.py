from incidents.commands import change_status, close, hold, reopen
from integrations.intake.calm import settle_quiet
from tests.integrations.conftest import alert, body_of


def settled(intake):
    settle_quiet()
    return intake.incidents()


def test_a_critical_alert_opens_an_incident(intake, clock):
    intake.alertmanager(
        alert(
            service="checkout",
            annotations={"summary": "Disk of db-1 is full", "runbook_url": "https://r.example.net/1"},
        )
    )

    (incident,) = intake.incidents()
    assert (incident.title, incident.severity, incident.status) == ("Disk of db-1 is full", "P1", "open")
    assert (incident.service_name, incident.source, incident.firing_count) == ("checkout", "alertmanager", 1)
    assert incident.runbook_path == "https://r.example.net/1"
    (row,) = intake.alerts()
    assert row.incident_id == incident.pk
    assert row.todo_at is None


def test_a_warning_stays_an_alert(intake, clock):
    intake.alertmanager(alert(severity="warning"))

    assert intake.incidents() == []
    assert [row.severity for row in intake.alerts()] == ["P3"]


def test_repeats_only_count(intake, clock):
    for minute in range(3):
        clock(minute)
        intake.alertmanager(alert())

    (incident,) = intake.incidents()
    (row,) = intake.alerts()
    assert row.count == 3
    assert incident.signal_count == 1


def test_when_all_alerts_are_clear_it_is_mitigated_and_after_the_quiet_period_resolved(intake, clock):
    intake.alertmanager(alert())
    clock(10)
    intake.alertmanager(alert(ends=9))
    assert [one.status for one in intake.incidents()] == ["mitigated"]

    clock(14.9)
    assert [one.status for one in settled(intake)] == ["mitigated"]
    clock(15)
    (incident,) = settled(intake)
    assert incident.status == "resolved"
    assert incident.resolution == "All alerts ended by 2026-11-20 12:10:00 UTC and stayed quiet for 300 seconds."


def test_firing_again_while_mitigated_is_a_relapse(intake, clock):
    intake.alertmanager(alert())
    clock(10)
    intake.alertmanager(alert(ends=9))
    clock(12)
    intake.alertmanager(alert(starts=11))
    clock(60)

    (incident,) = settled(intake)
    assert (incident.status, incident.firing_count, incident.signal_count) == ("investigating", 1, 2)


def test_firing_again_within_the_reopen_window_reopens_the_same_incident(intake, clock):
    intake.alertmanager(alert())
    clock(1)
    intake.alertmanager(alert(ends=1))
    clock(6)
    assert [one.status for one in settled(intake)] == ["resolved"]

    clock(36)
    intake.alertmanager(alert(starts=36))

    (incident,) = intake.incidents()
    assert (incident.status, incident.reopen_count) == ("investigating", 1)


def test_firing_again_after_the_window_is_a_new_incident_that_follows(intake, clock):
    intake.alertmanager(alert())
    clock(1)
    intake.alertmanager(alert(ends=1))
    clock(6)
    settle_quiet()

    clock(37)
    intake.alertmanager(alert(starts=36.5))

    first, second = intake.incidents()
    assert (first.status, second.status) == ("resolved", "open")
    assert [(link["kind"], link["reference"]) for link in second.links] == [("follows", first.reference)]


def test_a_closed_incident_is_final(intake, clock, engineer):
    intake.alertmanager(alert())
    clock(1)
    intake.alertmanager(alert(ends=1))
    clock(6)
    (incident,) = settled(intake)
    close(actor=engineer, incident=incident)

    clock(7)
    intake.alertmanager(alert(starts=7))

    assert [one.status for one in intake.incidents()] == ["closed", "open"]


def test_what_people_reopened_is_theirs(intake, clock, engineer):
    intake.alertmanager(alert())
    clock(1)
    intake.alertmanager(alert(ends=1))
    clock(6)
    (incident,) = settled(intake)
    reopen(actor=engineer, incident=incident, reason="not over")

    clock(600)
    assert [one.status for one in settled(intake)] == ["investigating"]


def test_what_people_took_up_during_the_quiet_period_is_not_resolved(intake, clock, engineer):
    intake.alertmanager(alert())
    clock(1)
    intake.alertmanager(alert(ends=1))
    (incident,) = intake.incidents()
    change_status(actor=engineer, incident=incident, to="investigating")
    change_status(actor=engineer, incident=incident, to="mitigated")

    clock(600)
    assert [one.status for one in settled(intake)] == ["mitigated"]


def test_what_people_put_on_hold_keeps_its_status(intake, clock, lead):
    intake.alertmanager(alert())
    (incident,) = intake.incidents()
    hold(actor=lead, incident=incident, reason="vendor")
    clock(1)
    intake.alertmanager(alert(ends=1))

    clock(600)
    (incident,) = settled(intake)
    assert (incident.status, incident.firing_count) == ("open", 0)


def test_a_hold_during_the_quiet_period_keeps_it_from_being_resolved(intake, clock, lead):
    intake.alertmanager(alert())
    clock(1)
    intake.alertmanager(alert(ends=1))
    hold(actor=lead, incident=intake.incidents()[0], reason="vendor")

    clock(600)
    assert [one.status for one in settled(intake)] == ["mitigated"]


def test_a_period_that_ended_during_a_standstill_is_settled_once_and_says_so(intake, clock):
    intake.alertmanager(alert())
    clock(1)
    intake.alertmanager(alert(ends=1))
    clock(30)

    assert settle_quiet() == 1
    assert settle_quiet() == 0
    (incident,) = intake.incidents()
    assert incident.resolution.endswith("Noticed 1440 seconds late.")


def test_a_critical_alert_that_ended_before_anybody_looked_is_still_an_incident(intake, clock):
    intake.accept("alertmanager", body_of(alert()))
    clock(1)
    intake.alertmanager(alert(ends=1))

    (incident,) = intake.incidents()
    assert (incident.status, incident.signal_count, incident.firing_count) == ("mitigated", 1, 0)

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from incidents.commands import (
    Signal,
    acknowledge,
    assign,
    attach_signal,
    change_status,
    create_incident,
    hold,
    resolve,
    update_incident,
)
from incidents.deadlines import fire_due
from incidents.queries import (
    IncidentFilter,
    affected_ids,
    affected_refs,
    events_of,
    facets,
    incidents,
    likely_duplicates,
    live_counts,
    open_on,
    recent_for_service,
    related_to,
    teams_and_people,
)
from orgs.commands import create_project, create_team
from tests.incidents.staging import brought_to, opened

pytestmark = pytest.mark.usefixtures("inside")

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def titles(**wanted):
    return {row.title for row in incidents(IncidentFilter(**wanted))}


@pytest.fixture
def several(anyone, org, ci, user_with):
    """Three incidents that differ in everything."""
    team = create_team(actor=None, org=org, name="Storage")
    person = user_with("MEMBER", username="robin")
    project = create_project(actor=anyone, slug="web", name="Web")
    with time_machine.travel(START, tick=False) as clock:
        opened(
            anyone,
            title="Disk is full",
            severity="P1",
            assigned_to="Storage",
            affected_cis=[ci("db-1")],
            service_name="db",
            environment="production",
            source="prometheus",
            correlation_key="disk/db-1",
        )
        clock.shift(timedelta(hours=1))
        row = opened(
            anyone, title="100%_slow web", severity="P3", assigned_to="robin", service_name="web", project="web"
        )
        acknowledge(actor=anyone, incident=row)
        clock.shift(timedelta(hours=1))
        row = opened(anyone, title="Printer jam", severity="P4", environment="office")
        resolve(actor=anyone, incident=row, resolution="Pulled it out")
    return team, person, project


class TestTheFilter:
    @pytest.mark.parametrize(
        ("wanted", "found"),
        [
            ({}, {"Disk is full", "100%_slow web", "Printer jam"}),
            ({"statuses": ["open", "resolved"]}, {"Disk is full", "Printer jam"}),
            ({"severities": ["P3"]}, {"100%_slow web"}),
            ({"assigned_to": ["STORAGE"]}, {"Disk is full"}),
            ({"assigned_to": ["storage", "robin"]}, {"Disk is full", "100%_slow web"}),
            ({"unassigned": True}, {"Printer jam"}),
            ({"environments": ["office"]}, {"Printer jam"}),
            ({"services": ["db", "web"]}, {"Disk is full", "100%_slow web"}),
            ({"sources": ["prometheus"]}, {"Disk is full"}),
            ({"correlation_key": "disk/db-1"}, {"Disk is full"}),
            ({"correlation_key": "disk"}, set()),
            ({"created_after": START + timedelta(hours=1)}, {"100%_slow web", "Printer jam"}),
            ({"created_before": START + timedelta(hours=1)}, {"Disk is full"}),
            ({"q": "disk FULL"}, {"Disk is full"}),
            ({"q": "full jam"}, set()),
            ({"q": "100%"}, {"100%_slow web"}),
            ({"q": "%"}, {"100%_slow web"}),
            ({"q": "_"}, {"100%_slow web"}),
            ({"q": "\\"}, set()),
            ({"q": "'; drop table"}, set()),
            ({"q": "inc-20260301-002"}, {"100%_slow web"}),
            ({"q": "inc-20260301"}, {"Disk is full", "100%_slow web", "Printer jam"}),
            ({"severities": ["P1"], "statuses": ["resolved"]}, set()),
        ],
        ids=lambda value: str(value) if isinstance(value, dict) else "",
    )
    def test_lets_through_what_it_says(self, wanted, found, several):
        assert titles(**wanted) == found

    def test_narrows_to_a_team_a_person_and_a_project(self, several):
        team, person, project = several
        assert titles(team=team.pk) == {"Disk is full"}
        assert titles(assignee=person.pk) == {"100%_slow web"}
        assert titles(project=project.pk) == {"100%_slow web"}

    def test_narrows_to_a_configuration_item(self, several):
        row = incidents(IncidentFilter(severities=["P1"])).get()
        assert titles(ci=affected_ids(row)[0]) == {"Disk is full"}
        assert [ref["name"] for ref in affected_refs(row)] == ["db-1"]

    @pytest.mark.parametrize("field", ["q", "correlation_key"])
    @pytest.mark.parametrize("text", ["a\x00b", "\ud800"], ids=["NUL", "half a character"])
    def test_finds_nothing_where_no_text_can_be_like_that(self, field, text, several):
        assert titles(**{field: text}) == set()
        assert facets(IncidentFilter(**{field: text}))["status"] == {}

    @pytest.mark.parametrize("field", ["statuses", "assigned_to", "environments", "services", "sources"])
    @pytest.mark.parametrize("text", ["a\x00b", "\ud800"], ids=["NUL", "half a character"])
    def test_so_in_a_list_of_texts(self, field, text, several):
        assert titles(**{field: [text]}) == set()


class TestTheSlaFilter:
    def test_finds_what_is_breached_at_risk_and_held(self, anyone):
        with time_machine.travel(START, tick=False) as clock:
            breached, risk = opened(anyone, "Breached", "P1"), opened(anyone, "At risk", "P2")
            held, done = opened(anyone, "Held", "P1"), opened(anyone, "Done", "P1")
            hold(actor=anyone, incident=held, reason="vendor")
            resolve(actor=anyone, incident=done, resolution="x")
            clock.shift(timedelta(minutes=16))
            fire_due()
            acknowledge(actor=anyone, incident=breached)
            clock.shift(timedelta(minutes=1))
            assert titles(sla="breached") == {"Breached"}
            assert titles(sla="at_risk") == {"At risk"}
            assert titles(sla="held") == {"Held"}
            assert live_counts() == {"live": 3, "p1": 2, "breached": 1, "unassigned": 3}
            assert facets(IncidentFilter())["marks"] == {"unassigned": 3, "breached": 1, "at_risk": 1, "held": 1}
        assert risk.severity == "P2"


class TestFacets:
    def test_count_with_the_others_applied_and_their_own_open(self, several):
        team = several[0]
        found = facets(IncidentFilter(severities=["P1"]))
        assert found["severity"] == {"P1": 1, "P3": 1, "P4": 1}
        assert found["status"] == {"open": 1}
        assert found["team"] == {str(team.pk): 1}
        assert found["service"] == {"db": 1}
        assert facets(IncidentFilter(statuses=["resolved"]))["environment"] == {"office": 1}

    def test_agree_with_the_lists_that_they_lead_to(self, several):
        for severity, count in facets(IncidentFilter())["severity"].items():
            assert len(titles(severities=[severity])) == count


class TestRelations:
    def test_incidents_share_a_correlation_key_their_own_or_a_signals(self, anyone):
        first = opened(anyone, "First", correlation_key="shared")
        second = opened(anyone, "Second")
        second = attach_signal(
            actor=anyone, incident=second, signal=Signal("alert", "x", "Slow", correlation_key="shared")
        )
        opened(anyone, "Third", correlation_key="other")
        assert related_to(first) == [second]
        assert related_to(second) == [first]

    def test_the_latest_of_a_service_come_first(self, anyone):
        with time_machine.travel(START, tick=False) as clock:
            rows = []
            for _ in range(3):
                rows.append(opened(anyone, service_name="web"))
                clock.shift(timedelta(days=20))
            opened(anyone, service_name="db")
            assert recent_for_service("web") == [rows[2]]
            assert recent_for_service("web", since=timedelta(days=70), limit=2) == [rows[2], rows[1]]

    def test_live_ones_on_an_item_come_worst_first(self, anyone, ci):
        item = ci("db-1")
        minor, major = (opened(anyone, severity=severity, affected_cis=[item]) for severity in ("P3", "P1"))
        done = opened(anyone, affected_cis=[item])
        change_status(actor=anyone, incident=done, to="cancelled", reason="None")
        assert open_on([item.pk]) == [major, minor]

    def test_a_likely_duplicate_shares_an_item_or_most_words(self, anyone, ci):
        item = ci("db-1")
        same_item = opened(anyone, "Something else", affected_cis=[item])
        same_words = opened(anyone, "Checkout requests fail in Berlin")
        opened(anyone, "Checkout is green")
        update_incident(actor=anyone, incident=opened(anyone, "Checkout requests fail"), changes={"status": "resolved"})
        found = likely_duplicates(title="checkout requests FAIL again", ci_ids=[item.pk])
        assert found == [same_item, same_words]

    def test_the_stream_is_read_from_an_event_on(self, anyone, org):
        row = brought_to("closed", org)
        assert [event.seq for event in events_of(row)] == [1, 2, 3]
        assert [event.seq for event in events_of(row, after=1)] == [2, 3]
        assert [event.seq for event in events_of(row, after=1, limit=1)] == [2]

    def test_whom_incidents_are_assigned_to_is_known(self, several, anyone):
        team, person, _ = several
        row = create_incident(actor=anyone, title="x", severity="P4")
        assign(actor=anyone, incident=row, to="nobody we know")
        assert teams_and_people() == ([team], [person])

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.intake.reading import Unreadable, clean, read_json
from integrations.intake.sources import SOURCES
from integrations.intake.times import read_time
from tests.integrations.conftest import alert, at, body_of

MEMBERS = (
    *("alerts", "labels", "annotations", "status", "startsAt", "endsAt", "fingerprint", "groupKey", "truncatedAlerts"),
    *("severity", "title", "state", "dedup_key", "event_action", "payload", "summary", "source", "custom_details"),
    *("links", "href", "type", "message", "timestamp"),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(MEMBERS) | st.text(max_size=5),
            inner,
            max_size=6,
        )
    ),
    max_leaves=25,
)


@pytest.mark.parametrize("name", SOURCES)
@given(body=JSON)
def test_no_body_breaks_a_source(name, body):
    raw = json.dumps(body).encode()
    try:
        parsed = SOURCES[name].parse(read_json(raw), {})
    except Unreadable:
        return
    for one in parsed.alerts:
        text = json.dumps([one.title, one.description, one.labels, one.links, one.details], allow_nan=False)
        assert "\\u0000" not in text
        assert len(one.fingerprint) <= 255
        assert len(one.correlation_key) <= 255 or one.correlation_key


@given(st.text(alphabet=st.characters(categories=["Lu", "Cs", "Cc", "So"])))
def test_clean_text_can_be_stored_and_stays_clean(text):
    stored = clean(text)

    assert "\x00" not in stored
    stored.encode()
    assert clean(stored) == stored


def test_a_surrogate_pair_is_a_character():
    assert clean("\ud83d\ude00") == "😀"
    assert clean("\ud83d") == "\ufffd"


@pytest.mark.parametrize(
    ("value", "minute"),
    [
        ("2026-11-20T12:00:00Z", 0),
        ("2026-11-20T12:00:00.000000001Z", 0),
        ("2026-11-20T13:30:00+01:30", 0),
        ("2026-11-20T12:00:00.000+0000", 0),
        ("2026-11-20t12:00:00z", 0),
        ("2026-11-20T12:00:00+00:00Z", 0),
        (" 2026-11-20 12:00:00Z ", 0),
        (1795176000, 0),
        (1795176000.0, 0),
    ],
)
def test_times_are_read_in_every_width(value, minute):
    assert read_time(value) == at(minute)


@pytest.mark.parametrize("value", [None, "", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00-12:00"])
def test_some_times_mean_none(value):
    assert read_time(value) is None


@pytest.mark.parametrize(
    "value", [True, [], {}, "yesterday", "12:00", "2026-W47-5T12:00:00Z", 1e18, -1, float("nan"), "x" * 99]
)
def test_other_things_are_no_times(value):
    with pytest.raises(ValueError):  # noqa: PT011 - any of them
        read_time(value)


def test_one_bad_member_does_not_lose_its_neighbours(intake, clock):
    item = intake.alertmanager(alert("A"), 7, {"status": "firing"}, alert("B"))

    assert item.state == "quarantined"
    assert [(fault["index"], fault["raw"]) for fault in item.outcome["faults"]] == [
        (1, "7"),
        (2, '{"status": "firing"}'),
    ]
    assert len(intake.incidents()) == 2


def test_an_alert_that_was_read_in_part_is_kept_but_opens_nothing(intake, clock):
    item = intake.alertmanager({**alert(), "status": "suppressed"})

    assert item.state == "quarantined"
    assert [(row.state, row.severity, row.is_doubtful) for row in intake.alerts()] == [("firing", "P1", True)]
    assert intake.incidents() == []


def test_hostile_text_reaches_people_neutral_and_whole(intake, clock):
    title = "one\ntwo <b>{job}</b> {{7*7}} %s ${x} \x00 \x1b[31m " + "x" * 5000
    intake.alertmanager(alert(annotations={"summary": title, "description": "d\x00\x07"}))

    (row,) = intake.alerts()
    assert row.title == title.replace("\x00", "\ufffd").strip()
    (incident,) = intake.incidents()
    assert incident.title.startswith("one two <b>{job}</b> {{7*7}} %s ${x} \ufffd \ufffd[31m xxx")
    assert len(incident.title) == 500
    assert "x" * 5000 in incident.description


def test_an_alert_without_any_visible_name_has_one(intake, clock):
    intake.send("generic", {"title": "\u200b", "severity": "critical"})

    assert [one.title for one in intake.incidents()] == ["Alert without a name"]


def test_links_lead_to_web_pages_only(intake, clock):
    for index, url in enumerate(
        ("javascript:alert(1)", "data:text/html,x", "file:///etc", "//evil", "https://ok.example")
    ):
        intake.send("generic", {"title": f"t{index}", "url": url})

    assert [link["href"] for row in intake.alerts() for link in row.links] == ["https://ok.example"]


class TestATruncatedGroup:
    def test_that_ended_ends_what_it_did_not_name(self, intake, clock):
        intake.alertmanager(*(alert(f"A{n}") for n in range(3)), groupKey="g")
        intake.alertmanager(alert("other"), groupKey="h")
        clock(2)

        item = intake.alertmanager(alert("A0", ends=1), groupKey="g", truncatedAlerts=2)

        assert item.outcome["closed_unnamed"] == 2
        assert {row.title: row.state for row in intake.alerts()} == {
            "A0 is firing": "resolved",
            "A1 is firing": "resolved",
            "A2 is firing": "resolved",
            "other is firing": "firing",
        }
        assert sorted(one.status for one in intake.incidents()) == ["mitigated"] * 3 + ["open"]

    def test_that_fires_says_how_many_it_did_not_name(self, intake, clock):
        intake.alertmanager(alert(), groupKey="g", truncatedAlerts=38)

        (incident,) = intake.incidents()
        assert incident.signals.get().data_value()["unnamed_alerts_in_group"] == 38

    def test_that_ended_spares_what_fired_since(self, intake, clock):
        ended = intake.accept("alertmanager", body_of(alert("A0", ends=1), groupKey="g", truncatedAlerts=2))
        clock(5)
        intake.alertmanager(alert("A1", starts=4), groupKey="g")
        ended.refresh_from_db()

        assert ended.state == "done"
        assert {row.title: row.state for row in intake.alerts()}["A1 is firing"] == "firing"


def test_a_resolve_of_an_unknown_key_changes_nothing(intake, clock):
    item = intake.send("pagerduty", {"event_action": "resolve", "dedup_key": "never seen"})

    assert item.state == "done"
    assert item.outcome == {"alerts": 1, "resolved": 1, "was_ignored": 1}
    assert (intake.alerts(), intake.incidents()) == ([], [])


def test_a_resolve_that_overtook_its_trigger_ends_it(intake, clock):
    payload = {"summary": "x", "source": "y", "severity": "critical"}
    trigger = {"event_action": "trigger", "dedup_key": "k", "payload": payload | {"timestamp": "2026-11-20T11:59:00Z"}}
    resolve = {"event_action": "resolve", "dedup_key": "k", "payload": {"timestamp": "2026-11-20T11:59:30Z"}}

    intake.send("pagerduty", resolve)
    clock(4)
    intake.send("pagerduty", trigger)

    assert [(row.state, row.ends_at) for row in intake.alerts()] == [("resolved", at(-0.5))]
    assert [one.status for one in intake.incidents()] == ["mitigated"]


def test_an_acknowledgement_reaches_the_incident(intake, clock):
    payload = {"summary": "x", "source": "y", "severity": "critical"}
    intake.send("pagerduty", {"event_action": "trigger", "dedup_key": "k", "payload": payload})
    clock(1)
    intake.send("pagerduty", {"event_action": "acknowledge", "dedup_key": "k"})

    assert [row.state for row in intake.alerts()] == ["acknowledged"]
    assert [one.status for one in intake.incidents()] == ["acknowledged"]

"""Each finding of the check passes what is right and names what is not."""

import copy

import pytest

from itsm_site.demo.findings import Failed, check_chain, check_closed, check_opened, check_page
from itsm_site.demo.visitor import Answer, hidden_fields

OPENED = {
    "reference": "INC-20261121-001",
    "severity": "P1",
    "status": "open",
    "affected_cis": [{"id": "1", "name": "hv-b03"}, {"id": "2", "name": "checkout"}],
}
NAMES = {"hv-b03", "checkout"}

COMMON = {"id": "7", "title": "It burns", "version": 6}
ITSM = {**COMMON, "reference": "INC-1", "status": "closed", "severity": "P1", "resolved_at": "2026-11-21T12:00:00Z"}
V1 = {
    **COMMON,
    "incident_id": "INC-1",
    "status": "CLOSED",
    "severity": "SEV1_CRITICAL",
    "resolved_at": "2026-11-21T12:00:00Z",
}
ORGS = {**COMMON, "reference": "INC-1", "status": "RESOLVED", "severity": "SEV1", "resolvedAt": "2026-11-21T12:00:00Z"}


def chain(*types):
    return [
        {"seq": seq, "type": type_, "prevHash": f"h{seq - 1}" if seq > 1 else "", "hash": f"h{seq}"}
        for seq, type_ in enumerate(types, start=1)
    ]


WHOLE = chain(
    "INCIDENT_CREATED",
    "INCIDENT_SIGNAL_INGESTED",
    "INCIDENT_IMPACT_ASSESSED",
    "INCIDENT_STATUS_CHANGED",
    "INCIDENT_RESOLVED",
    "INCIDENT_STATUS_CHANGED",
)


def test_one_open_incident_with_its_items_is_right():
    assert check_opened([OPENED], severity="P1", names=NAMES) == "INC-20261121-001"


@pytest.mark.parametrize(
    ("incidents", "words"),
    [
        ([], "0 incidents"),
        ([OPENED, OPENED], "2 incidents"),
        ([{**OPENED, "severity": "P3"}], "severity is P3"),
        ([{**OPENED, "status": "in_progress"}], "status is in_progress"),
        ([{**OPENED, "affected_cis": []}], "linked to nothing"),
        ([{**OPENED, "affected_cis": OPENED["affected_cis"][:1]}], "linked to hv-b03"),
    ],
)
def test_any_other_is_named(incidents, words):
    with pytest.raises(Failed, match=words):
        check_opened(incidents, severity="P1", names=NAMES)


def test_three_dialects_that_agree_are_right():
    check_closed(ITSM, V1, ORGS)


@pytest.mark.parametrize(
    ("dialect", "member", "value", "words"),
    [
        (0, "status", "resolved", "statuses"),
        (1, "status", "RESOLVED", "statuses"),
        (2, "status", "CANCELLED", "statuses"),
        (1, "severity", "SEV2_HIGH", "severities"),
        (2, "title", "It smokes", "titles"),
        (0, "version", 5, "versions"),
        (1, "incident_id", "INC-2", "references"),
        (2, "id", "8", "ids"),
        (2, "resolvedAt", None, "times of resolution"),
    ],
)
def test_three_dialects_that_disagree_are_named(dialect, member, value, words):
    answers = [dict(ITSM), dict(V1), dict(ORGS)]
    answers[dialect][member] = value
    with pytest.raises(Failed, match=words):
        check_closed(*answers)


def test_times_that_are_all_missing_do_not_agree():
    with pytest.raises(Failed, match="times of resolution"):
        check_closed({**ITSM, "resolved_at": None}, {**V1, "resolved_at": None}, {**ORGS, "resolvedAt": None})


def test_a_whole_chain_is_right():
    check_chain(WHOLE)


def _altered(change):
    events = copy.deepcopy(WHOLE)
    change(events)
    return events


@pytest.mark.parametrize(
    ("events", "words"),
    [
        ([], "is missing"),
        (_altered(lambda e: e.pop(2)), "numbered"),
        (_altered(lambda e: e[3].update(prevHash="h9")), "event 4 is not bound"),
        (_altered(lambda e: e[0].update(prevHash="h0")), "event 1 is not bound"),
        (_altered(lambda e: e[4].update(type="INCIDENT_UPDATED")), "INCIDENT_RESOLVED is missing"),
        (chain("INCIDENT_CREATED", "INCIDENT_RESOLVED", "INCIDENT_SIGNAL_INGESTED"), "out of order"),
    ],
)
def test_a_broken_chain_is_named(events, words):
    with pytest.raises(Failed, match=words):
        check_chain(events)


def test_a_page_must_be_whole_and_show_what_was_asked():
    check_page("/", Answer(200, {}, b"<html>INC-1</html>"), "INC-1")
    for answer, words in (
        (Answer(500, {}, b""), "answers 500"),
        (Answer(0, {}, b"connection refused"), "connection refused"),
        (Answer(200, {}, b"<html>INC-1"), "cut off"),
        (Answer(200, {}, b"<html>INC-2</html>"), "does not show"),
    ):
        with pytest.raises(Failed, match=words):
            check_page("/", answer, "INC-1")


def test_hidden_fields_are_read_from_a_form():
    page = (
        '<form><input type="hidden" name="csrf" value="a&amp;b"><input name="user"><input type=hidden name=next></form>'
    )
    assert hidden_fields(page) == {"csrf": "a&b", "next": ""}

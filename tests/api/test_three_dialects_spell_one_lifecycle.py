"""Each dialect's words stand for the canonical ones, there and back, and a filter finds what it shows."""

import pytest

from api.vocabulary import DIALECTS, ITSM, ORGS, SEVERITY_MEANS, V1
from incidents.commands import cancel, change_status, create_incident
from incidents.models import Incident
from incidents.states import Severity, Status, allowed_from
from orgs.actor import Actor
from orgs.errors import IllegalTransition

pytestmark = pytest.mark.once

SHOWN = {
    "open": ("open", "OPEN", "OPEN"),
    "acknowledged": ("in_progress", "ACKNOWLEDGED", "OPEN"),
    "investigating": ("in_progress", "INVESTIGATING", "INVESTIGATING"),
    "identified": ("in_progress", "IDENTIFIED", "INVESTIGATING"),
    "mitigated": ("in_progress", "MONITORING", "MITIGATED"),
    "resolved": ("resolved", "RESOLVED", "RESOLVED"),
    "closed": ("closed", "CLOSED", "RESOLVED"),
    "cancelled": ("closed", "CLOSED", "CANCELLED"),
}
# From, what is written in each dialect, and where it leads; None: refused.
WRITTEN = [
    (ITSM, "open", "in_progress", "investigating"),
    (ITSM, "open", "open", None),
    (ITSM, "open", "resolved", "resolved"),
    (ITSM, "open", "closed", None),
    (ITSM, "acknowledged", "in_progress", None),
    (ITSM, "acknowledged", "open", None),
    (ITSM, "mitigated", "in_progress", None),
    (ITSM, "resolved", "open", "investigating"),
    (ITSM, "resolved", "in_progress", "investigating"),
    (ITSM, "resolved", "closed", "closed"),
    (ITSM, "closed", "closed", None),
    (ITSM, "closed", "open", None),
    (ITSM, "cancelled", "closed", None),
    (V1, "open", "OPEN", None),
    (V1, "open", "ACKNOWLEDGED", "acknowledged"),
    (V1, "open", "MONITORING", "mitigated"),
    (V1, "acknowledged", "OPEN", None),
    (V1, "identified", "INVESTIGATING", None),
    (V1, "mitigated", "INVESTIGATING", "investigating"),
    (V1, "mitigated", "CLOSED", None),
    (V1, "resolved", "OPEN", "investigating"),
    (V1, "resolved", "INVESTIGATING", "investigating"),
    (V1, "resolved", "ACKNOWLEDGED", None),
    (V1, "resolved", "CLOSED", "closed"),
    (V1, "closed", "OPEN", None),
    (V1, "cancelled", "CLOSED", None),
    (ORGS, "open", "OPEN", None),
    (ORGS, "acknowledged", "OPEN", None),
    (ORGS, "acknowledged", "INVESTIGATING", "investigating"),
    (ORGS, "identified", "INVESTIGATING", None),
    (ORGS, "identified", "MITIGATED", "mitigated"),
    (ORGS, "mitigated", "INVESTIGATING", "investigating"),
    (ORGS, "resolved", "OPEN", "investigating"),
    (ORGS, "resolved", "RESOLVED", None),
    (ORGS, "closed", "RESOLVED", None),
    (ORGS, "open", "CANCELLED", "cancelled"),
    (ORGS, "resolved", "CANCELLED", None),
]


@pytest.mark.parametrize("status", Status.values)
def test_each_status_is_shown_as_the_contract_says(status):
    assert tuple(dialect.status(status) for dialect in DIALECTS) == SHOWN[status]


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_words_stand_for_all_that_they_show(dialect):
    found = [canonical for word in dialect.status_words for canonical in dialect.stands_for(word)]
    assert sorted(found) == sorted(Status.values)


@pytest.mark.parametrize(("dialect", "current", "word", "target"), WRITTEN)
def test_a_word_means_the_nearest_legal_step(dialect, current, word, target):
    if target is not None:
        assert dialect.target(word, current) == target
        assert target in allowed_from(current)
        return
    with pytest.raises(IllegalTransition) as refused:
        dialect.target(word, current)
    assert refused.value.current == dialect.status(current)
    assert word not in refused.value.allowed


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
@pytest.mark.parametrize("current", Status.values)
def test_what_is_said_to_be_allowed_is(dialect, current):
    words = dialect.next_words(current)
    for word in dialect.status_words:
        if word in words:
            assert dialect.target(word, current) in allowed_from(current)
        else:
            with pytest.raises(IllegalTransition):
                dialect.target(word, current)


def test_a_severity_is_read_in_any_spelling_and_shown_in_the_dialects_own():
    for dialect in DIALECTS:
        assert [SEVERITY_MEANS[dialect.severity(severity)] for severity in Severity.values] == Severity.values
    assert len(SEVERITY_MEANS) == 12


@pytest.fixture
def incidents(org):
    """One incident in each status."""
    actor = Actor.system(org.pk, "test")
    found = {}
    for status in Status.values:
        row = create_incident(actor=actor, title=status, severity="P3")
        if status == "closed":
            change_status(actor=actor, incident=row, to="resolved", reason="fixed")
        if status == "cancelled":
            cancel(actor=actor, incident=row)
        elif status != "open":
            change_status(actor=actor, incident=row, to=status, reason="on its way")
        found[status] = Incident.all_orgs_unsafe.get(pk=row.pk)
    return found


def listed(caller, dialect, org, word):
    if dialect is ITSM:
        return caller.get(f"/itsm/incidents?status={word}").json()["items"]
    if dialect is V1:
        return caller.get(f"/api/v1/incidents?status={word}").json()
    return caller.get(f"/api/orgs/{org.slug}/incidents?status={word}").json()["incidents"]


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_a_filter_finds_exactly_what_is_shown_so(dialect, caller, org, incidents):
    seen = []
    for word in dialect.status_words:
        rows = listed(caller, dialect, org, word)
        assert {row["status"] for row in rows} == {word}
        assert {row["title"] for row in rows} == dialect.stands_for(word)
        seen += rows
    assert len(seen) == len(incidents)


def write(caller, dialect, org, row, word):
    if dialect is ITSM:
        return caller.patch(f"/itsm/incidents/{row.reference}", {"status": word})
    if dialect is V1:
        return caller.put(f"/api/v1/incidents/{row.reference}/status", {"status": word, "reason": "because"})
    return caller.post(
        f"/api/orgs/{org.slug}/incidents/{row.reference}/status", {"newStatus": word, "reason": "because"}
    )


@pytest.mark.parametrize(("dialect", "current", "word", "target"), WRITTEN)
def test_writing_it_over_http_does_the_same(dialect, current, word, target, caller, org, incidents):
    row = incidents[current]
    answer = write(caller, dialect, org, row, word)
    after = Incident.all_orgs_unsafe.get(pk=row.pk)
    if target is not None:
        assert answer.status_code == 200, answer.content
        assert after.status == target
        assert answer.json()["status"] == dialect.status(target)
        return
    assert after.status == current
    assert after.version == row.version
    if dialect is ITSM and word == ITSM.status(current):
        # In a PATCH, the status that is shown already is no change.
        assert answer.status_code == 200
        return
    assert answer.status_code == 409
    shown = answer.json()
    assert shown["current"] == dialect.status(current)
    assert shown["requested"] == word
    assert shown["allowed"] == dialect.next_words(current)


@pytest.mark.parametrize("spelling", SEVERITY_MEANS)
def test_any_spelling_creates_and_each_dialect_shows_its_own(spelling, caller, org):
    canonical = SEVERITY_MEANS[spelling]
    made = [
        caller.post("/itsm/incidents", {"title": "x", "severity": spelling}).json()["reference"],
        caller.post("/api/v1/incidents", {"title": "x", "severity": spelling}).json()["incident_id"],
        caller.post(f"/api/orgs/{org.slug}/incidents", {"title": "x", "severity": spelling}).json()["reference"],
    ]
    for reference in made:
        assert caller.get(f"/itsm/incidents/{reference}").json()["severity"] == canonical
        assert caller.get(f"/api/v1/incidents/{reference}").json()["severity"] == V1.severity(canonical)
        shown = caller.get(f"/api/orgs/{org.slug}/incidents/{reference}").json()
        assert shown["severity"] == ORGS.severity(canonical)
    assert len(caller.get(f"/api/v1/incidents?severity={spelling}").json()) == 3

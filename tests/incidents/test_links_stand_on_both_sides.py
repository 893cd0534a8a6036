import pytest

from incidents.commands import (
    add_tag,
    change_status,
    link_incidents,
    link_record,
    link_ticket,
    remove_tag,
    unlink_incidents,
    unlink_record,
)
from incidents.commands.fields import MOST_TAGS
from incidents.commands.links import REVERSE
from orgs.errors import Conflict, Invalid
from tests.incidents.doors import PROBLEM
from tests.incidents.staging import anew, brought_to, opened, stream, types


@pytest.fixture
def pair(anyone):
    """Two incidents."""
    return opened(anyone, title="Near"), opened(anyone, title="Far")


def links(row):
    return [(link["kind"], link["reference"], link["title"]) for link in anew(row).links]


@pytest.mark.parametrize("kind", REVERSE)
def test_each_record_says_it_from_its_side(kind, anyone, pair):
    near, far = pair
    link_incidents(actor=anyone, incident=near, other=far, kind=kind)
    assert links(near) == [(kind, far.reference, "Far")]
    assert links(far) == [(REVERSE[kind], near.reference, "Near")]
    assert types(near)[1:] == types(far)[1:] == ["INCIDENT_LINKED"]


def test_every_kind_has_a_reverse_that_leads_back():
    assert {REVERSE[REVERSE[kind]] for kind in REVERSE} == set(REVERSE)
    assert all(REVERSE[REVERSE[kind]] == kind for kind in REVERSE)


@pytest.mark.parametrize("kind", REVERSE)
def test_unlinking_takes_it_off_both(kind, anyone, pair):
    near, far = pair
    link_incidents(actor=anyone, incident=near, other=far, kind="related")
    if kind != "related":
        link_incidents(actor=anyone, incident=near, other=far, kind=kind)
    unlink_incidents(actor=anyone, incident=near, other=far, kind=kind)
    left = [] if kind == "related" else ["related"]
    assert [link[0] for link in links(near)] == [link[0] for link in links(far)] == left


def test_it_can_be_taken_off_from_the_other_side(anyone, pair):
    near, far = pair
    link_incidents(actor=anyone, incident=near, other=far, kind="causes")
    unlink_incidents(actor=anyone, incident=far, other=near, kind="caused_by")
    assert links(near) == links(far) == []


def test_an_incident_is_not_linked_to_itself(anyone, incident):
    for other in (incident, incident.pk, str(incident.pk), incident.reference, incident.reference.lower()):
        with pytest.raises(Invalid) as refusal:
            link_incidents(actor=anyone, incident=incident, other=other)
        assert [(error.field, error.code) for error in refusal.value.fields] == [("other", "self")]
    assert anew(incident).version == 1


def test_the_same_link_twice_is_a_conflict(anyone, pair):
    near, far = pair
    link_incidents(actor=anyone, incident=near, other=far, kind="causes")
    for call in (
        lambda: link_incidents(actor=anyone, incident=near, other=far, kind="causes"),
        lambda: link_incidents(actor=anyone, incident=far, other=near, kind="caused_by"),
    ):
        with pytest.raises(Conflict) as refusal:
            call()
        assert refusal.value.code == "duplicate"


def test_what_is_not_linked_cannot_be_unlinked(anyone, pair):
    near, far = pair
    link_incidents(actor=anyone, incident=near, other=far, kind="related")
    with pytest.raises(Conflict) as refusal:
        unlink_incidents(actor=anyone, incident=near, other=far, kind="causes")
    assert refusal.value.code == "not_linked"


def test_an_unknown_kind_is_refused(anyone, pair):
    with pytest.raises(Invalid) as refusal:
        link_incidents(actor=anyone, incident=pair[0], other=pair[1], kind="likes")
    assert refusal.value.fields[0].field == "kind"


def test_a_link_does_not_change_when_a_title_does(anyone, pair):
    from incidents.commands import update_incident

    near, far = pair
    link_incidents(actor=anyone, incident=near, other=far)
    update_incident(actor=anyone, incident=far, changes={"title": "Renamed"})
    assert links(near) == [("related", far.reference, "Far")]


@pytest.mark.parametrize("name", ["row", "id", "reference"])
def test_an_incident_that_follows_another_is_known_to_both(name, org, anyone):
    before = brought_to("closed", org, title="First")
    ident = {"row": before, "id": before.pk, "reference": before.reference}[name]
    after = opened(anyone, title="Again", follows=ident)
    assert links(after) == [("follows", before.reference, "First")]
    assert links(before) == [("followed_by", after.reference, "Again")]
    assert anew(before).status == "closed"


class TestMerging:
    def test_the_cancelled_one_names_the_other(self, anyone, pair):
        near, far = pair
        cancelled = change_status(actor=anyone, incident=near, to="cancelled", merged_into=far.reference)
        assert (cancelled.status, cancelled.merged_into_id) == ("cancelled", far.pk)
        assert stream(near)[-1].payload["merged_into"] == {"id": str(far.pk), "name": far.reference}

    def test_never_into_itself(self, anyone, incident):
        with pytest.raises(Invalid) as refusal:
            change_status(actor=anyone, incident=incident, to="cancelled", merged_into=incident.reference)
        assert [(error.field, error.code) for error in refusal.value.fields] == [("merged_into", "self")]

    def test_never_in_a_circle(self, anyone):
        rows = [opened(anyone) for _ in range(3)]
        change_status(actor=anyone, incident=rows[0], to="cancelled", merged_into=rows[1])
        change_status(actor=anyone, incident=rows[1], to="cancelled", merged_into=rows[2])
        for target in (rows[0], rows[1]):
            with pytest.raises(Invalid) as refusal:
                change_status(actor=anyone, incident=rows[2], to="cancelled", merged_into=target)
            assert [(error.field, error.code) for error in refusal.value.fields] == [("merged_into", "circle")]
        assert anew(rows[2]).status == "open"

    @pytest.mark.parametrize("to", ["acknowledged", "resolved"])
    def test_only_when_it_is_cancelled(self, to, anyone, pair):
        with pytest.raises(Invalid) as refusal:
            change_status(actor=anyone, incident=pair[0], to=to, merged_into=pair[1])
        assert refusal.value.fields[0].field == "merged_into"


class TestRecordsOfOtherApps:
    GIVEN = {"kind": "problem", "record_id": PROBLEM, "reference": "PRB-20260301-001"}

    def test_they_stand_among_the_links(self, anyone, incident):
        link_record(actor=anyone, incident=incident, title="Disks fill", **self.GIVEN)
        assert links(incident) == [("problem", "PRB-20260301-001", "Disks fill")]
        unlink_record(actor=anyone, incident=incident, **self.GIVEN)
        assert links(incident) == []

    def test_once_more_is_no_change(self, anyone, incident):
        for _ in range(2):
            link_record(actor=anyone, incident=incident, title="Disks fill", **self.GIVEN)
        for _ in range(2):
            unlink_record(actor=anyone, incident=incident, **self.GIVEN)
        assert types(incident)[1:] == ["INCIDENT_LINKED", "INCIDENT_UNLINKED"]

    @pytest.mark.parametrize("kind", ["related", "likes"])
    def test_no_other_kind_is_taken(self, kind, anyone, incident):
        with pytest.raises(Invalid):
            link_record(actor=anyone, incident=incident, title="Disks fill", **{**self.GIVEN, "kind": kind})
        with pytest.raises(Invalid):
            unlink_record(actor=anyone, incident=incident, **{**self.GIVEN, "kind": kind})


class TestTags:
    def test_they_are_sorted_and_each_once(self, anyone, incident):
        for tag in ("web", "db", " db ", "web"):
            row = add_tag(actor=anyone, incident=incident, tag=tag)
        assert row.tags == ["db", "web"]
        assert types(row)[1:] == ["INCIDENT_TAG_ADDED"] * 2

    def test_one_that_is_not_there_can_be_taken_off_without_trace(self, anyone, incident):
        assert remove_tag(actor=anyone, incident=incident, tag="db").version == 1

    def test_there_is_an_end_to_them(self, anyone):
        row = opened(anyone, tags=[f"t{n:02}" for n in range(MOST_TAGS)])
        with pytest.raises(Invalid):
            add_tag(actor=anyone, incident=row, tag="one more")
        assert add_tag(actor=anyone, incident=row, tag="t00").version == 1


class TestTickets:
    def test_they_are_kept_in_their_order(self, anyone, incident):
        for number in ("OPS-2", "OPS-1"):
            row = link_ticket(actor=anyone, incident=incident, platform="jira", ticket=number)
        assert row.external_refs == [
            {"platform": "jira", "ticket": "OPS-2", "url": ""},
            {"platform": "jira", "ticket": "OPS-1", "url": ""},
        ]

    def test_the_same_one_twice_is_a_conflict(self, anyone, incident):
        link_ticket(actor=anyone, incident=incident, platform="jira", ticket="OPS-1")
        with pytest.raises(Conflict):
            link_ticket(actor=anyone, incident=incident, platform="jira", ticket="OPS-1", url="https://x.example")
        link_ticket(actor=anyone, incident=incident, platform="servicenow", ticket="OPS-1")

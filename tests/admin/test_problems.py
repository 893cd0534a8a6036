import pytest

from changes.commands import create_change
from cmdb.commands import create_ci
from incidents.commands import create_incident
from orgs.roles import Role
from orgs.tenancy import org_scope
from problems.admin.buttons import BUTTONS
from problems.commands import create_problem
from problems.models import Problem, RecurrenceProposal, RecurrenceRule
from problems.queries import fixing_changes, linked_incidents
from problems.recurrence import find_recurring
from tests.admin.conftest import sentences

ALL = tuple(Role.values)


@pytest.fixture
def problem(lead):
    return create_problem(actor=lead, title="Disks fill", workaround="Empty the cache")


def test_the_whole_life_can_be_lived_by_buttons(desk, problem, incident, lead, fresh):
    there = desk(*ALL)
    fix = create_change(actor=lead, title="Bigger disks", type="normal")
    for command, values in (
        ("known", {}),
        ("note", {"text": "Seen again"}),
        ("link", {"incident": incident.reference}),
        ("fix", {"change": fix.reference}),
        ("unlink", {"other": fix.reference}),
        ("use", {"incident": incident.reference, "helped": "yes"}),
        ("edit", {"title": "Disks fill at night", "workaround": "Empty the cache", "owner": "Grace"}),
        ("investigate", {"reason": "Not so"}),
        ("resolve", {"resolution": "Bigger disks", "change": fix.reference, "incidents": "on"}),
        ("reopen", {"reason": "It is back"}),
    ):
        response = there.do(fresh(problem), command, **values)
        assert response.status_code == 302, (command, sentences(response))
    row = fresh(problem)
    assert (row.title, row.owner_name, row.status) == ("Disks fill at night", "Grace", "investigating")
    assert (row.workaround_used, row.workaround_helped, row.reopen_count) == (1, 1, 1)
    assert fresh(incident).status == "resolved"
    with org_scope(row.org_id):
        assert [linked_incidents(row), fixing_changes(row)] == [[fresh(incident)], [fix]]
    assert there.told(there.do(row, "verify"))[-1].startswith("Ledger verified")


def test_its_page_shows_its_links_and_its_stream(desk, problem, incident, lead, fresh):
    there = desk(*ALL)
    there.do(problem, "link", incident=incident.reference)
    html = there.get("problems_problem_change", problem.pk).content.decode()
    for text in ("Disks fill", incident.reference, "opened it", f"linked {incident.reference}"):
        assert text in html
    assert "Disks fill" in there.get("problems_problem_changelist", q="disks").content.decode()
    assert "Disks fill" not in there.get("problems_problem_changelist", q="printer").content.decode()


def test_an_incident_shows_its_problem_and_offers_no_way_to_tear_it_off(desk, problem, incident):
    there = desk(*ALL)
    there.do(problem, "link", incident=incident.reference)
    html = there.get("incidents_incident_change", incident.pk).content.decode()
    assert problem.reference in html
    assert f"/incidents/{problem.reference}" not in html
    assert "/do/unlink/" not in html


def test_resolving_tells_which_incidents_could_not_be(desk, problem, incident, fresh):
    there = desk(*ALL)
    there.do(problem, "link", incident=incident.reference)
    there.do(fresh(problem), "resolve", resolution="Bigger disks", incidents="on")
    told = there.told(there.do(fresh(problem), "resolve-incidents"))
    assert told[-1] == f"Incidents resolved with it: 0. {incident.reference}: It is already resolved."


def test_a_refusal_stands_beside_the_form(desk, lead, fresh):
    row = create_problem(actor=lead, title="Nothing known")
    response = desk(*ALL).do(row, "known")
    assert response.status_code == 409
    assert "say" in " ".join(sentences(response)) or "known" in response.content.decode()
    assert fresh(row).status == "investigating"


def test_a_stale_reader_is_told_what_happened_meanwhile(desk, problem, fresh):
    there = desk(*ALL)
    there.do(problem, "note", text="Seen again")
    response = there.do(problem, "known")
    assert response.status_code == 412
    assert "Seen again" in response.content.decode()


def test_a_new_one_is_begun_there(desk, org, incident):
    there = desk("MEMBER")
    response = there.post("problems_problem_add", title="Logs fill", linked_incidents=incident.reference)
    assert response.status_code == 302, sentences(response)
    with org_scope(org):
        assert Problem.objects.get(title="Logs fill").incident_count == 1


@pytest.mark.parametrize("button", BUTTONS, ids=lambda button: button.name)
def test_every_button_has_a_page(button, desk, problem):
    assert desk(*ALL).get("problems_problem_do", problem.pk, button.name).status_code == 200


@pytest.mark.parametrize(("role", "names"), [("VIEWER", set()), ("MEMBER", {"note", "use"})])
def test_only_what_may_be_done_is_offered(role, names, desk, problem):
    html = desk(role).get("problems_problem_change", problem.pk).content.decode()
    offered = {button.name for button in BUTTONS if f"/do/{button.name}/" in html}
    assert offered - {"verify"} == names


class TestProposals:
    @pytest.fixture
    def proposal(self, org, lead, administrator):
        host = create_ci(actor=administrator, name="web-1", kind="server")
        for _ in range(3):
            create_incident(actor=lead, title="Disk is full", severity="P4", affected_cis=[host])
        find_recurring()
        with org_scope(org):
            return RecurrenceProposal.objects.get()

    def test_one_is_accepted(self, desk, proposal, fresh):
        there = desk("SRE_LEAD")
        told = there.told(there.do(proposal, "accept"))
        assert told[0].endswith("is open, with 3 incidents.")
        assert fresh(proposal).state == "accepted"
        assert there.do(proposal, "dismiss").status_code == 409

    def test_one_is_dismissed_for_a_while(self, desk, proposal, fresh):
        response = desk("SRE_LEAD").do(proposal, "dismiss", mute_until="2020-01-01T00:00", reason="Backups")
        assert response.status_code == 400
        assert desk("SRE_LEAD").do(proposal, "dismiss", reason="Backups").status_code == 302
        assert (fresh(proposal).state, fresh(proposal).reason) == ("dismissed", "Backups")

    def test_the_measure_is_set_and_changed(self, desk, org):
        there = desk("ORG_ADMIN")
        assert there.post("problems_recurrencerule_add", incidents="4", days="7").status_code == 302
        with org_scope(org):
            row = RecurrenceRule.objects.get()
        assert there.do(row, "change", incidents="5", days="9").status_code == 302
        with org_scope(org):
            assert str(RecurrenceRule.objects.get()) == "5 in 9 days"

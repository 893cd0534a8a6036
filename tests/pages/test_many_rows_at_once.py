"""One deed on many rows: each is done or refused by itself, and the refused ones say why."""

from incidents import commands
from incidents.models import Incident
from orgs.tenancy import org_scope


def pair(world, name):
    with org_scope(world.org):
        row = Incident.objects.get(pk=world.incidents[name].pk)
    return f"{row.reference}:{row.version}"


def status_of(world, name):
    with org_scope(world.org):
        return Incident.objects.get(pk=world.incidents[name].pk).status


def test_what_can_be_done_is_done_and_the_rest_is_told(world, ada, post):
    chosen = [pair(world, name) for name in ("open", "other", "done")]
    answer = post(ada, "/incidents/bulk", {"do": "acknowledge", "row": chosen}, htmx=True, target="outcome")
    page = answer.content.decode()
    assert "2 incidents acknowledged." in page
    assert f"{world.incidents['done'].reference}: " in page
    assert page.count('hx-swap-oob="true"') == 3
    assert status_of(world, "open") == status_of(world, "other") == "acknowledged"
    assert status_of(world, "done") == "resolved"


def test_a_row_that_changed_meanwhile_is_refused_and_shown_as_it_is(world, ada, post):
    chosen = pair(world, "open")
    commands.change_severity(actor=world.actor, incident=world.incidents["open"].pk, to="P1")
    answer = post(ada, "/incidents/bulk", {"acknowledge": chosen}, htmx=True, target="outcome")
    page = answer.content.decode()
    assert "Somebody changed it meanwhile" in page
    assert 'class="sev P1"' in page
    assert status_of(world, "open") == "open"


def test_without_scripts_it_leads_back_to_the_same_view(world, ada, post):
    answer = post(
        ada,
        "/incidents/bulk",
        {"do": "assign", "to": "Payments", "row": pair(world, "open"), "back": "/incidents?q=one"},
    )
    assert answer["Location"] == "/incidents?q=one"
    assert "assigned." in ada.get(answer["Location"]).content.decode()


def test_the_way_back_never_leads_off_the_site(world, ada, post):
    answer = post(ada, "/incidents/bulk", {"do": "acknowledge", "row": pair(world, "open"), "back": "//evil.example"})
    assert answer["Location"] == "/"


def test_nothing_chosen_is_said_so(world, ada, post):
    answer = post(ada, "/incidents/bulk", {"do": "acknowledge"}, htmx=True, target="outcome")
    assert "No row is selected" in answer.content.decode()


def test_a_foreign_or_made_up_row_is_refused_alike(world, signed_in, other_org, post):
    stranger = signed_in("SRE_LEAD", org=other_org)
    theirs = stranger.post(
        "/incidents/bulk", {"org": str(other_org.id), "do": "acknowledge", "row": pair(world, "open")}
    )
    made_up = stranger.post(
        "/incidents/bulk", {"org": str(other_org.id), "do": "acknowledge", "row": "INC-20200101-001:1"}
    )
    assert theirs.status_code == made_up.status_code == 302
    assert status_of(world, "open") == "open"


def test_who_may_not_is_refused_row_by_row(world, signed_in, post):
    values = {"do": "severity", "severity": "P1", "row": pair(world, "open")}
    answer = post(signed_in("MEMBER"), "/incidents/bulk", values, htmx=True)
    assert "takes one of these roles" in answer.content.decode()

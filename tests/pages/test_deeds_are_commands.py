"""What pages do goes through commands: legal steps only, the version minded, refusals said in sentences."""

import re

import pytest
from django.test import Client

from incidents import commands
from incidents.models import Incident
from incidents.views.forms import DEEDS, legal_deeds
from orgs.roles import Role
from orgs.tenancy import org_scope


def fresh(world, name="open"):
    with org_scope(world.org):
        return Incident.objects.get(pk=world.incidents[name].pk)


def do(post, client, row, deed, htmx=False, **values):
    return post(client, f"/incidents/{row.reference}/do", {"deed": deed, "version": row.version, **values}, htmx=htmx)


def test_without_scripts_a_deed_leads_back_to_the_record_and_says_what_was_done(world, ada, post):
    row = fresh(world)
    answer = do(post, ada, row, "step", to="acknowledged")
    assert answer.status_code == 302
    assert f"{row.reference} is acknowledged now." in ada.get(answer["Location"]).content.decode()
    assert fresh(world).status == "acknowledged"


def test_with_scripts_it_answers_with_the_record_as_it_is_now(world, ada, post):
    answer = do(post, ada, fresh(world), "step", htmx=True, to="acknowledged")
    page = answer.content.decode()
    assert "<html" not in page
    assert "st-acknowledged" in page
    assert "ops:toast" in answer["HX-Trigger"]


@pytest.mark.parametrize(
    ("deed", "values", "column", "expected"),
    [
        ("resolve", {"resolution": "Turned it off and on."}, "status", "resolved"),
        ("assign", {"assigned_to": "payments"}, "assigned_to", "Payments"),
        ("severity", {"severity": "P1", "reason": "Worse."}, "severity", "P1"),
        ("hold", {"hold_reason": "vendor", "note": "Case 1"}, "hold_reason", "vendor"),
        ("cancel", {"reason": "A test."}, "status", "cancelled"),
        ("edit", {"title": "A better title", "affected_cis": "rack-b4\n"}, "title", "A better title"),
        ("tag", {"tag": "edge"}, "tags", ["edge"]),
    ],
)
def test_each_deed_does_what_it_says(world, ada, post, deed, values, column, expected):
    assert do(post, ada, fresh(world), deed, **values).status_code == 302
    assert getattr(fresh(world), column) == expected


def test_assigning_to_me_takes_one_press(world, ada, post):
    do(post, ada, fresh(world), "assign", me="1", assigned_to="Payments")
    assert fresh(world).assignee_id == world.person.pk


def test_notes_decisions_hypotheses_and_actions_are_written_back_dated(world, ada, post):
    row = fresh(world)
    for kind in ("note", "decision", "hypothesis", "action"):
        answer = do(post, ada, row, "note", kind=kind, text=f"My {kind}\nmore", occurred_at="2026-01-02T03:04:05")
        assert answer.status_code == 302
    with org_scope(world.org):
        events = list(Incident.objects.get(pk=row.pk).events.order_by("-seq")[:4])
    assert {event.occurred_at.isoformat() for event in events} == {"2026-01-02T03:04:05+00:00"}
    assert events[0].type == "INCIDENT_PLAYBOOK_ACTION_EXECUTED"
    page = ada.get(f"/incidents/{row.reference}").content.decode()
    assert "later, at" in page


def test_a_stale_form_shows_both_values_and_overwrites_nothing(world, ada, post):
    row = fresh(world)
    commands.update_incident(actor=world.actor, incident=row.pk, changes={"title": "Theirs"})
    answer = do(post, ada, row, "edit", title="Mine", description="")
    page = answer.content.decode()
    assert answer.status_code == 412
    assert "Mine" in page
    assert "Theirs" in page
    assert "changed the title" in page
    assert fresh(world).title == "Theirs"


def test_after_a_conflict_ones_own_value_can_still_be_chosen(world, ada, post):
    row = fresh(world)
    commands.update_incident(actor=world.actor, incident=row.pk, changes={"title": "Theirs"})
    page = do(post, ada, row, "edit", title="Mine", description="").content.decode()
    form = page[page.index("Changed while you were writing") :]
    form = form[form.index("<form") : form.index("</form>")]
    fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', form))
    assert fields.pop("csrfmiddlewaretoken")
    assert ada.post(f"/incidents/{row.reference}/do", fields).status_code == 302
    assert fresh(world).title == "Mine"


def test_an_illegal_step_is_refused_in_a_sentence(world, ada, post):
    row = fresh(world, "done")
    answer = do(post, ada, row, "step", to="acknowledged")
    assert answer.status_code == 409
    assert "not acknowledged" in answer.content.decode()


def test_a_bad_field_keeps_what_was_typed_and_names_the_remedy(world, ada, post):
    row = fresh(world)
    answer = do(post, ada, row, "resolve", resolution="   ", root_cause="Dust & <dirt>")
    page = answer.content.decode()
    assert answer.status_code == 400
    assert 'aria-invalid="true"' in page
    assert "Dust &amp; &lt;dirt&gt;" in page
    assert fresh(world).status == "open"


@pytest.mark.parametrize("when", ["tomorrow", "2126-01-01T00:00:00", "2026-02-30T10:00", "9" * 40])
def test_an_odd_time_is_refused_at_its_field(world, ada, post, when):
    answer = do(post, ada, fresh(world), "note", text="Kept text", occurred_at=when)
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "Kept text" in page
    assert "occurred_at-error" in page


@pytest.mark.parametrize("version", ["", "x", "-1", "99999999999"])
def test_a_form_must_say_which_version_it_was_made_from(world, ada, post, version):
    row = fresh(world)
    answer = post(ada, f"/incidents/{row.reference}/do", {"deed": "step", "to": "acknowledged", "version": version})
    assert answer.status_code == 400
    assert fresh(world).status == "open"


def test_a_form_of_another_organisation_is_refused(world, ada, other_org):
    row = fresh(world)
    for org in (str(other_org.id), "", "nonsense"):
        answer = ada.post(
            f"/incidents/{row.reference}/do", {"deed": "step", "to": "acknowledged", "version": row.version, "org": org}
        )
        assert answer.status_code == 409
        assert "another organisation" in answer.content.decode()
    assert fresh(world).status == "open"


def test_a_form_without_our_token_is_refused(world, post):
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.person)
    row = fresh(world)
    for path in (f"/incidents/{row.reference}/do", "/incidents/bulk", "/incidents/new"):
        assert post(client, path, {"deed": "step", "to": "acknowledged", "version": row.version}).status_code == 403
    assert fresh(world).version == row.version


@pytest.mark.parametrize("role", Role.values)
def test_a_page_offers_exactly_what_a_role_may_do(world, signed_in, actor_with, role):
    row = fresh(world)
    page = signed_in(role).get(f"/incidents/{row.reference}/act").content.decode()
    offered = set(re.findall(r'name="deed" value="([\w-]+)"', page))
    legal = {deed.name for deed in legal_deeds(row, actor_with(role))}
    assert offered - {"step"} == legal - {"step", "note", "untag", "unlink"}
    assert ("step" in offered) == ("step" in legal)


def test_a_reader_is_refused_in_a_sentence_and_sees_no_buttons(world, signed_in, post):
    reader = signed_in(Role.VIEWER)
    row = fresh(world)
    page = reader.get(f"/incidents/{row.reference}").content.decode()
    assert "/do" not in page
    for name in DEEDS:
        values = {"to": "acknowledged", "text": "x", "tag": "x", "title": "x", "assigned_to": "x", "root_cause": "x"}
        answer = do(post, reader, row, name, **values, other=row.reference)
        assert answer.status_code == 403, name
        assert "takes one of these roles" in answer.content.decode()
        assert "Yours: Viewer." in answer.content.decode()
    assert fresh(world).version == row.version


def test_a_foreign_record_is_absent_for_every_method(world, signed_in, other_org):
    stranger = signed_in(*Role.values, org=other_org)
    for path in world.paths:
        if re.search(r"INC-|/cis/|/alerts/\w{8}|inbox/", path):
            assert stranger.get(path).status_code == 404, path
    row = fresh(world)
    for path in (
        f"/incidents/{row.reference}/do",
        f"/alerts/{world.alert}/promote",
        f"/alerts/inbox/{world.body}/replay",
    ):
        assert stranger.post(path, {"org": str(other_org.id), "deed": "step", "to": "acknowledged"}).status_code == 404
    assert fresh(world).version == row.version


def test_reading_changes_nothing(world, ada):
    with org_scope(world.org):
        before = list(Incident.objects.order_by("pk").values_list("pk", "version", "updated_at"))
    for path in [*world.paths, "/incidents/export.csv", "/palette?q=a", "/navigation", "/incidents/changes"]:
        assert ada.get(path).status_code == 200, path
        assert ada.head(path).status_code == 200, path
    row = fresh(world)
    for path in (f"/incidents/{row.reference}/do", "/incidents/bulk", f"/alerts/{world.alert}/promote"):
        assert ada.get(path).status_code == 405
    with org_scope(world.org):
        assert list(Incident.objects.order_by("pk").values_list("pk", "version", "updated_at")) == before

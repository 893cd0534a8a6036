import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from cmdb.commands import create_ci, update_ci
from cmdb.models import ConfigurationItem, ConfigurationItemChange
from cmdb.queries import dependencies_of
from orgs.actor import Actor
from orgs.commands import create_team
from orgs.tenancy import org_scope

IMPORT = "cmdb_configurationitem_import"


@pytest.fixture
def make(org):
    def run(name, *, org=org, **fields):
        return create_ci(actor=Actor.system(org.pk, "tests"), name=name, kind="server", **fields)

    return run


@pytest.fixture
def admin_desk(desk):
    return desk("ORG_ADMIN")


def text(response):
    return response.content.decode()


def test_the_list_shows_items_of_this_organisation_alone(admin_desk, make, other_org):
    make("ours")
    make("theirs", org=other_org)
    page = text(admin_desk.get("cmdb_configurationitem_changelist"))
    assert "ours" in page
    assert "theirs" not in page


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({"q": "WEB"}, {"web-1", "web-2"}),
        ({"q": "10.0.0.7"}, {"db-1"}),
        ({"q": "%"}, set()),
        ({"criticality": "high"}, {"web-2"}),
        ({"status": "retired"}, {"web-1"}),
    ],
)
def test_the_list_is_searched_and_filtered(admin_desk, make, query, shown):
    make("web-1", status="retired")
    make("web-2", criticality="high")
    make("db-1", attributes={"ip": "10.0.0.7"})
    page = text(admin_desk.get("cmdb_configurationitem_changelist", **query))
    assert {name for name in ("web-1", "web-2", "db-1") if f">{name}</a>" in page} == shown


@pytest.mark.parametrize(
    "query", ["status=gone", "name__regex=(a+)%2B$", "owner_team__members__password=x", "o=9", "x=1"]
)
def test_the_list_takes_no_other_question(admin_desk, make, query):
    make("a")
    assert admin_desk.get(reverse("admin:cmdb_configurationitem_changelist") + f"?{query}").status_code == 400


def test_a_record_shows_its_edges_and_its_history(admin_desk, make):
    make("switch")
    host = make("host", depends_on=["switch"])
    make("vm", depends_on=["host"])
    page = text(admin_desk.get("cmdb_configurationitem_change", host.pk))
    for name in ("switch", "vm", "Created, version 1", "Dependencies"):
        assert name in page


def test_a_foreign_record_is_not_found(admin_desk, make, other_org):
    theirs = make("theirs", org=other_org)
    assert admin_desk.get("cmdb_configurationitem_change", theirs.pk).status_code == 404
    assert admin_desk.do(theirs, "edit", name="taken").status_code == 404


def test_an_item_is_entered_through_the_command(admin_desk, make, org):
    create_team(actor=None, org=org, name="DBA")
    make("host")
    sent = {"name": "db", "kind": "database", "criticality": "high", "owner_team": "dba", "status": "active"}
    response = admin_desk.post(
        "cmdb_configurationitem_add", **sent, attributes='{"engine": "pg"}', depends_on="runs_on: host\n\n"
    )
    assert response.status_code == 302
    with org_scope(org):
        ci = ConfigurationItem.objects.get(name="db")
        assert (ci.criticality, ci.owner_team.slug, ci.attributes) == ("high", "dba", {"engine": "pg"})
        assert [(edge.kind, edge.dependency.name) for edge in dependencies_of(ci)] == [("runs_on", "host")]
        assert ci.history.get().actor_ref == str(admin_desk.user.pk)


def test_bad_fields_are_told_beside_them_and_nothing_is_entered(admin_desk, org):
    response = admin_desk.post("cmdb_configurationitem_add", name="", kind="", criticality="P1", attributes="{")
    assert response.status_code == 400
    assert "Give a JSON object" in text(response)
    response = admin_desk.post("cmdb_configurationitem_add", name="", kind="", criticality="P1", depends_on="nothing")
    told = " ".join(admin_desk.told(response))
    assert "Give at least one visible character." in told
    assert "There is no configuration item nothing." in told
    with org_scope(org):
        assert not ConfigurationItem.objects.exists()


def form_of(ci, **changes):
    values = {"name": ci.name, "kind": ci.kind, "environment": ci.environment, "criticality": ci.criticality}
    return {**values, "owner_team": "", "status": ci.status, "attributes": json.dumps(ci.attributes), **changes}


def test_an_item_is_edited_through_the_command(admin_desk, make, fresh):
    ci = make("a")
    response = admin_desk.do(ci, "edit", **form_of(ci, environment="test"))
    assert "Changed." in admin_desk.told(response)
    assert (fresh(ci).environment, fresh(ci).version) == ("test", 2)


def test_an_edit_of_an_older_version_is_refused_and_says_what_changed(admin_desk, make, fresh, administrator):
    ci = make("a")
    update_ci(actor=administrator, ci=ci.pk, changes={"criticality": "high"})
    response = admin_desk.do(ci, "edit", **form_of(ci, environment="test"))
    assert response.status_code == 412
    assert "changed criticality" in text(response)
    assert fresh(ci).environment == ""


def test_dependencies_are_set_through_the_command(admin_desk, make, org):
    make("host")
    ci = make("vm")
    admin_desk.do(ci, "dependencies", depends_on="hosted_on: host")
    with org_scope(org):
        assert [(edge.kind, edge.dependency.name) for edge in dependencies_of(ci)] == [("hosted_on", "host")]


def test_an_item_retires_and_returns(admin_desk, make, fresh):
    ci = make("a")
    admin_desk.do(ci, "retire")
    assert fresh(ci).status == "retired"
    admin_desk.do(fresh(ci), "return")
    assert fresh(ci).status == "active"


def test_ticked_items_retire_together(admin_desk, make, fresh):
    rows = [make("a"), make("b")]
    ticks = [f"{row.pk}:{row.version}" for row in rows]
    admin_desk.post("cmdb_configurationitem_changelist", action="retire", _selected_action=ticks)
    assert [fresh(row).status for row in rows] == ["retired", "retired"]


@pytest.mark.parametrize("role", ["VIEWER", "MEMBER", "SRE_LEAD"])
def test_others_read_and_are_offered_nothing(desk, make, fresh, role):
    ci, reader = make("a"), desk(role)
    page = text(reader.get("cmdb_configurationitem_change", ci.pk))
    assert "/do/" not in page
    assert reader.do(ci, "edit", **form_of(ci, environment="x")).status_code == 403
    assert reader.get("cmdb_configurationitem_add").status_code == 403
    assert reader.get(IMPORT).status_code == 403
    assert reader.post(IMPORT, do="commit").status_code == 403
    assert fresh(ci).version == 1


def test_history_is_listed_and_read(admin_desk, make, org):
    make("a", environment="production")
    with org_scope(org):
        change = ConfigurationItemChange.objects.get()
    assert "Created" in text(admin_desk.get("cmdb_configurationitemchange_changelist", q="A"))
    assert "production" in text(admin_desk.get("cmdb_configurationitemchange_change", change.pk))
    assert admin_desk.post("cmdb_configurationitemchange_change", change.pk, version=9).status_code == 403


def csv(content, name="cis.csv"):
    return SimpleUploadedFile(name, content.encode(), content_type="text/csv")


ROWS = "id,name,kind,criticality\n1,db,database,high\n2,web,server,enormous\n"


def test_an_import_is_previewed_and_then_committed(admin_desk, org):
    page = text(admin_desk.post(IMPORT, format="csv", pages=csv(ROWS), do="preview"))
    assert "nothing is written yet" in page
    assert "row 3" in page
    with org_scope(org):
        assert not ConfigurationItem.objects.exists()
    page = text(admin_desk.post(IMPORT, format="csv", pages=csv(ROWS), do="commit"))
    assert "Imported from import" in page
    with org_scope(org):
        assert [ci.name for ci in ConfigurationItem.objects.all()] == ["db"]


def test_several_pages_are_one_import(admin_desk, org):
    pages = [csv("id,name\n1,a\n"), csv("id,name,relations\n2,b,1\n")]
    admin_desk.post(IMPORT, format="csv", pages=pages, do="commit", complete="on")
    with org_scope(org):
        assert [(ci.name, len(dependencies_of(ci))) for ci in ConfigurationItem.objects.all()] == [("a", 0), ("b", 1)]


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"format": "csv"}, 400),
        ({"format": "xml", "pages": csv(ROWS)}, 400),
        ({"pages": csv(ROWS)}, 400),
        ({"format": "csv", "pages": csv(ROWS), "source": "no name!"}, 400),
        ({"format": "csv", "pages": csv(ROWS), "strict": "on", "do": "commit"}, 400),
        ({"format": "csv", "pages": csv(ROWS), "org": "elsewhere"}, 409),
    ],
)
def test_an_import_that_is_refused_says_why(admin_desk, org, values, status):
    pages = values.get("pages")
    if pages:
        pages.seek(0)
    response = admin_desk.post(IMPORT, **{"do": "commit", **values})
    assert response.status_code == status
    with org_scope(org):
        assert not ConfigurationItem.objects.exists()


def test_a_file_beyond_the_limit_is_refused(admin_desk):
    response = admin_desk.post(IMPORT, format="csv", pages=csv("name\n" + "a" * (5 * 1024 * 1024)), do="preview")
    assert response.status_code == 413


def test_what_a_file_says_is_printed_as_text(admin_desk):
    hostile = 'name,kind,criticality\n"<script>alert(1)</script>",server,\n"b","<img src=x onerror=alert(1)>",nope\n'
    page = text(admin_desk.post(IMPORT, format="csv", pages=csv(hostile), do="preview"))
    assert "<script>alert" not in page
    assert "<img src=x" not in page

import pytest

from cmdb.commands import set_dependencies
from incidents.commands import update_incident
from incidents.deadlines import QUEUE, TASK, fire_due
from incidents.models import Deadline
from tests.incidents.staging import anew, opened, types

pytestmark = pytest.mark.usefixtures("inside")


@pytest.fixture
def graph(anyone, ci):
    """The shop depends on the web server, which depends on the database."""
    names = ("db-1", "web-1", "shop")
    items = {name: ci(name) for name in names}
    set_dependencies(actor=anyone, ci=items["web-1"], depends_on=["db-1"])
    set_dependencies(actor=anyone, ci=items["shop"], depends_on=["web-1"])
    return items


def waiting():
    return Deadline.objects.filter(kind=Deadline.Kind.IMPACT).count()


def test_creating_does_not_wait_for_it(anyone, graph):
    row = opened(anyone, affected_cis=["db-1"])
    assert (row.impact, waiting()) == ({}, 1)
    fire_due()
    row = anew(row)
    assert types(row) == ["INCIDENT_CREATED", "INCIDENT_IMPACT_ASSESSED"]
    assert "web-1" in str(row.impact)
    assert "shop" in str(row.impact)
    assert waiting() == 0


def test_the_same_impact_is_not_recorded_twice(anyone, graph):
    row = opened(anyone, affected_cis=["db-1"])
    fire_due()
    update_incident(actor=anyone, incident=row, changes={"affected_cis": []})
    update_incident(actor=anyone, incident=row, changes={"affected_cis": ["db-1"]})
    fire_due()
    assert types(row).count("INCIDENT_IMPACT_ASSESSED") == 1
    assert waiting() == 0


def test_it_is_assessed_anew_when_other_items_are_affected(anyone, graph):
    row = opened(anyone, affected_cis=["db-1"])
    fire_due()
    update_incident(actor=anyone, incident=row, changes={"affected_cis": ["web-1"]})
    assert waiting() == 1
    fire_due()
    assert "web-1" not in str(anew(row).impact.get("dependents", anew(row).impact))
    assert types(row).count("INCIDENT_IMPACT_ASSESSED") == 2


def test_without_items_there_is_nothing_to_assess(anyone):
    opened(anyone)
    assert waiting() == 0


def test_a_worker_is_woken_for_it(anyone, graph, settings, monkeypatch, django_capture_on_commit_callbacks):
    from timeline import doorbell

    rung = []
    settings.DOORBELL_ENABLED = True
    monkeypatch.setattr(doorbell._bell, "ring", lambda *ring: rung.append(ring))
    with django_capture_on_commit_callbacks(execute=True):
        opened(anyone)
    assert rung == []
    with django_capture_on_commit_callbacks(execute=True):
        opened(anyone, affected_cis=["db-1"])
    assert rung == [(TASK, QUEUE)]

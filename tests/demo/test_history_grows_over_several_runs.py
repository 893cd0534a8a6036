"""What must be seen at once is told first; the rest follows, is sealed, and is not told twice after an interruption."""

from datetime import timedelta

import pytest

from incidents.models import Incident, IncidentEvent
from itsm_site.demo import chronicle as chronicle_module
from itsm_site.demo.chronicle import RECENT, Chronicle
from itsm_site.demo.history import plan_northgate, plan_quayside
from itsm_site.demo.organisation import ITEMS, NORTHGATE, found, known
from itsm_site.demo.place import Place
from orgs.clock import now
from orgs.models import Checkpoint
from orgs.tenancy import org_scope
from tests.demo.conftest import BEFORE, PASSWORD
from timeline.checkpoints import seal
from timeline.verify import verify


class Interruption(Exception):
    """Ctrl-C."""


pytestmark = pytest.mark.slow


@pytest.fixture
def place(tmp_path):
    place = Place(tmp_path)
    place.begin()
    return place


@pytest.fixture(autouse=True)
def _short(monkeypatch):
    """A few days instead of three weeks."""
    monkeypatch.setattr(
        chronicle_module, "plan_northgate", lambda seed, at, items: plan_northgate(seed, at, items, days=3)
    )
    monkeypatch.setattr(
        chronicle_module, "plan_quayside", lambda seed, at, items: plan_quayside(seed, at, items, days=3)
    )


def count(org):
    with org_scope(org):
        return Incident.objects.count()


def nothing(told, total):
    """Called after each story."""


def test_first_sight_holds_what_is_live_and_recent_and_what_they_refer_to():
    moment = now()
    plan = plan_northgate(3, moment, ITEMS[NORTHGATE]())
    first = plan.at_first_sight(moment - RECENT)
    keys = {story.key for story in first}
    assert 15 < len(first) < len(plan.stories) / 2
    assert [story.at for story in first] == sorted(story.at for story in first)
    for story in plan.stories:
        if not story.is_over or story.alert or story.at > moment - timedelta(days=1):
            assert story.key in keys
        if story.key in keys:
            assert {story.follows, story.merged_into} - {None} <= keys


def test_the_rest_follows_and_everything_is_sealed(db, place):
    founded = found(PASSWORD, now() - BEFORE)
    chronicle = Chronicle.begin(place, now())
    chronicle.tell_first(founded, nothing)
    org = founded[NORTHGATE].org
    first = count(org)
    assert place.is_growing
    # Beat seals meanwhile, by the clock, which does not see what is written with an older date.
    assert seal(org)
    chronicle.tell_rest(founded, nothing)
    assert first < count(org) == len(chronicle.plans[NORTHGATE].stories)
    with org_scope(org):
        sealed = {pk for heads in Checkpoint.objects.values_list("heads", flat=True) for pk in heads}
        assert sealed == {str(pk) for pk in Incident.objects.values_list("pk", flat=True)}
    assert list(verify(org)) == []


def test_after_an_interruption_the_next_run_goes_on_where_it_stopped(db, place):
    founded = found(PASSWORD, now() - BEFORE)
    first = Chronicle.begin(place, now())
    first.tell_first(founded, nothing)

    def interrupt(told, total):
        if told == first_told + 4:
            raise Interruption

    first_told = first.told
    with pytest.raises(Interruption):
        first.tell_rest(founded, interrupt)
    second = Chronicle.resume(Place(place.directory))
    assert second.plans == first.plans
    assert second.told == first_told + 4
    second.tell_rest(known(), nothing)
    assert second.told == second.total
    assert sum(count(one.org) for one in founded.values()) == second.total
    # Interrupted after the last story, before it was written down as finished: nothing is done again.
    events = IncidentEvent.all_orgs_unsafe.count()
    Chronicle.resume(place).tell_rest(known(), nothing)
    assert IncidentEvent.all_orgs_unsafe.count() == events

"""Three weeks of incidents: as many as promised, of every kind, more by day than by night, in order of time."""

from collections import Counter
from datetime import timedelta

import pytest

from itsm_site.demo.datacenter import northgate, quayside
from itsm_site.demo.history import DAYS, NORTHGATE_CAST, plan_northgate, plan_quayside
from itsm_site.demo.organisation import NORTHGATE, PEOPLE
from itsm_site.demo.story import INTAKE, SLO_MONITOR
from itsm_site.demo.telling import befallen
from itsm_site.demo.troubles import ALL, SMALL_SITE
from tests.demo.conftest import AFTERNOON

SEEDS = range(6)


def plan(seed, moment=AFTERNOON):
    return plan_northgate(seed, moment, northgate())


def commands(of):
    return Counter(step.command for story in of.stories for step in story.steps)


def test_the_same_chance_tells_the_same_history():
    assert plan(3) == plan(3)
    assert plan_quayside(3, AFTERNOON, quayside()) == plan_quayside(3, AFTERNOON, quayside())


def test_another_chance_tells_another():
    assert plan(3) != plan(4)


@pytest.mark.parametrize("seed", SEEDS)
def test_there_are_three_weeks_of_them(seed):
    stories = plan(seed).stories
    assert 140 <= len(stories) <= 230
    first = min(story.at for story in stories)
    assert timedelta(days=DAYS - 1) < AFTERNOON - first <= timedelta(days=DAYS + 1)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_kind_of_thing_happens(seed):
    done = commands(plan(seed))
    assert not {
        *("acknowledge", "assign", "change_status", "change_severity", "resolve", "reopen", "close", "cancel"),
        *("hold", "release", "add_note", "add_action", "attach_signal", "clear_signal", "record_slo_violation"),
        *("record_root_cause", "link_ticket", "fire"),
    } - set(done)
    assert plan(seed).links
    assert any(story.merged_into is not None for story in plan(seed).stories)
    assert any(story.follows is not None for story in plan(seed).stories)


@pytest.mark.parametrize("seed", SEEDS)
def test_more_begins_by_day_than_by_night(seed):
    hours = Counter(story.at.hour for story in plan(seed).stories)
    day, night = sum(hours[hour] for hour in range(8, 18)), sum(hours[hour] for hour in (*range(6), 22, 23))
    assert day > 3 * night


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("hour", [0, 3, 12, 23])
def test_nothing_happens_before_its_time_or_after_now(seed, hour):
    moment = AFTERNOON.replace(hour=hour, minute=0)
    for story in plan(seed, moment).stories:
        moments = [story.at, *(step.at for step in story.steps)]
        assert moments == sorted(moments)
        assert len(set(moments)) == len(moments)
        assert moments[-1] < moment


@pytest.mark.parametrize("seed", SEEDS)
def test_links_look_back(seed):
    told = plan(seed)
    stories = {story.key: story for story in told.stories}
    assert len(stories) == len(told.stories)
    for story in told.stories:
        for earlier in (story.follows, story.merged_into):
            assert earlier is None or stories[earlier].at < story.at
    for link in told.links:
        assert link.at > max(stories[link.near].last_at, stories[link.far].last_at)
    assert [link.at for link in told.links] == sorted(link.at for link in told.links)


def test_only_people_of_the_organisation_act():
    known = {person.username for person in PEOPLE[NORTHGATE]} | {INTAKE, SLO_MONITOR}
    told = plan(1)
    assert {step.who for story in told.stories for step in story.steps} <= known
    assert {story.who for story in told.stories} <= known


@pytest.mark.parametrize("trouble", ALL, ids=lambda trouble: trouble.title[:40])
def test_every_trouble_can_befall_something_and_somebody_cares(trouble):
    assert befallen(trouble, [item.name for item in northgate()])
    assert trouble.team in NORTHGATE_CAST.engineers
    assert set(trouble.severities.split()) <= {"P1", "P2", "P3", "P4"}
    assert bool(trouble.alert) == bool(trouble.signals)


@pytest.mark.parametrize("trouble", SMALL_SITE, ids=lambda trouble: trouble.title[:40])
def test_the_same_holds_for_the_small_site(trouble):
    assert befallen(trouble, [item.name for item in quayside()])


def test_some_small_alerts_of_the_last_day_are_still_there_and_one_body_cannot_be_read():
    told = plan(2)
    ended = {change.alert.fingerprint for change in told.changes if not change.fires}
    begun = {change.alert.fingerprint for change in told.changes if change.fires}
    assert ended < begun
    assert all(AFTERNOON - timedelta(days=1) <= change.at < AFTERNOON for change in told.changes)
    assert told.unreadable is not None

"""Two schedulers run each periodic job once; a job that nobody asked for in one slot runs in the next."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection

from itsm_site import heartbeats, jobs, tasks
from itsm_site.periodic import claim, forget_old
from itsm_site.schedule import JOBS, beat_schedule
from orgs.models import Heartbeat, PeriodicRun

JOB = JOBS["seal-checkpoints"]
START = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.mark.django_db
def test_the_second_claim_of_a_slot_is_refused():
    with time_machine.travel(START, tick=False) as traveller:
        assert claim(JOB)
        traveller.shift(timedelta(seconds=JOB.every - 1))
        assert not claim(JOB)
        traveller.shift(timedelta(seconds=1))
        assert claim(JOB)


@pytest.mark.django_db
def test_different_jobs_have_slots_of_their_own():
    with time_machine.travel(START, tick=False):
        assert all(claim(job) for job in JOBS.values())


@pytest.mark.django_db
def test_two_beats_run_a_job_once(monkeypatch):
    runs = []
    monkeypatch.setitem(jobs._FUNCTIONS, JOB.name, lambda: runs.append(1) or 1)
    with time_machine.travel(START, tick=False):
        tasks.run_job(JOB.name)
        tasks.run_job(JOB.name)
    assert runs == [1]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_sixteen_beats_at_once_claim_it_once():
    taken, barrier = [], threading.Barrier(16)

    def race():
        barrier.wait()
        if claim(JOB):
            taken.append(1)
        connection.close()

    with time_machine.travel(START, tick=False):
        racers = [threading.Thread(target=race) for _ in range(16)]
        for racer in racers:
            racer.start()
        for racer in racers:
            racer.join()
    assert taken == [1]


@pytest.mark.django_db
def test_old_claims_are_forgotten_and_recent_ones_kept():
    with time_machine.travel(START, tick=False) as traveller:
        claim(JOB)
        traveller.shift(timedelta(hours=3))
        claim(JOB)
        PeriodicRun.objects.filter(slot=int(START.timestamp()) // JOB.every).update(started_at=START)
        forget_old()
    assert PeriodicRun.objects.count() == 1


@pytest.mark.django_db
def test_a_run_leaves_a_sign_of_life_after_its_work(monkeypatch):
    monkeypatch.setattr(heartbeats, "_last", {})  # a process writes one every few seconds only
    tasks.run_job("clean-up")
    assert Heartbeat.objects.filter(component="worker.timers").exists()


def test_every_job_of_the_table_has_a_function_and_a_known_queue(settings):
    assert set(jobs._FUNCTIONS) == set(JOBS)
    assert {job.queue for job in JOBS.values()} <= set(settings.CELERY_TASK_QUEUES)


def test_a_run_that_nobody_takes_expires():
    for name, entry in beat_schedule().items():
        assert JOBS[name].every < entry["options"]["expires"]

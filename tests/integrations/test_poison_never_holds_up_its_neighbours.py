import pytest
from django.db import OperationalError

from integrations.intake import drain as drain_module
from integrations.intake import handover
from integrations.intake.claims import ATTEMPTS
from integrations.intake.drain import claim, drain, work_off
from integrations.models import Alert, InboxItem
from tests.integrations.conftest import alert, at, body_of


@pytest.fixture
def poison(monkeypatch):
    """Whatever is called poison cannot be applied."""
    apply = drain_module.apply

    def poisoned(deliveries, policy, org_id):
        if any("poison" in said.title for one in deliveries for said in one.parsed.alerts):
            raise ZeroDivisionError("poison")
        return apply(deliveries, policy, org_id)

    monkeypatch.setattr(drain_module, "apply", poisoned)


def poisonous():
    return alert("Poison", annotations={"summary": "poison"})


def test_the_others_of_a_batch_are_applied_at_once(intake, clock, poison):
    before = [intake.accept("alertmanager", body_of(alert(f"A{n}", severity="info"))) for n in range(3)]
    bad = intake.accept("alertmanager", body_of(poisonous()))
    after = [intake.accept("alertmanager", body_of(alert(f"B{n}", severity="info"))) for n in range(3)]

    drain()

    for item in (*before, *after):
        item.refresh_from_db()
        assert item.state == "done"
    bad.refresh_from_db()
    assert (bad.state, bad.attempts, bad.error) == ("pending", 1, "ZeroDivisionError: poison")
    assert bad.next_at == at(10 / 60)


def test_after_five_tries_within_ten_minutes_it_is_left_for_a_person(intake, clock, poison):
    item = intake.accept("alertmanager", body_of(poisonous()))

    for second in range(0, 600, 5):
        clock(second / 60)
        drain()
        item.refresh_from_db()
        if item.state == "dead":
            break

    assert (item.state, item.attempts, item.error) == ("dead", ATTEMPTS, "ZeroDivisionError: poison")
    assert second < 600


def test_a_bad_member_is_set_aside_and_its_neighbours_pass(intake, clock, poison):
    body = body_of(*(alert(f"A{n}", severity="info") for n in range(4)), poisonous(), alert("Z", severity="info"))
    item = intake.accept("alertmanager", body)

    drain()
    clock(1)
    drain()

    item.refresh_from_db()
    assert item.state == "quarantined"
    assert [fault["reason"] for fault in item.outcome["faults"]] == ["ZeroDivisionError: poison"]
    assert '"Poison"' in item.outcome["faults"][0]["raw"]
    assert len(intake.alerts()) == 5


def test_a_database_that_goes_away_is_nobodys_fault(intake, clock, monkeypatch):
    item = intake.accept("alertmanager", body_of(alert()))

    def gone(*args):
        raise OperationalError("unable to open database file")

    with monkeypatch.context() as patch:
        patch.setattr(drain_module, "apply", gone)
        with pytest.raises(OperationalError):
            drain()
    item.refresh_from_db()
    assert (item.state, item.attempts) == ("pending", 0)

    drain()
    assert len(intake.incidents()) == 1


class TestAWorkerThatDies:
    def test_gives_its_items_back_after_a_few_seconds(self, intake, clock):
        intake.accept("alertmanager", body_of(alert()))

        assert len(claim()) == 1  # and the worker is killed here
        assert claim() == []
        clock(11 / 60)
        assert drain() == 1
        assert len(intake.incidents()) == 1

    def test_finds_its_items_one_by_one_afterwards(self, intake, clock):
        for n in range(3):
            intake.accept("alertmanager", body_of(alert(f"A{n}")))
        assert len(claim()) == 3

        clock(1)

        assert [len(claim()) for _ in range(4)] == [1, 1, 1, 0]

    def test_because_of_one_body_does_so_five_times_at_most(self, intake, clock):
        item = intake.accept("alertmanager", body_of(alert()))
        for attempt in range(ATTEMPTS):
            clock(attempt * 10)
            assert [one.pk for one in claim()] == [item.pk]

        clock(100)
        drain()

        item.refresh_from_db()
        assert item.state == "dead"
        assert "died" in item.error

    def test_and_was_only_slow_cannot_apply_what_another_took_over(self, intake, clock):
        intake.accept("alertmanager", body_of(alert()))
        slow = claim()
        clock(1)
        assert drain() == 1

        work_off(slow)

        assert [one.count for one in intake.alerts()] == [1]


class TestAnAlertWhoseIncidentCannotBeTold:
    @pytest.fixture
    def broken(self, monkeypatch):
        joining = handover.Joining

        class Broken(joining):
            def run(self):
                if any(one.title.startswith("Poison") for one in self.alerts):
                    raise ZeroDivisionError("poison")
                return super().run()

        monkeypatch.setattr(handover, "Joining", Broken)

    def test_does_not_hold_up_the_others(self, intake, clock, broken):
        intake.alertmanager(alert("Poison"), alert("Other"))

        assert [one.title for one in intake.incidents()] == ["Other is firing"]
        assert {one.title: one.incident_id is None for one in intake.alerts()} == {
            "Poison is firing": True,
            "Other is firing": False,
        }

    def test_is_left_for_a_person_and_says_why(self, intake, clock, broken):
        intake.alertmanager(alert("Poison"))
        for second in range(0, 600, 5):
            clock(second / 60)
            drain()

        (row,) = intake.alerts()
        assert (row.todo_at, row.error) == (None, "ZeroDivisionError: poison")

    def test_is_taken_up_again_by_its_next_repeat(self, intake, clock, broken, monkeypatch):
        intake.alertmanager(alert("Poison"))
        Alert.objects.update(todo_at=None, todo_tries=5, error="x")
        monkeypatch.undo()
        clock(30)

        intake.alertmanager(alert("Poison"))

        assert len(intake.incidents()) == 1
        assert [one.error for one in intake.alerts()] == [""]


def test_nothing_waits_after_all(intake, clock, poison):
    intake.send("alertmanager", body_of(alert()))

    assert not InboxItem.objects.filter(state="pending").exists()
    assert not Alert.objects.filter(todo_at__isnull=False).exists()

import pytest

from integrations.intake import apply as apply_module
from integrations.intake.drain import drain
from tests.integrations.conftest import alert, body_of


@pytest.fixture(params=[1, 2, 3, 1000])
def portion(request, monkeypatch):
    monkeypatch.setattr(apply_module, "MOST_AT_ONCE", request.param)


def test_the_portions_make_no_difference(intake, clock, portion):
    first = [alert(f"A{n}", severity="warning") for n in range(5)]
    intake.accept("alertmanager", body_of(*first, first[0]))
    clock(1)
    intake.accept("alertmanager", body_of(alert("A0", severity="warning", ends=1), *first[1:3], groupKey="g"))
    clock(2)
    last = intake.accept("alertmanager", body_of(alert("A0", severity="warning", starts=2)))

    drain()

    assert [(row.title[:2], row.episode, row.state, row.count) for row in sorted(intake.alerts(), key=str)] == [
        ("A0", 1, "resolved", 2),
        ("A0", 2, "firing", 1),
        ("A1", 1, "firing", 2),
        ("A2", 1, "firing", 2),
        ("A3", 1, "firing", 1),
        ("A4", 1, "firing", 1),
    ]
    last.refresh_from_db()
    assert last.outcome == {"alerts": 1, "firing": 1, "was_new": 1}


def test_a_group_is_closed_after_all_portions(intake, clock, portion):
    intake.alertmanager(*(alert(f"A{n}", severity="warning") for n in range(4)), groupKey="g")
    clock(5)
    ended = [alert(f"A{n}", severity="warning", ends=4) for n in range(2)]

    item = intake.alertmanager(*ended, groupKey="g", truncatedAlerts=2)

    assert item.outcome["closed_unnamed"] == 2
    assert {row.state for row in intake.alerts()} == {"resolved"}

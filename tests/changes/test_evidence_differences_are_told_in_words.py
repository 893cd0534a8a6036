"""What changed between what an approver saw and what is known now."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from changes.differences import differences

CRQ = {
    "id": "11111111-0000-4000-8000-000000000000",
    "reference": "CRQ-20300603-002",
    "title": "Upgrade",
    "start": "2030-06-03T12:00:00.000000Z",
    "end": "2030-06-03T13:00:00.000000Z",
    "names": ["db-1"],
    "count": 1,
    "of": 0,
    "words": "CRQ-20300603-002 Upgrade: db-1.",
}
FREEZE = {
    "id": "22222222-0000-4000-8000-000000000000",
    "reference": "",
    "title": "Year end",
    "start": None,
    "end": None,
    "names": ["db-1"],
    "count": 1,
    "of": 2,
    "words": "Freeze Year end covers 1 of 2 items.",
}
SEEN = {
    "request": {
        "reference": "CRQ-20300603-001",
        "title": "Patch",
        "description": "",
        "type": "normal",
        "risk": "low",
        "risk_reason": "",
        "requested_by": "Robin",
        "assigned_to": "Databases",
        "cis": [{"id": "1", "name": "db-1"}, {"id": "2", "name": "db-2"}],
        "scheduled_at": "2030-06-03T12:00:00.000000Z",
        "scheduled_end": "2030-06-03T13:00:00.000000Z",
        "implementation_plan": "Patch.",
        "test_plan": "",
        "rollback_plan": "Restore.",
        "conflict_reason": "",
    },
    "risk": {
        "level": "low",
        "points": 1,
        "factors": [{"code": "no_history", "points": 1, "words": "Nothing like it was done before."}],
    },
    "conflicts": [{"reason": "same_ci", "label": "Same items", "count": 1, "more": False, "conflicts": [CRQ]}],
    "freezes": [{"reason": "soft_freeze", "label": "A soft freeze", "count": 1, "more": False, "conflicts": [FREEZE]}],
    "partial": False,
    "blast_radius": {
        "dependents": 3,
        "truncated": False,
        "by_distance": {"1": 3},
        "services": ["Shop"],
        "teams": [],
        "highest_criticality": None,
        "cis": [],
    },
    "findings": [{"source": "incidents", "reference": "INC-1", "title": "Slow", "words": "Open.", "names": []}],
    "similar": [{"reference": "CRQ-0", "title": "Before", "status": "completed", "finished_at": "2030-01-01"}],
    "taken_at": "2030-06-01T00:00:00.000000Z",
}


def now(path, value):
    """What is known now: what was seen, with one thing set."""
    data = copy.deepcopy(SEEN)
    *way, last = path
    place = data
    for step in way:
        place = place[step]
    place[last] = value
    return data


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("taken_at",), "2031-01-01T00:00:00.000000Z", []),
        (
            ("request", "scheduled_end"),
            "2030-06-03T14:00:00.000000Z",
            [
                (
                    "The window moved from 2030-06-03 12:00:00 UTC – 2030-06-03 13:00:00 UTC "
                    "to 2030-06-03 12:00:00 UTC – 2030-06-03 14:00:00 UTC."
                )
            ],
        ),
        (
            ("request", "cis"),
            [{"id": "1", "name": "db-1"}, {"id": "3", "name": "db-3"}],
            ["Configuration items were added: db-3.", "Configuration items were taken out: db-2."],
        ),
        (
            ("request", "cis"),
            [{"id": str(number), "name": f"db-{number}"} for number in range(1, 10)],
            ["Configuration items were added: db-3, db-4, db-5, db-6, db-7 and 2 more."],
        ),
        (("request", "type"), "emergency", ["The type went from normal to emergency."]),
        (("request", "assigned_to"), "", ["The assignment went from Databases to nothing."]),
        (("request", "rollback_plan"), "", ["The rollback plan was taken away."]),
        (("request", "rollback_plan"), "Pray.", ["The rollback plan changed."]),
        (("request", "test_plan"), "Try.", ["The test plan was added."]),
        (("request", "conflict_reason"), "Known.", ["The reason why conflicts are accepted was added."]),
        (("request", "reference"), "CRQ-9", ["What is asked for changed."]),
        (
            ("risk",),
            {
                "level": "medium",
                "points": 4,
                "factors": [{"code": "emergency", "points": 2, "words": "It is an emergency."}],
            },
            [
                "The computed risk went from low to medium.",
                "New reason for its risk: It is an emergency.",
                "No longer a reason for its risk: Nothing like it was done before.",
            ],
        ),
        (("risk", "factors", 0, "words"), "Other words.", ["Another reason for its risk: Other words."]),
        (("conflicts",), [], ["No longer in the way: CRQ-20300603-002 Upgrade: db-1."]),
        (
            ("conflicts", 0, "conflicts", 0, "end"),
            "2030-06-03T15:00:00.000000Z",
            [
                (
                    "CRQ-20300603-002 Upgrade moved from 2030-06-03 12:00:00 UTC – 2030-06-03 13:00:00 UTC "
                    "to 2030-06-03 12:00:00 UTC – 2030-06-03 15:00:00 UTC."
                )
            ],
        ),
        (("conflicts", 0, "conflicts", 0, "words"), "Other words.", ["Changed in the way: Other words."]),
        (("conflicts", 0, "count"), 30, ["Same items: 1 became 30."]),
        (("conflicts", 0, "more"), True, ["What is in the way changed."]),
        (
            ("freezes", 0, "conflicts", 0, "end"),
            "2030-06-04T00:00:00.000000Z",
            ["Year end moved from always – without an end to always – 2030-06-04 00:00:00 UTC."],
        ),
        (("freezes",), [], ["No longer in the way: Freeze Year end covers 1 of 2 items."]),
        (("partial",), True, ["There is more around its items now than could be looked at."]),
        (("blast_radius", "dependents"), 90, ["The blast radius went from 3 to 90 items."]),
        (
            ("blast_radius", "highest_criticality"),
            "critical",
            ["The highest criticality that it reaches went from none to critical."],
        ),
        (("blast_radius", "services"), ["Shop", "Till"], ["Services that it reaches were added: Till."]),
        (("blast_radius", "by_distance"), {"1": 2, "2": 1}, ["The blast radius changed."]),
        (("findings",), [], ["No longer: INC-1 Slow: Open."]),
        (("findings", 0, "words"), "Held.", ["Changed: INC-1 Slow: Held."]),
        (
            ("findings", 0, "reference"),
            "INC-2",
            ["New: INC-2 Slow: Open.", "No longer: INC-1 Slow: Open."],
        ),
        (
            ("similar", 0),
            {"reference": "CRQ-5", "title": "Again", "status": "failed", "finished_at": "2030-05-01"},
            ["A similar change, CRQ-5 Again, has failed."],
        ),
        (("similar",), [], ["The outcomes of similar changes changed."]),
    ],
)
def test_each_change_of_facts_is_told(path, value, words):
    assert differences(SEEN, now(path, value)) == words


def test_new_conflicts_are_told():
    assert differences(now(("conflicts",), []), SEEN) == ["New in the way: CRQ-20300603-002 Upgrade: db-1."]


def test_a_window_comes_and_goes():
    without = now(("request", "scheduled_at"), None)
    without["request"]["scheduled_end"] = None
    window = "2030-06-03 12:00:00 UTC – 2030-06-03 13:00:00 UTC"
    assert differences(without, SEEN) == [f"The window was set to {window}."]
    assert differences(SEEN, without) == [f"The window, {window}, was taken away."]


def test_a_snapshot_that_is_gone_is_told_by_its_sections():
    told = differences({}, SEEN)
    assert "What is asked for changed." in told
    assert len(told) == 8


@given(st.sampled_from([section for section in SEEN if section != "taken_at"]), st.integers(), st.data())
def test_nothing_changes_unsaid(section, seed, data):
    changed = copy.deepcopy(SEEN)
    _shuffle(changed, section, seed, data)
    assert bool(differences(SEEN, changed)) == (changed[section] != SEEN[section])


def _shuffle(facts, section, seed, data):
    """Set one text or number somewhere in a section to another."""
    place, key = facts, section
    while isinstance(place[key], dict | list) and place[key]:
        place, key = (
            (place[key], data.draw(st.sampled_from(sorted(place[key]))))
            if isinstance(place[key], dict)
            else (place[key], data.draw(st.integers(0, len(place[key]) - 1)))
        )
    value = place[key]
    if isinstance(value, bool):
        place[key] = bool(seed % 2)
    elif isinstance(value, int):
        place[key] = seed
    elif isinstance(value, str) and not value.startswith("2030"):
        place[key] = f"{value} {seed % 3}" if seed % 3 else value

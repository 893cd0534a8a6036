import pytest

from incidents.commands import acknowledge, change_status, create_incident
from orgs.roles import Role

LIST = "incidents_incident_changelist"


@pytest.fixture
def three(lead):
    return [create_incident(actor=lead, title=f"Number {number}", severity="P2") for number in range(3)]


def ticks(*rows):
    return [f"{row.pk}:{row.version}" for row in rows]


def send(there, action, rows, **values):
    return there.post(LIST, action=action, _selected_action=rows, index="0", **values)


def test_each_row_is_carried_out_and_each_refusal_is_told(desk, lead, three, fresh):
    acknowledge(actor=lead, incident=three[1].pk)
    there = desk("ONCALL_ENGINEER")
    told = there.told(send(there, "acknowledge", ticks(three[0], fresh(three[1]), three[2])))
    assert told == ["Acknowledged: 2.", f"{three[1].reference}: It is already acknowledged."]
    assert [fresh(row).status for row in three] == ["acknowledged"] * 3
    assert fresh(three[1]).version == 2, "no second event"


def test_a_row_that_moved_on_meanwhile_refuses(desk, lead, three, fresh):
    there = desk("ONCALL_ENGINEER")
    seen = ticks(*three)
    change_status(actor=lead, incident=three[0].pk, to="mitigated")
    told = there.told(send(there, "assign", seen, value="Payments"))
    assert told[0] == "Assigned: 2."
    assert told[1].startswith(f"{three[0].reference}: The record is at version 2 now.")
    assert fresh(three[0]).assigned_to == ""


def test_closing_takes_the_resolved_ones(desk, lead, three, fresh):
    change_status(actor=lead, incident=three[0].pk, to="resolved")
    there = desk("SRE_LEAD")
    told = there.told(send(there, "close", ticks(fresh(three[0]), three[1])))
    assert told == ["Closed: 1.", f"{three[1].reference}: Resolve or cancel it before closing it."]


def test_assigning_needs_a_name(desk, three, fresh):
    there = desk("SRE_LEAD")
    assert there.told(send(there, "assign", ticks(three[0]))) == ["Say to whom the incidents go."]
    assert fresh(three[0]).version == 1


def test_nothing_ticked_is_nothing_done(desk, three, fresh):
    there = desk("SRE_LEAD")
    there.post(LIST, action="acknowledge", index="0")
    assert [fresh(row).version for row in three] == [1, 1, 1]


def test_rows_of_another_organisation_are_not_there(desk, three, foreign, fresh):
    there = desk(*Role.values)
    absent = "00000000-0000-4000-8000-000000000000:1"
    told = there.told(send(there, "acknowledge", [*ticks(three[0], foreign), absent]))
    assert told == ["Acknowledged: 1.", *["A row: There is no such record any more."] * 2]
    assert fresh(foreign).status == "open"


def test_ticking_all_pages_reaches_no_further_than_the_ticks(desk, three, fresh):
    there = desk("SRE_LEAD")
    send(there, "acknowledge", ticks(three[0]), select_across="1")
    assert [fresh(row).status for row in three] == ["acknowledged", "open", "open"]


@pytest.mark.parametrize("action", ["delete_selected", "resolve", "__class__", ""])
def test_an_action_that_is_not_on_the_list_does_nothing(desk, three, fresh, action):
    there = desk(*Role.values)
    assert there.told(send(there, action, ticks(*three))) == ["Choose what to do with the ticked rows."]
    assert [fresh(row).version for row in three] == [1, 1, 1]


def test_a_role_that_is_missing_is_told_row_by_row(desk, three, fresh):
    there = desk("ONCALL_ENGINEER", "MEMBER")
    viewer = desk("VIEWER")
    assert send(viewer, "acknowledge", ticks(*three)).status_code in (302, 200)
    assert [fresh(row).version for row in three] == [1, 1, 1]
    assert there.told(send(there, "acknowledge", ticks(three[0]))) == ["Acknowledged: 1."]


def test_more_ticks_than_a_page_holds_are_refused(desk, three, fresh):
    there = desk("SRE_LEAD")
    assert there.told(send(there, "acknowledge", ticks(three[0]) * 201)) == ["Tick at most 200 rows."]
    assert fresh(three[0]).version == 1


@pytest.mark.parametrize("tick", ["", ":", "x:1", "\x00:1", "1e999:1", "a" * 5000])
def test_a_tick_that_names_nothing_refuses(desk, three, tick):
    there = desk("SRE_LEAD")
    assert there.told(send(there, "acknowledge", [tick])) == ["A row: There is no such record any more."] or not tick


def test_a_tick_without_its_version_refuses(desk, three, fresh):
    there = desk("SRE_LEAD")
    there.told(send(there, "acknowledge", [str(three[0].pk)]))
    assert fresh(three[0]).version == 1


def test_the_list_of_another_tab_is_refused(desk, three, other_org, fresh):
    there = desk("SRE_LEAD")
    response = send(there, "acknowledge", ticks(three[0]), org=str(other_org.pk))
    assert response.status_code == 409
    assert fresh(three[0]).version == 1

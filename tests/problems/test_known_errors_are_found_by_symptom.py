import pytest

from incidents.commands import create_incident
from orgs.tenancy import org_scope
from problems import known_errors as database
from problems.commands import record_workaround_use, resolve, update_problem
from problems.known_errors import known_errors, known_errors_for, known_errors_for_draft
from tests.problems.staging import found, known, powerful

pytestmark = pytest.mark.usefixtures("inside")


def titles(matches):
    return [match.problem.title for match in matches]


def test_only_known_errors_are_found(anyone):
    found(anyone, "Checkout answers slowly")
    row = known(anyone, "Checkout answers slowly with errors")
    assert titles(known_errors("checkout slowly")) == [row.title]
    resolve(actor=anyone, problem=row, resolution="Fixed")
    assert known_errors("checkout slowly") == []


@pytest.mark.parametrize("field", ["title", "symptoms", "description"])
def test_words_are_found_in_any_case_and_place(field, anyone):
    known(anyone, **{"title": "Something", field: "Queue CONSUMERS stall, Straße voll"})
    for text in ("consumers stall", "STALL queue", "strasse voll"):
        assert len(known_errors(text)) == 1, text


def test_the_best_match_comes_first_and_says_why(anyone, ci):
    host = ci("checkout-api")
    known(anyone, "Checkout is slow")
    known(anyone, "Checkout times out after a deployment", affected_cis=[host], services=["Checkout"])
    known(anyone, "Printers jam")
    matches = known_errors("Checkout times out", [host.pk], ["checkout"])
    assert titles(matches) == ["Checkout times out after a deployment"]
    assert matches[0].score == 1.0
    assert matches[0].reasons == (
        "Says checkout, times, out.",
        "Affects checkout-api too.",
        "Touches the service Checkout.",
    )


def test_more_words_in_common_count_more(anyone):
    known(anyone, "Disk full on backup")
    known(anyone, "Backup of the disk full: tape library stuck")
    assert titles(known_errors("backup disk library stuck"))[0].startswith("Backup of")


def test_one_common_word_of_many_is_not_enough(anyone, ci):
    host = ci("mail-1")
    known(anyone, "Mail queue grows", affected_cis=[host])
    assert known_errors("queue overflow upstream gateway rejects") == []
    assert len(known_errors("queue overflow upstream gateway rejects", [host.pk])) == 1


def test_a_word_inside_of_another_is_none(anyone):
    known(anyone, "Checkout is slow")
    assert known_errors("out of low") == []
    assert len(known_errors("check")) == 1


def test_an_item_or_a_service_alone_is_a_reason(anyone, ci):
    host = ci("mail-1")
    row = known(anyone, "Mail queue grows", affected_cis=[host], services=["Mail"])
    assert [match.reasons for match in known_errors("", [host.pk])] == [("Affects mail-1 too.",)]
    assert [match.reasons for match in known_errors("", (), ["MAIL"])] == [("Touches the service Mail.",)]
    update_problem(actor=anyone, problem=row, changes={"affected_cis": [], "services": ["Post"]})
    assert known_errors("", [host.pk], ["mail"]) == []


def test_what_helped_more_often_comes_first(anyone, incident):
    known(anyone, "Mail queue grows in the morning")
    row = known(anyone, "Mail queue grows at night")
    for helped in (True, False):
        record_workaround_use(actor=anyone, problem=row, incident=incident(), helped=helped)
    matches = known_errors("mail queue grows")
    assert titles(matches) == ["Mail queue grows at night", "Mail queue grows in the morning"]
    assert matches[0].reasons[-1] == "Its workaround helped 1 of 2 times."


def test_without_anything_to_match_the_latest_are_shown(anyone):
    rows = [known(anyone, f"Number {name}") for name in ("one", "two", "three")]
    assert titles(known_errors(limit=2)) == [rows[2].title, rows[1].title]


@pytest.mark.parametrize("text", ["a %", "__ -", "\0", "\ud800", "the and with"])
def test_a_text_that_says_nothing_finds_nothing(text, anyone):
    known(anyone, "The and with %")
    assert known_errors(text) == []


@pytest.mark.parametrize("text", ["50%_x", "%%%", "___"])
def test_patterns_are_compared_literally(text, anyone):
    known(anyone, "Nothing of the sort")
    assert known_errors(text) == []


def test_an_incident_is_offered_what_is_known(anyone, ci):
    host = ci("mail-1")
    row = known(anyone, "Mail queue grows", affected_cis=[host])
    affected = create_incident(actor=anyone, title="Users wait", severity="P3", affected_cis=[host])
    alike = create_incident(actor=anyone, title="Mail queue is huge", severity="P3")
    other = create_incident(actor=anyone, title="Printer on fire", severity="P3")
    assert [titles(known_errors_for(each)) for each in (affected, alike, other)] == [[row.title], [row.title], []]


class TestDrafts:
    def test_items_are_ids_or_names_and_half_a_name_is_none_yet(self, anyone, ci):
        host = ci("mail-1")
        row = known(anyone, "Queue grows", affected_cis=[host])
        for name in ("mail-1", "MAIL-1 ", str(host.pk)):
            assert titles(known_errors_for_draft(title="", cis=[name])) == [row.title]
        assert known_errors_for_draft(title="", cis=["mai", "", "\0"]) == []

    def test_an_empty_one_is_offered_nothing(self, anyone):
        known(anyone)
        assert known_errors_for_draft(title=" ") == []

    def test_it_costs_four_queries_however_many_there_are(self, anyone, ci, django_assert_max_num_queries):
        host = ci("mail-1")
        for number in range(12):
            known(anyone, f"Mail queue grows {number}", affected_cis=[host], services=["mail"])
        with django_assert_max_num_queries(4):
            found_some = known_errors_for_draft(title="mail queue", services=["mail"], cis=["mail-1"])
        assert len(found_some) == database.MOST_SHOWN


def test_theirs_are_never_found(anyone, ci, other_org):
    with org_scope(other_org):
        host = ci("mail-9", org=other_org)
        known(powerful(other_org), "Mail queue grows", affected_cis=[host], services=["mail"])
    assert known_errors("mail queue grows", [host.pk], ["mail"]) == []
    assert known_errors() == []
